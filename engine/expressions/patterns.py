"""Regular expressions that cannot run away.

Python's engine tries every way to match. So a pattern may repeat only single characters, and the
more open repetitions it has, the shorter the text it may be tried on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.expressions.errors import refused

LONGEST_PATTERN = 200
"""Characters in a pattern."""
MOST_WORK = 2_000_000
"""Steps that matching may take at the worst."""
_MOST_FIXED = 1_000
_MOST_OPTIONS = 8

_parser: Any = re._parser
_REPEATS = {_parser.MAX_REPEAT, _parser.MIN_REPEAT}
_SIMPLE = {_parser.LITERAL, _parser.NOT_LITERAL, _parser.IN, _parser.ANY, _parser.AT, _parser.CATEGORY}


@dataclass(slots=True)
class _Cost:
    """What makes matching long: repetitions of unknown length, and things that may be left out."""

    repeats: int = 0
    options: int = 0


@lru_cache(512)
def _compiled(pattern: str) -> tuple[re.Pattern[str], _Cost]:
    if len(pattern) > LONGEST_PATTERN:
        raise refused(
            f"模式超过 {LONGEST_PATTERN} 个字符。",
            f"The pattern is longer than {LONGEST_PATTERN} characters.",
        )
    cost = _Cost()
    try:
        _weigh(_parser.parse(pattern), cost, inside=False)
        return re.compile(pattern), cost
    except (re.error, RecursionError, OverflowError) as fault:
        raise refused(
            f"模式“{pattern}”写得不对。", f"The pattern “{pattern}” cannot be read: {fault}."
        ) from None


def _weigh(items: Iterable[Any], cost: _Cost, *, inside: bool) -> None:
    for kind, detail in items:
        if kind in _REPEATS:
            _weigh_repeat(detail, cost, inside=inside)
        elif kind is _parser.SUBPATTERN:
            _weigh(detail[3], cost, inside=inside)
        elif kind is _parser.BRANCH and not inside:
            cost.options += len(detail[1]) - 1
            for branch in detail[1]:
                _weigh(branch, cost, inside=False)
        elif kind not in _SIMPLE:
            raise _too_clever()
    if cost.options > _MOST_OPTIONS * 4:
        raise _too_clever()


def _weigh_repeat(repeat: tuple[Any, Any, Any], cost: _Cost, *, inside: bool) -> None:
    low, high, body = repeat
    if int(high) == 1 and not inside:
        cost.options += 2
        _weigh(body, cost, inside=False)
        return
    if inside or (low == high and int(high) > _MOST_FIXED):
        raise _too_clever()
    _weigh(body, cost, inside=True)
    if low != high:
        cost.repeats += 1


def _too_clever() -> Exception:
    return refused(
        "模式过于复杂：不能重复带有重复或分支的部分，也不能用回溯引用。",
        "The pattern is too complex: what is repeated may not itself repeat or branch, and back-references are not allowed.",
    )


def _checked(pattern: str, text: str, *, searching: bool) -> re.Pattern[str]:
    compiled, cost = _compiled(pattern)
    steps = (len(text) + 1) ** (cost.repeats + searching) * 2 ** (cost.options // 2)
    if steps > MOST_WORK:
        raise refused("文字太长，不能用这个模式匹配。", "The text is too long for this pattern.")
    return compiled


def found_in(pattern: str, text: str) -> bool:
    """Whether a pattern matches somewhere in a text."""
    return _checked(pattern, text, searching=True).search(text) is not None


def matches_all(pattern: str, text: str) -> bool:
    """Whether a pattern matches the whole of a text."""
    return _checked(pattern, text, searching=False).fullmatch(text) is not None


def replaced(pattern: str, text: str, by: str) -> str:
    """The text with every match replaced; ``$1`` stands for the first group."""
    template = re.sub(r"\$(\d)", r"\\g<\1>", by.replace("\\", "\\\\"))
    try:
        return _checked(pattern, text, searching=True).sub(template, text)
    except (re.error, IndexError):
        raise refused(f"替换文字“{by}”写得不对。", f"The replacement “{by}” cannot be read.") from None


def parted(pattern: str, text: str) -> list[str]:
    """The parts of a text between the matches of a pattern."""
    return [part or "" for part in _checked(pattern, text, searching=True).split(text)]


def pattern_problem(pattern: str) -> Exception | None:
    """Why a pattern cannot be used; None when it can."""
    try:
        _compiled(pattern)
    except ValueError as fault:
        return fault
    return None
