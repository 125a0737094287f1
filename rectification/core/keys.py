"""Business keys (业务主键): what work is about, as the engine keeps it, for instance ``ticket:17`` or ``village:341226100201``."""

from __future__ import annotations

from typing import Literal, NewType

from engine.errors import NotFound

Kind = Literal["ticket", "household", "village", "case", "result", "campaign"]
BusinessKey = NewType("BusinessKey", str)
"""A key; made and read by the functions of this module alone."""


def ticket_key(number: int | str | None) -> BusinessKey:
    """Of a ticket (整改工单)."""
    return BusinessKey(f"ticket:{number}")


def household_key(number: int | str | None) -> BusinessKey:
    """Of a household (农户)."""
    return BusinessKey(f"household:{number}")


def village_key(code: str | None) -> BusinessKey:
    """Of a village (村)."""
    return BusinessKey(f"village:{code}")


def case_key(number: int | str | None) -> BusinessKey:
    """Of a household in a work stream (重点工作)."""
    return BusinessKey(f"case:{number}")


def result_key(number: int | str | None) -> BusinessKey:
    """Of a household's result (农户结果)."""
    return BusinessKey(f"result:{number}")


def campaign_key(number: int | str | None) -> BusinessKey:
    """Of a campaign (专项行动)."""
    return BusinessKey(f"campaign:{number}")


def split_key(key: str) -> tuple[str, str]:
    """Its kind, and the number or code of what it names."""
    kind, _, name = key.partition(":")
    return kind, name


def kind_of(key: str) -> str:
    """Its kind."""
    return split_key(key)[0]


def number_in(key: str, kind: Kind) -> int | None:
    """The number of the row that a key names; None where it is of another kind."""
    prefix, name = split_key(key)
    return parse_id(name) if prefix == kind else None


def row_number(key: str) -> int:
    """The number of the row that a key names.

    Raises:
        NotFound: it names none.
    """
    number = parse_id(split_key(key)[1])
    if number is None:
        raise NotFound
    return number


def parse_id(text: str) -> int | None:
    """The number that a text is, if it can be one of a row; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
