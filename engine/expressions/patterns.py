"""Regular expressions in linear time, by RE2: the same pattern never takes longer than text times pattern.

What RE2 cannot do in linear time (looking around, back-references, possessive repetition) it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Protocol

import re2

from engine.expressions.errors import ExpressionError, refused
from engine.expressions.meter import spend
from engine.expressions.operations import MOST_ITEMS, keep_length, too_long

LONGEST_PATTERN: Final = 200
"""Characters in a pattern."""
MOST_WORK: Final = 20_000_000
"""Bytes of text times instructions of the pattern: about a fifth of a second at the worst."""
_WORK_PER_GRAIN: Final = 64
_PER_MATCH: Final = 8
_ROOM: Final = 4 * 1024 * 1024
"""Bytes that one compiled pattern may take."""
_LETTERS: Final = r"\p{Han}0-9A-Za-z_"
_UNKNOWN: Final = (
    (re.compile(r"\(\?<?[=!]"), "前后查找 (?=…)", "looking around (?=…)"),
    (re.compile(r"\\[1-9]|\(\?P="), "反向引用 \\1", "back-references \\1"),
    (re.compile(r"[*+?}]\+|\(\?>"), "占有式重复 a++", "possessive repetition a++"),
    (
        re.compile(r"\{,\d"),
        "不写下限的次数 {,3}（请写成 {0,3}）",
        "a count without its lower end {,3} (write {0,3})",
    ),
)
"""What other engines read, or read otherwise; escaped characters and classes are taken out first."""
_CLASS: Final = re.compile(r"\[\^?\]?(?:\[:\w+:\]|[^\]])*\]")
_PART: Final = re.compile(r"\\.|\[:\w+:\]|\[\^?\]?|.", re.DOTALL)


class _Match(Protocol):
    """A match of RE2, as :class:`re.Match` has it."""

    def start(self) -> int: ...

    def end(self) -> int: ...

    def group(self, number: int) -> str | None: ...


class _Pattern(Protocol):
    """A compiled pattern of RE2."""

    programsize: int

    def search(self, text: str) -> _Match | None: ...

    def fullmatch(self, text: str) -> _Match | None: ...

    def finditer(self, text: str) -> Iterator[_Match]: ...


@lru_cache(128)
def _compiled(pattern: str) -> _Pattern:
    if len(pattern) > LONGEST_PATTERN:
        raise refused(
            f"模式超过 {LONGEST_PATTERN} 个字符。",
            f"The pattern is longer than {LONGEST_PATTERN} characters.",
        )
    plain = _CLASS.sub("[]", re.sub(r"\\[^1-9]", "..", pattern))
    for known, zh, en in _UNKNOWN:
        if known.search(plain):
            raise refused(
                f"模式“{pattern}”用了{zh}；模式按线性时间匹配（RE2），不支持这种写法。",
                f"The pattern “{pattern}” uses {en}; patterns are matched in linear time (RE2), which does not know that.",
            )
    options = re2.Options()
    options.max_mem, options.log_errors = _ROOM, False
    try:
        compiled: _Pattern = re2.compile(_with_chinese(pattern), options)
        return compiled
    except (re2.error, UnicodeError) as fault:
        reason = fault.args[0].decode(errors="replace") if isinstance(fault.args[0], bytes) else "Unicode"
        raise refused(
            f"模式“{pattern}”写得不对（{reason}）。", f"The pattern “{pattern}” cannot be read: {reason}."
        ) from None


def _with_chinese(pattern: str) -> str:
    r"""``\w`` and ``\W`` know Chinese characters, which RE2 would count among the punctuation."""
    is_inside = False
    parts: list[str] = []
    for part in _PART.findall(pattern):
        if part == "\\w":
            part = _LETTERS if is_inside else f"[{_LETTERS}]"
        elif part == "\\W" and not is_inside:
            part = f"[^{_LETTERS}]"
        elif part[0] == "[" and part[1:2] != ":":
            is_inside = True
        elif part == "]":
            is_inside = False
        parts.append(part)
    return "".join(parts)


def _checked(pattern: str, text: str) -> _Pattern:
    compiled = _compiled(pattern)
    work = compiled.programsize * (len(text.encode(errors="replace")) + 1)
    if work > MOST_WORK:
        raise refused("文字太长，不能用这个模式匹配。", "The text is too long for this pattern.")
    spend(work // _WORK_PER_GRAIN)
    return compiled


def matches_pattern(pattern: str, text: str) -> bool:
    """Whether a pattern matches somewhere in a text."""
    return _checked(pattern, text).search(text) is not None


def matches_all(pattern: str, text: str) -> bool:
    """Whether a pattern matches the whole of a text."""
    return _checked(pattern, text).fullmatch(text) is not None


def replaced(pattern: str, text: str, by: str) -> str:
    """The text with every match replaced; ``$1`` stands for the first group.

    Raises:
        ExpressionError: the text would be too long; it is not built.
    """
    pieces = re.split(r"\$(\d)", by)
    parts: list[str] = []
    at = length = 0
    for match in _checked(pattern, text).finditer(text):
        spend(_PER_MATCH)
        parts.append(text[at : match.start()])
        try:
            parts += [
                match.group(int(piece)) or "" if place % 2 else piece for place, piece in enumerate(pieces)
            ]
        except IndexError:
            raise refused(f"替换文字“{by}”写得不对。", f"The replacement “{by}” cannot be read.") from None
        length += sum(map(len, parts[-len(pieces) - 1 :]))
        keep_length(length)
        at = match.end()
    keep_length(length + len(text) - at)
    return "".join([*parts, text[at:]])


def parted(pattern: str, text: str) -> list[str]:
    """The parts of a text between the matches of a pattern."""
    parts: list[str] = []
    at = 0
    for match in _checked(pattern, text).finditer(text):
        spend(_PER_MATCH)
        if match.start() < match.end():
            parts.append(text[at : match.start()])
            at = match.end()
        if len(parts) >= MOST_ITEMS:
            raise too_long()
    return [*parts, text[at:]]


def pattern_problem(pattern: str) -> ExpressionError | None:
    """Why a pattern cannot be used; None when it can."""
    try:
        _compiled(pattern)
    except ExpressionError as fault:
        return fault
    return None
