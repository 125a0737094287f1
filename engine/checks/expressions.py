"""Expressions compile, and those without variables already have a fitting value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.checks.finding import Finding
from engine.checks.model import B, C, Drawing, NodeModel, Thing, local, text_of
from engine.expressions import ExpressionError, Value, compile_expression, compile_value


def compiles(
    thing: Thing, text: str, place: str, *, whole: bool = True, truth: bool = False
) -> tuple[Value, list[Finding]]:
    """The value of a text that needs no variables (else None), and what is wrong with it.

    ``whole``: all of the text is an expression; else only ``${…}`` in it is. ``truth``: a condition.
    """
    try:
        compiled = compile_expression(text) if whole else compile_value(text)
        if compiled.names or compiled.calls:
            return None, []
        value = compiled.evaluate({})
    except ExpressionError as fault:
        return None, [
            thing.error(
                "expression",
                f"的 {place}“{_short(text)}”读不懂：{fault.words.zh}",
                f"has the {place} “{_short(text)}”, which cannot be read: {fault.words.en}",
            )
        ]
    if truth and not isinstance(value, bool):
        return None, [
            thing.error(
                "condition-no-truth",
                f"的条件“{_short(text)}”不是“是”或“否”；请写成比较，例如 amount > 5。",
                f"has the condition “{_short(text)}”, which is neither true nor false; write a comparison such as amount > 5.",
            )
        ]
    return value, []


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


@dataclass(frozen=True, slots=True)
class Written:
    """One expression that can be read: on what it stands, where, and what it needs."""

    thing: Thing
    place: str
    text: str
    names: frozenset[str]
    calls: frozenset[str]
    local: frozenset[str] = frozenset()


_VALUES = {
    "assignee": "assignmentDefinition",
    "candidateUsers": "assignmentDefinition",
    "candidateGroups": "assignmentDefinition",
    "dueDate": "taskSchedule",
    "followUpDate": "taskSchedule",
    "priority": "priorityDefinition",
}
_COUNTERS = frozenset(("nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances", "loopCounter"))


def written(drawing: Drawing) -> Iterator[Written]:
    """Every expression of the diagram; one that cannot be read is said by the rules about its place."""
    for thing, place, text, whole in _texts(drawing):
        try:
            read = compile_expression(text) if whole else compile_value(text)
        except ExpressionError:
            continue
        inside = isinstance(thing, NodeModel) and bool(thing.loops)
        yield Written(thing, place, text, read.names, read.calls, _COUNTERS if inside else frozenset())


def _texts(drawing: Drawing) -> Iterator[tuple[Thing, str, str, bool]]:
    for flow in drawing.flows:
        if flow.condition and not flow.default:
            yield flow, "condition", flow.condition, True
    for node in drawing.nodes:
        for attribute, twin in _VALUES.items():
            text = node.camunda(attribute) or node.zeebe(twin, attribute) or ""
            if text:
                yield node, attribute, text, False
        for event in node.events:
            for time in event:
                if local(time).startswith("time") and text_of(time):
                    yield node, local(time), text_of(time), False
        if node.kind in ("intermediateThrowEvent", "endEvent", "sendTask"):
            for name in ("key", "timeToLive"):
                if node.extra(name) and "execution." not in node.extra(name):
                    yield node, name, node.extra(name), False
        for loop in node.loops:
            if loop.get(C + "collection"):
                yield node, "collection", loop.get(C + "collection", ""), True
            for name in ("loopCardinality", "completionCondition", "loopCondition", "loopDataInputRef"):
                if text_of(loop.find(B + name)):
                    yield node, name, text_of(loop.find(B + name)), True
        if node.kind == "callActivity":
            for extension in node.extensions(C):
                source = extension.get("source") or extension.get("sourceExpression")
                if local(extension) == "in" and source:
                    yield node, "camunda:in", source, True


def conditions(drawing: Drawing) -> Iterator[Finding]:
    """The conditions on flows out of exclusive and inclusive gateways."""
    for flow in drawing.flows:
        if flow.condition and not flow.default:
            yield from compiles(flow, flow.condition, "condition", truth=True)[1]


RULES = (conditions,)
