"""The values that people of the journeys write into forms; the same for the API and for pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.text import LocalizedText
from rectification.campaigns.catalogue import CheckItem, get_check_items

ZONE = dt.timezone(dt.timedelta(hours=8))


def day(number: int, hour: int = 9) -> dt.datetime:
    """A day of September 2019 in the campaign's zone."""
    return dt.datetime(2019, 9, number, hour, tzinfo=ZONE)


def passing(item: CheckItem) -> str:
    """The answer that makes no issue."""
    return "yes" if item.fail_when == "no" else "no"


def answers(session: Session, failing: Mapping[str, int | None] | None = None) -> dict[str, Any]:
    """Answers to every household item: those named fail, with the photo given, the others pass."""
    failing = failing or {}
    result: dict[str, Any] = {}
    for item in get_check_items(session, 1, "H"):
        if item.code in failing:
            photo = failing[item.code]
            result[item.code] = {
                "answer": item.fail_when,
                "reason": f"{item.name_zh}有问题",
                "photos": [] if photo is None else [photo],
            }
        else:
            result[item.code] = {"answer": passing(item)}
    return result


def visit(session: Session, on: str, failing: Mapping[str, int | None] | None = None) -> dict[str, Any]:
    """A whole visit form for a day, for instance 2019-09-02."""
    return {
        "visited_on": on,
        "second_visitor": "陪同人",
        "met": "home",
        "members_found": 3,
        "answers": answers(session, failing),
    }


def item_name(session: Session, code: str) -> LocalizedText:
    """The name of a check item in both languages."""
    return session.scalars(select(CheckItem).where(CheckItem.code == code)).one().name
