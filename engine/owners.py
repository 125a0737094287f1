"""Owners (办理人): who has a work item, as text; a person, or a post at an area or a unit.

``person:5`` is one person; ``post:town_office@341226100`` whoever holds that post there.
"""

from __future__ import annotations

from typing import NewType

Owner = NewType("Owner", str)
"""A name of an owner; made and read by the functions of this module alone."""

_PERSON, _POST = "person:", "post:"
_DIGITS = 18


def person_owner(person: int | str | None) -> Owner:
    """One person."""
    return Owner(f"{_PERSON}{person}")


def post_owner(role: str, place: str | None) -> Owner:
    """Whoever holds a post at a place: the code of an area, or ``U`` and the number of a unit."""
    return Owner(f"{_POST}{role}@{place}")


def unit_owner(role: str, unit: int | None) -> Owner:
    """Whoever holds a post at a unit (单位)."""
    return post_owner(role, f"U{unit}")


def person_in(owner: str) -> int | None:
    """The number of the person that an owner is; None where it is a post."""
    number = owner.removeprefix(_PERSON)
    is_number = number.isascii() and number.isdigit() and len(number) <= _DIGITS
    return int(number) if owner.startswith(_PERSON) and is_number else None


def post_in(owner: str) -> tuple[str, str] | None:
    """Role and place of the post that an owner is; None where it is a person."""
    role, _, place = owner.removeprefix(_POST).partition("@")
    return (role, place) if owner.startswith(_POST) and place else None
