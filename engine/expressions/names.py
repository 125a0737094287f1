"""Names with blanks and symbols in them, such as ``Monthly Salary`` or ``Approved/Declined``.

FEEL knows where such a name ends only from the names that are in scope (DMN 1.3, 10.3.1.2). Whoever
compiles an expression gives them; before it is parsed, every letter that a plain name cannot have is
moved into a private part of Unicode, one for one, so that positions stay right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_SHIFT = 0xF0000
PRIVATE = f"{chr(_SHIFT)}-{chr(_SHIFT + 0xFFFD)}"
"""The range of the moved letters, for a regular expression."""
_PLAIN = re.compile(r"[^\W\d]\w*")
_NAME = re.compile(r"[^\W\d][^<>=()\[\]{},:;\"!?@&|]*")
_TEXT = r"\"(?:[^\"\\]|\\.)*\""


def uncommon(names: Iterable[str]) -> frozenset[str]:
    """The names among these that the grammar could not read by itself."""
    return frozenset(name for name in names if _NAME.fullmatch(name) and not _PLAIN.fullmatch(name))


def moved(text: str, names: frozenset[str]) -> str:
    """The text with the odd letters of these names moved out of the way; quoted texts stay."""
    return _finder(names).sub(_move, text) if names else text


@lru_cache(256)
def _finder(names: frozenset[str]) -> re.Pattern[str]:
    spelled = sorted((" ".join(name.split()) for name in names), key=len, reverse=True)
    alternatives = "|".join(r"\s+".join(map(re.escape, name.split(" "))) for name in spelled)
    return re.compile(rf"{_TEXT}|(?<!\w)({alternatives})(?!\w)", re.DOTALL)


def _move(match: re.Match[str]) -> str:
    name = match.group(1)
    if name is None:
        return match.group()
    return "".join(
        character if re.match(r"\w", character) else chr(_SHIFT + ord(character)) for character in name
    )


def spelled(token: object) -> str:
    """A name as its owner writes it."""
    name = str(token)
    if name.isascii():
        return name
    return " ".join(
        "".join(
            chr(ord(character) - _SHIFT) if ord(character) >= _SHIFT else character for character in name
        ).split()
    )
