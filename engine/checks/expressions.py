"""Expressions compile, and those without variables already have a fitting value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.checks.drawing import Drawing, Thing
from engine.checks.finding import Finding
from engine.expressions import ExpressionError, compile_expression, compile_value


def compiles(
    thing: Thing, text: str, place: str, *, whole: bool = True, truth: bool = False
) -> tuple[Any, list[Finding]]:
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


def conditions(drawing: Drawing) -> Iterator[Finding]:
    """The conditions on flows out of exclusive and inclusive gateways."""
    for flow in drawing.flows:
        if flow.condition and not flow.default:
            yield from compiles(flow, flow.condition, "condition", truth=True)[1]


RULES = (conditions,)
