"""The built-in functions (DMN 1.3, 10.3.4). None of them knows what time it is or who anybody is."""

from __future__ import annotations

from dataclasses import dataclass

from engine.expressions import lists, texts, times, values
from engine.expressions.value import FeelFunction

_ANY_NUMBER = 50


@dataclass(frozen=True, slots=True)
class Function:
    """A built-in function and how many arguments it takes."""

    work: FeelFunction
    least: int
    most: int


def _functions() -> dict[str, Function]:
    result: dict[str, Function] = {}
    for room in (values, texts, lists, times):
        for name, (work, least, most) in room.FUNCTIONS.items():
            result[name] = Function(work, least, _ANY_NUMBER if most is None else most)
    return result


BUILT_IN = _functions()
"""Every built-in function by name."""
