"""Rules of the business: owners who exist, deadlines, escalations, ways out, and duties kept apart.

They speak only where the facts of the installation are given (:class:`engine.checks.facts.Vocabulary`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from engine.checks.expressions import Written, written
from engine.checks.facts import Vocabulary
from engine.checks.finding import Finding
from engine.checks.flow import rings_of
from engine.checks.model import Drawing, NodeModel, reachable
from engine.expressions import ExpressionError, compile_value
from engine.iso import BadTime, instant

_POST = re.compile(r"\bpost\(\s*(['\"])(.*?)\1")
_MILESTONE = re.compile(r"\bmilestone\(\s*(['\"])(.*?)\1")
_OWNER = re.compile(r"person:.+|lane:.+|(?:post:)?([^@:]+)@.+")
_PEOPLE = ("assignee", "candidateGroups")
_HUMAN = ("userTask", "manualTask")


def _humans(drawing: Drawing) -> Iterator[tuple[NodeModel, Vocabulary]]:
    if drawing.facts is not None:
        for node in drawing.nodes:
            if node.kind in _HUMAN and node.scope.executable:
                yield node, drawing.facts


def _like(name: str, known: Collection[str]) -> tuple[str, str]:
    """A hint at the name that was perhaps meant, in both languages."""
    near = get_close_matches(name, known, 1, 0.75)
    return (
        (f"是不是“{near[0]}”？", f"did you mean “{near[0]}”?")
        if near
        else ("请检查拼写。", "check the spelling.")
    )


def owners(drawing: Drawing) -> Iterator[Finding]:
    """Work goes to posts that exist."""
    facts = drawing.facts
    if facts is None or facts.roles is None:
        return
    for expression in written(drawing):
        roles = [match[1] for match in _POST.findall(expression.text)]
        plain = (
            expression.place in _PEOPLE
            and "${" not in expression.text
            and not expression.text.startswith("=")
        )
        for owner in expression.text.split(",") if plain else ():
            matched = _OWNER.fullmatch(owner.strip())
            if matched is None:
                yield expression.thing.error(
                    "owner-unknown",
                    f"的办理人“{owner.strip()}”没有人认得；请写岗位和范围，例如 ${{post('town_office', town)}}。",
                    f"has the owner “{owner.strip()}”, whom nobody knows; write a post and its scope, such as ${{post('town_office', town)}}.",
                )
            elif matched.group(1):
                roles.append(matched.group(1))
        for role in roles:
            if role not in facts.roles:
                zh, en = _like(role, facts.roles)
                yield expression.thing.error(
                    "owner-unknown",
                    f"用的岗位“{role}”不存在；{zh}",
                    f"names the post “{role}”, which does not exist; {en}",
                )


def deadlines(drawing: Drawing) -> Iterator[Finding]:
    """Every human task has a deadline, and an escalation that tells somebody when it passes."""
    for node, facts in _humans(drawing):
        due = node.camunda("dueDate") or node.zeebe("taskSchedule", "dueDate")
        escalation = node.extra("escalation")
        if not due:
            yield node.warning(
                "deadline-missing",
                "没有办理期限，拖着也没有人知道；请填写期限（Due date）。",
                "has no deadline, so nobody learns when it is late; give it a due date.",
            )
        elif not escalation:
            yield node.warning(
                "escalation-missing",
                "有期限而没有督办安排，过期时不会提醒任何人；请选一个督办安排（escalation）。",
                "has a deadline and no escalation, so nobody is told when it passes; choose an escalation.",
            )
        if escalation and facts.escalations is not None and escalation not in facts.escalations:
            zh, en = _like(escalation, facts.escalations)
            yield node.error(
                "escalation-unknown",
                f"的督办安排“{escalation}”不存在；{zh}",
                f"has the escalation “{escalation}”, which does not exist; {en}",
            )


def milestones(drawing: Drawing) -> Iterator[Finding]:
    """Milestones are those of the campaign, and no deadline lies after the one that it is counted from."""
    facts = drawing.facts
    if facts is None or not facts.milestones:
        return
    for expression in written(drawing):
        named = [match[1] for match in _MILESTONE.findall(expression.text)]
        for name in named:
            if name not in facts.milestones:
                zh, en = _like(name, facts.milestones)
                yield expression.thing.error(
                    "milestone-unknown",
                    f"用的时间节点“{name}”不存在；{zh}",
                    f"names the milestone “{name}”, which does not exist; {en}",
                )
        if expression.place == "dueDate" and all(name in facts.milestones for name in named):
            yield from _after_its_milestone(expression, named, facts)


_PUSHED = re.compile(r"\b(?:hours|(?:work)?days)_after\(\s*milestone\(|milestone\([^()]*\)\s*\+")


def _after_its_milestone(expression: Written, named: list[str], facts: Vocabulary) -> Iterator[Finding]:
    if named and _PUSHED.search(expression.text):
        yield expression.thing.warning(
            "deadline-after-milestone",
            f"的期限在时间节点“{named[0]}”之后；请改到节点当天或之前。",
            f"has a deadline after the milestone “{named[0]}”; let it end with the milestone or before.",
        )
        return
    try:
        compiled = compile_value(expression.text)
        if compiled.names or compiled.calls:
            return
        due = instant(compiled.evaluate({}), ZoneInfo("Asia/Shanghai"))
    except (ExpressionError, BadTime):
        return  # said by other rules
    last = max(facts.milestones, key=lambda name: facts.milestones[name])
    if due > facts.milestones[last]:
        yield expression.thing.warning(
            "deadline-after-milestone",
            f"的期限在最后一个时间节点“{last}”之后；请提前。",
            f"has a deadline after the last milestone, “{last}”; make it earlier.",
        )


def known_to_the_host(drawing: Drawing) -> Iterator[Finding]:
    """Topics, guards and functions are those that the installation has."""
    facts = drawing.facts
    if facts is None:
        return
    for node in drawing.nodes:
        for rule, name, known, zh, en in (
            ("topic-unknown", node.topic, facts.topics, "服务（Topic）", "service (topic)"),
            ("guard-unknown", node.extra("guard"), facts.guards, "核对（guard）", "guard"),
        ):
            if name and known is not None and name not in known:
                hint_zh, hint_en = _like(name, known)
                yield node.error(
                    rule,
                    f"用的{zh}“{name}”不存在；{hint_zh}",
                    f"names the {en} “{name}”, which does not exist; {hint_en}",
                )
    functions = facts.functions
    for expression in written(drawing) if functions is not None else ():
        for name in sorted(expression.calls - (functions or set())):
            hint_zh, hint_en = _like(name, functions or ())
            yield expression.thing.error(
                "function-unknown",
                f"用的函数“{name}”不存在；{hint_zh}",
                f"calls the function “{name}”, which does not exist; {hint_en}",
            )


def names(drawing: Drawing) -> Iterator[Finding]:
    """What expressions read is given by somebody: a form, a decision, a call, or the installation."""
    facts = drawing.facts
    if facts is None or facts.variables is None:
        return
    known = facts.variables | drawing.given
    for expression in written(drawing):
        for name in sorted(expression.names - known - expression.local):
            zh, en = _like(name, known)
            yield expression.thing.warning(
                "name-unknown",
                f"的 {expression.place} 用到“{name}”，而没有表单、决策表或服务给出它；{zh}",
                f"reads “{name}” in its {expression.place}, which no form, decision or service gives; {en}",
            )


def separation(drawing: Drawing) -> Iterator[Finding]:
    """Who has the last word on work and can send it back is not who did it."""
    for node, _ in _humans(drawing):
        if node.extra("separate_from") or not _ends_without_people(node):
            continue
        for other in _sent_back_to(node):
            yield node.warning(
                "separation-missing",
                f"能把“{other.label}”退回重做，却可能由同一个人办理；请把 separate_from 设为“{other.id}”。",
                f"can send “{other.label}” back, and the same person may do both; set its separate_from to “{other.id}”.",
            )
            break


def _sent_back_to(verifier: NodeModel) -> list[NodeModel]:
    """The tasks that lead here without passing here first, and to which a choice behind leads back."""
    choices = [following for following in verifier.ahead() if following.kind == "exclusiveGateway"]
    if not choices:
        return []
    before = _reached_without(verifier)
    result: list[NodeModel] = []
    visited: set[NodeModel] = set(choices)
    pending = list(choices)
    while pending:
        for next_node in pending.pop().ahead():
            if next_node in visited:
                continue
            visited.add(next_node)
            if next_node.kind in _HUMAN:
                works = next_node is not verifier and not next_node.extra("separate_from")
                if works and next_node in before and verifier in reachable([next_node]):
                    result.append(next_node)
            else:
                pending.append(next_node)
    return result


def _ends_without_people(node: NodeModel) -> bool:
    """Whether an end can be reached from here before anybody else has work."""
    visited = {node}
    pending = [node]
    while pending:
        for following in pending.pop().ahead():
            if following.kind == "endEvent":
                return True
            if following not in visited and following.kind not in _HUMAN:
                visited.add(following)
                pending.append(following)
    return False


def _reached_without(node: NodeModel) -> set[NodeModel]:
    result: set[NodeModel] = set(node.scope.begins)
    pending = list(result)
    while pending:
        for following in pending.pop().ahead():
            if following not in result and following is not node:
                result.add(following)
                pending.append(following)
    return result


def ways_out(drawing: Drawing) -> Iterator[Finding]:
    """Work that goes round until it is accepted has another way out, for what can never be."""
    if drawing.facts is None:
        return
    for scope in drawing.scopes:
        for ring in rings_of(scope.nodes):
            people = [node for node in ring if node.kind in _HUMAN]
            inside = set(ring)
            exits = {(node, other) for node in ring for other in node.ahead() if other not in inside}
            if len(people) > 1 and len(exits) == 1:
                (last, beyond), *_ = exits
                if beyond.kind != "endEvent" and not _ends_without_people(beyond):
                    continue
                yield last.warning(
                    "no-second-exit",
                    f"是这个环（{'、'.join(person.label for person in people[:4])}）唯一的出口；做不成的事会一直转下去，请再画一条出路，例如情况说明或到期升级。",
                    f"is the only way out of a ring ({', '.join(person.label for person in people[:4])}); what cannot be done goes round for ever, so draw another way out, such as a written explanation or an event when time is up.",
                )


RULES = (owners, deadlines, milestones, known_to_the_host, names, separation, ways_out)
