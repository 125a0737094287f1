"""The limits of a field: smallest and largest, shortest and longest, pattern, and what may be chosen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from engine.expressions import Expression, Functions, Scope, Value
from engine.expressions.patterns import matches_all
from engine.forms.fields import Field
from engine.forms.values import WrongValue

_LONGEST = {"string": 1_000, "long_text": 20_000}


def keep_limits(field: Field, value: Value, names: Scope, functions: Functions) -> None:
    """See that a value lies within its field's limits; those that are worked out may name other fields.

    Raises:
        Wrong: it does not.
        ExpressionError: a limit cannot be worked out.
    """
    _within(field, value, names, functions)
    _among(field, value, names, functions)


def _within(field: Field, value: Value, names: Scope, functions: Functions) -> None:
    low = _limit(field.minimum, field.minimum_from, names, functions)
    high = _limit(field.maximum, field.maximum_from, names, functions)
    is_date = field.type in ("date", "datetime")
    if low is not None and _before(value, low):
        raise (
            WrongValue(f"不得早于 {low}。", f"Not before {low}.")
            if is_date
            else WrongValue(f"不得小于 {low}。", f"Not less than {low}.")
        )
    if high is not None and _before(high, value):
        raise (
            WrongValue(f"不得晚于 {high}。", f"Not after {high}.")
            if is_date
            else WrongValue(f"不得大于 {high}。", f"Not more than {high}.")
        )
    if isinstance(value, (str, list)):
        _long_enough(field, value)
    if field.pattern and isinstance(value, str) and not matches_all(field.pattern, value):
        raise WrongValue("格式不对。", "This is not in the form that is wanted.")


def _limit(fixed: Value, worked_out: Expression | None, names: Scope, functions: Functions) -> Value:
    if worked_out is None:
        return fixed
    value = worked_out.evaluate(names, functions)
    return value.isoformat() if isinstance(value, dt.date) else value


def _before(left: Value, right: Value) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        shorter = min(len(left), len(right), 19)
        return left[:shorter] < right[:shorter]
    return isinstance(left, (int, float)) and isinstance(right, (int, float)) and left < right


def _long_enough(field: Field, value: str | list[Value]) -> None:
    zh, en = ("个字符", "characters") if isinstance(value, str) else ("项", "items")
    if field.min_length is not None and len(value) < field.min_length:
        raise WrongValue(f"至少 {field.min_length} {zh}。", f"At least {field.min_length} {en}.")
    most = field.max_length if field.max_length is not None else _LONGEST.get(field.type)
    if most is not None and len(value) > most:
        raise WrongValue(
            f"最多 {most} {zh}（现在 {len(value)}）。", f"At most {most} {en} (now {len(value)})."
        )


def _among(field: Field, value: Value, names: Scope, functions: Functions) -> None:
    if field.type not in ("choice", "choices"):
        return
    known = {option.id for option in field.options}
    if field.options_from is not None:
        offered = field.options_from.evaluate(names, functions)
        rows = offered if isinstance(offered, list) else []
        known |= {str(row.get("id")) if isinstance(row, Mapping) else str(row) for row in rows}
    for chosen in value if isinstance(value, list) else [value]:
        if chosen not in known:
            raise WrongValue("请从列出的选项中选择。", "Please choose one of the options.")
