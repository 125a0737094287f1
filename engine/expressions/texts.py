"""Built-in functions on texts. Null in, null out; positions count from 1, and from the end when negative."""

from __future__ import annotations

from collections.abc import Callable

from engine.expressions.errors import refused
from engine.expressions.numbers import number, said
from engine.expressions.operations import bounded_text, in_writing, keep_length
from engine.expressions.patterns import matches_pattern, parted, replaced
from engine.expressions.value import BuiltIn, FeelFunction, Value


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    raise refused(f"{said(value)} 不是文字。", f"{said(value)} is not a text.")


def _on_texts(work: FeelFunction) -> FeelFunction:
    def checked(*values: Value) -> Value:
        return None if any(value is None for value in values) else work(*(_text(value) for value in values))

    return checked


def _position(value: Value) -> int:
    position = number(value)
    if not isinstance(position, int) or position == 0:
        raise refused("位置应为整数，从 1 开始。", "A position is a whole number and begins with 1.")
    return position


def substring(value: Value, start: Value, length: Value = None) -> str | None:
    """Part of a text."""
    if value is None or start is None:
        return None
    text, first = _text(value), _position(start)
    begin = first - 1 if first > 0 else max(len(text) + first, 0)
    if length is None:
        return text[begin:]
    return text[begin : begin + max(int(number(length)), 0)]


def string(value: Value) -> str | None:
    """A value as text."""
    return None if value is None else in_writing(value)


def string_join(values: Value, between: Value = "") -> str:
    """The texts of a list in one; null items are left out."""
    if not isinstance(values, (list, tuple)):
        raise refused("string join() 需要一个列表。", "string join() wants a list.")
    parts = [_text(value) for value in values if value is not None]
    glue = "" if between is None else _text(between)
    keep_length(sum(map(len, parts)) + len(glue) * (len(parts) - 1))
    return glue.join(parts)


def before(text: str, part: str) -> str:
    """What stands before the first occurrence; empty when there is none, or when nothing is looked for."""
    return text.partition(part)[0] if part and part in text else ""


def after(text: str, part: str) -> str:
    """What stands after the first occurrence; empty when there is none, all when nothing is looked for."""
    return text.partition(part)[2] if part else text


def replace(text: str, pattern: str, by: str, flags: str = "") -> str:
    """Every match of a pattern replaced."""
    return replaced(_flagged(pattern, flags), text, by)


def _cased(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: bounded_text(change(text))


def matches(text: str, pattern: str, flags: str = "") -> bool:
    """Whether a pattern is found in a text."""
    return matches_pattern(_flagged(pattern, flags), text)


def _flagged(pattern: str, flags: str) -> str:
    if set(flags) - set("ims"):
        raise refused(f"不认识的标志“{flags}”。", f"The flags “{flags}” are not known.")
    return f"(?{''.join(sorted(set(flags)))}){pattern}" if flags else pattern


FUNCTIONS: dict[str, BuiltIn] = {
    "string": (string, 1, 1),
    "substring": (substring, 2, 3),
    "string join": (string_join, 1, 2),
    "string length": (_on_texts(len), 1, 1),
    "upper case": (_on_texts(_cased(str.upper)), 1, 1),
    "lower case": (_on_texts(_cased(str.lower)), 1, 1),
    "trim": (_on_texts(str.strip), 1, 1),
    "substring before": (_on_texts(before), 2, 2),
    "substring after": (_on_texts(after), 2, 2),
    "replace": (_on_texts(replace), 3, 4),
    "contains": (_on_texts(lambda text, part: part in text), 2, 2),
    "starts with": (_on_texts(str.startswith), 2, 2),
    "ends with": (_on_texts(str.endswith), 2, 2),
    "matches": (_on_texts(matches), 2, 3),
    "split": (_on_texts(lambda text, pattern: parted(pattern, text)), 2, 2),
}
