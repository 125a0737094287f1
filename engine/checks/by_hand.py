"""What people set going by hand: who may start a process or send a message, and with which form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from engine.checks.facts import Vocabulary
from engine.checks.finding import Finding
from engine.checks.model import B, Drawing, NodeModel, ScopeModel, Thing, local
from engine.diagrams.reading import roles_in

_CATCHERS = ("intermediateCatchEvent", "boundaryEvent", "receiveTask", "subProcess")


def is_startable(scope: ScopeModel) -> bool:
    """Whether a process says that people may start it."""
    return scope.camunda("isStartableInTasklist") == "true"


def filled_by_hand(node: NodeModel) -> bool:
    """Whether somebody fills in the form of an event: it starts a process by hand, or catches what people send."""
    if node.kind == "startEvent":
        return node.scope.owner is None and not node.event and is_startable(node.scope)
    return bool(node.extra("senders")) and node.kind in _CATCHERS


def starters(drawing: Drawing) -> Iterator[Finding]:
    """A process that people may start says whose posts, and has a start event for them."""
    for scope in drawing.processes:
        roles = roles_in(scope.camunda("candidateStarterGroups") or "")
        if scope.camunda("candidateStarterUsers"):
            yield scope.error(
                "starter-users",
                "写了 camunda:candidateStarterUsers，这里不支持指定个人；请用岗位（candidateStarterGroups）。",
                "has camunda:candidateStarterUsers; people are not named in diagrams, so name posts (candidateStarterGroups).",
            )
        if not is_startable(scope):
            if roles:
                yield scope.warning(
                    "starter-unused",
                    '写了谁可以发起，但没有设为可由人发起，所以没有人能发起；请加上 camunda:isStartableInTasklist="true"。',
                    'says who may start it, but not that people may, so nobody can; add camunda:isStartableInTasklist="true".',
                )
            continue
        if not roles:
            yield scope.error(
                "starter-missing",
                "可由人发起，但没有写哪些岗位；请填写 camunda:candidateStarterGroups，例如 county_office,city_office。",
                "can be started by people and does not say by whom; fill in camunda:candidateStarterGroups, such as county_office,city_office.",
            )
        if not any(start.kind == "startEvent" and not start.event for start in scope.starts):
            yield scope.error(
                "starter-event",
                "可由人发起，但没有普通的开始事件；请画一个，并把要填的表单放在上面。",
                "can be started by people and has no plain start event; draw one, with the form that they fill in.",
            )
        yield from _known(scope, roles, drawing.facts)


def senders(drawing: Drawing) -> Iterator[Finding]:
    """A message that people may send is caught at one place, which says whose posts may."""
    for node in drawing.nodes:
        roles = roles_in(node.extra("senders"))
        if not roles:
            continue
        if node.kind not in _CATCHERS or not _message(node):
            yield node.error(
                "senders-misplaced",
                "写了谁可以发消息（senders），但它不接收消息；请写在接收消息的事件或任务上。",
                "says who may send its message (senders) and catches none; put it on the event or task that does.",
            )
            continue
        name = _name(drawing, _message(node))
        others = [catcher for catcher in _catchers_of(drawing, name) if catcher.get("id") != node.id]
        if others:
            yield node.error(
                "senders-several",
                f"的消息“{name}”可由人发送，却在别处也被接收（{others[0].get('name') or others[0].get('id')}）；请给它单独的消息。",
                f"catches “{name}”, which people may send and which is caught elsewhere too ({others[0].get('name') or others[0].get('id')}); give it a message of its own.",
            )
        yield from _known(node, roles, drawing.facts)


def _known(thing: Thing, roles: Iterable[str], facts: Vocabulary | None) -> Iterator[Finding]:
    if facts is None or facts.roles is None:
        return
    for role in roles:
        if role not in facts.roles:
            yield thing.error(
                "role-unknown",
                f"写的岗位“{role}”不存在；请检查拼写。",
                f"names the post “{role}”, which does not exist; check the spelling.",
            )


def _message(node: NodeModel) -> str:
    """The reference of the message that a node catches; empty for none."""
    if node.kind == "receiveTask":
        return node.element.get("messageRef") or ""
    if node.kind == "subProcess":
        starts = node.inside.starts if node.listens and node.inside is not None else []
        return next((_message(start) for start in starts), "")
    return next((event.get("messageRef") or "" for event in node.events if node.event == "message"), "")


def _name(drawing: Drawing, reference: str) -> str:
    message = drawing.declared("message").get(reference)
    return message.name if message is not None else ""


def _catchers_of(drawing: Drawing, name: str) -> list[etree._Element]:
    """What catches a message of this name, here and in the files beside; the start of a sub-process counts as the latter."""
    roots = {id(tree.getroottree()): tree.getroottree().getroot() for tree in drawing.beside.values()}
    catchers: list[etree._Element] = []
    for root in (drawing.element, *roots.values()):
        references = {
            message.get("id") for message in root.iter(f"{B}message") if message.get("name") == name
        }
        catchers += [task for task in root.iter(f"{B}receiveTask") if task.get("messageRef") in references]
        for event in root.iter(f"{B}messageEventDefinition"):
            node = event.getparent()
            if node is None or event.get("messageRef") not in references:
                continue
            scope = node.getparent()
            if local(node) == "startEvent" and scope is not None and scope.get("triggeredByEvent") == "true":
                node = scope
            if local(node) in _CATCHERS:
                catchers.append(node)
    return catchers


RULES = (starters, senders)
