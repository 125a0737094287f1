"""The order of a campaign's milestones (节点), and how far from today a date of a campaign may lie."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from engine.text import LocalizedText
from rectification.campaigns.model import MILESTONES

ORDER: Final = ("visits", "list", "reverify", "explanation", "closing")


YEARS_BACK: Final = 1
"""An office may found a campaign that it has begun on paper."""
YEARS_AHEAD: Final = 5


def too_far(day: dt.date, today: dt.date, back: int = YEARS_BACK) -> LocalizedText | None:
    """What is said of a date that nobody can mean: a slip of the hand in the year."""
    if day.year < today.year - back:
        first = today.year - back
        return LocalizedText(f"不能早于 {first} 年。", f"The date cannot lie before {first}.")
    if day.year > today.year + YEARS_AHEAD:
        last = today.year + YEARS_AHEAD
        return LocalizedText(f"不能晚于 {last} 年。", f"The date cannot lie beyond {last}.")
    return None


def wrong_order(days: Mapping[str, dt.date | None]) -> dict[str, LocalizedText]:
    """Milestones that are missing, or come before those that precede them."""
    problems: dict[str, LocalizedText] = {}
    before: tuple[str, dt.date] | None = None
    for name in ORDER:
        day = days.get(name)
        if day is None:
            problems[name] = LocalizedText("请填写日期。", "Give the date.")
        elif before is not None and day < before[1]:
            earlier = MILESTONES[before[0]]
            problems[name] = LocalizedText(
                f"不能早于“{earlier.zh}”（{before[1].isoformat()}）。",
                f"This cannot come before “{earlier.en}” ({before[1].isoformat()}).",
            )
        else:
            before = name, day
    return problems
