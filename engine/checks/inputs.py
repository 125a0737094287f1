"""What handlers and guards read is given: by the form, by what comes before, or by whoever starts the process.

A name counts as given when anything that may come before gives it; whether it is given on each way is not asked.
Where a message or a signal starts the process it may bring anything along, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.checks.facts import Needs, Vocabulary
from engine.checks.finding import Finding
from engine.checks.model import B, C, Drawing, NodeModel, ScopeModel, Thing, given_by, reachable


def inputs(drawing: Drawing) -> Iterator[Finding]:
    """Every variable that a service or a guard needs is given before it."""
    facts = drawing.facts
    if facts is None:
        return
    for node in drawing.nodes:
        if not node.scope.executable:
            continue
        topic = facts.topic_needs.get(node.topic)
        guard = facts.guard_needs.get(node.extra("guard"))
        for needs, zh, en in (
            (topic, f"服务“{node.topic}”", f"the service “{node.topic}”"),
            (guard, f"核对“{node.extra('guard')}”", f"the guard “{node.extra('guard')}”"),
        ):
            if needs is not None:
                yield from _missing(drawing, node, facts, needs, zh, en)


def _missing(
    drawing: Drawing, node: NodeModel, facts: Vocabulary, needs: Needs, zh: str, en: str
) -> Iterator[Finding]:
    own = _fields(node)
    for name in sorted(needs.fields - own):
        yield node.error(
            "field-missing",
            f"的表单没有字段“{name}”，而{zh}需要它；请在表单里加上。",
            f"has no field “{name}” in its form, which {en} needs; add it to the form.",
        )
    given = _given_before(drawing, node, facts) if needs.variables - own else None
    if given is None:
        return
    for name in sorted(needs.variables - own - given):
        yield node.error(
            "input-missing",
            f"需要变量“{name}”（{zh}），而它之前没有表单、决策表或服务给出；请在前面的表单里加上这个字段。",
            f"needs the variable “{name}” ({en}), which no form, decision or service before it gives; add such a field to a form before it.",
        )


def _fields(node: NodeModel) -> frozenset[str]:
    return frozenset(field.get("id", "") for field in node.element.iter(C + "formField"))


def _given_before(drawing: Drawing, node: NodeModel, facts: Vocabulary) -> frozenset[str] | None:
    """The variables that may be there when a token comes; None: anything may be."""
    names: set[str] = set()
    scope, inner = node.scope, node
    while True:
        for before in _before(scope, inner):
            if before.kind == "startEvent" and before.event in ("message", "signal"):
                return None
            names |= _gives(drawing, before, facts)
        if scope.owner is None:
            break
        inner, scope = scope.owner, scope.owner.scope
        names |= given_by(inner.element)
    return frozenset(names | facts.begins_with.get(scope.id, facts.begins_with.get("", frozenset())))


def _before(scope: ScopeModel, node: NodeModel) -> list[NodeModel]:
    """The nodes of a scope from which a token may have come; an event sub-process may begin at any time."""
    if node.listens:
        return scope.nodes
    return [before for before in scope.nodes if node in reachable(before.ahead())]


def _gives(drawing: Drawing, node: NodeModel, facts: Vocabulary) -> set[str]:
    """What an element gives, with all that stands inside it or inside the process that it calls."""
    names = _given_inside(node.element, facts)
    if node.kind == "callActivity" and node.called:
        called = next((process.element for process in drawing.processes if process.id == node.called), None)
        called = drawing.beside.get(node.called) if called is None else called
        names |= set() if called is None else _given_inside(called, facts)
    if node.kind in ("businessRuleTask", "callActivity", "subProcess"):
        names |= drawing.decided
    if node.kind in ("receiveTask", "subProcess", "callActivity") or node.event in ("message", "signal"):
        names |= facts.messages_bring
    return names


def _given_inside(element: etree._Element, facts: Vocabulary) -> set[str]:
    names = given_by(element)
    for task in element.iter(f"{B}serviceTask", f"{B}sendTask"):
        topic = facts.topic_needs.get(Thing(task).camunda("topic") or "")
        names |= set() if topic is None else topic.gives
    return names


RULES = (inputs,)
