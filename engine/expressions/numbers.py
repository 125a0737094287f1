"""Numbers as FEEL has them: decimal, exact, and never larger than 34 digits (DMN 1.3, 10.3.2.3.1).

Whole numbers are Python ints and all others Decimals while an expression is worked out. What comes
out is an int when it is whole and a float when it is not, so that it is plain JSON.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Context, Decimal, DecimalException, InvalidOperation
from typing import TypeGuard

from engine.expressions.errors import ExpressionError, refused

Number = int | Decimal

_MOST_DIGITS = 34
_LARGEST = 10**_MOST_DIGITS
_SMALLEST = 100
_EXACT = Context(prec=34, Emax=6_000, Emin=-6_000)
MOST_POWER = 1_000
"""The largest exponent."""


def is_number(value: object) -> TypeGuard[int | float | Decimal]:
    """Whether a value is a number; true and false are not."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def number(value: object) -> Number:
    """A value as an exact number.

    Raises:
        ExpressionError: when it is none, not finite, or larger than 34 digits.
    """
    if type(value) is int:
        if -_LARGEST < value < _LARGEST:
            return value
        raise too_large()
    if type(value) is float:
        value = Decimal(repr(value))
    elif not isinstance(value, Decimal):
        raise refused(f"{said(value)}不是数字。", f"{said(value)} is not a number.")
    return whole(value)


def whole(value: Decimal) -> Number:
    """A Decimal, as an int when it is whole."""
    if not value.is_finite():
        raise refused("结果不是有限的数。", "The result is not a finite number.")
    if value and value.adjusted() >= _MOST_DIGITS:
        raise too_large()
    if value and value.adjusted() < -_SMALLEST:
        return 0
    value = _EXACT.plus(value)
    return int(value) if value == value.to_integral_value() else value


def number_literal(text: str) -> Number:
    """The number that is written in an expression."""
    try:
        return whole(Decimal(text))
    except InvalidOperation:
        raise too_large() from None


def arithmetic(sign: str, left: Number, right: Number) -> Number:
    """Work out ``left sign right`` exactly."""
    if type(left) is int and type(right) is int and sign not in ("/", "**"):
        return number(left + right if sign == "+" else left - right if sign == "-" else left * right)
    try:
        return whole(_worked_out(sign, Decimal(left), Decimal(right)))
    except (DecimalException, ZeroDivisionError):
        raise refused(
            f"{left} {sign} {right} 算不出来。", f"{left} {sign} {right} cannot be worked out."
        ) from None


def _worked_out(sign: str, left: Decimal, right: Decimal) -> Decimal:
    if sign == "+":
        return _EXACT.add(left, right)
    if sign == "-":
        return _EXACT.subtract(left, right)
    if sign == "*":
        return _EXACT.multiply(left, right)
    if sign == "/":
        if right == 0:
            raise refused("除数是零。", "Division by zero.")
        return _EXACT.divide(left, right)
    if abs(right) > MOST_POWER:
        raise refused(f"指数不得超过 {MOST_POWER}。", f"An exponent may not be larger than {MOST_POWER}.")
    return _EXACT.power(left, right)


def square_root(value: Number) -> Number:
    """The square root to 34 digits."""
    if value < 0:
        raise refused("负数没有平方根。", "A negative number has no square root.")
    return whole(_EXACT.sqrt(Decimal(value)))


def rounded(value: Number, places: object, how: str) -> Number:
    """Rounded to a number of decimal places, by one of the decimal module's rules."""
    count = number(places)
    if not isinstance(count, int) or abs(count) > 30:
        raise refused("小数位数应为 -30 到 30 的整数。", "Decimal places are a whole number from -30 to 30.")
    try:
        return whole(
            Decimal(value).quantize(Decimal(1).scaleb(-count), rounding=how, context=Context(prec=80))
        )
    except DecimalException:
        raise too_large() from None


def too_large() -> ExpressionError:
    """The error for a number beyond 34 digits."""
    return refused("数字太大（超过 34 位）。", "The number is too large (more than 34 digits).")


def said(value: object) -> str:
    """A value as it is named in a sentence to people; short, and never written out when it is large."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"“{value}”" if len(value) <= 58 else f"“{value[:56]}…"
    if isinstance(value, (list, tuple)):
        return f"list({len(value)})"
    if isinstance(value, Mapping):
        return f"context({len(value)})"
    plain = is_number(value) or isinstance(value, (dt.date, dt.time, dt.timedelta))
    text = str(value) if plain or "__str__" in vars(type(value)) else type(value).__name__
    return text if len(text) <= 60 else text[:57] + "…"
