"""Unmasking: identity numbers and phones are masked unless a post needs one, and each look leaves a row."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy.orm import Session

from engine.errors import NotAllowed, NotFound
from engine.text import LocalizedText
from rectification.access.permissions import owners, people_behind
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import household_key
from rectification.households.model import Household, get_household
from rectification.people.deputies import acting_posts
from rectification.people.roles import Role

FIELDS: Final[dict[str, LocalizedText]] = {
    "id_number": LocalizedText("证件号码", "Identity number"),
    "phone": LocalizedText("联系电话", "Phone"),
}
VILLAGE: Final = frozenset({Role.TEAM_LEAD, Role.VILLAGE_OFFICE})
OFFICES: Final = frozenset({Role.TOWN_OFFICE, Role.COUNTY_OFFICE})


def may_reveal(session: Session, person_id: int, home: Household, today: dt.date) -> bool:
    """Whether a person's work is with this very household: its helper, its village's team, its town and county.

    Whoever stands in for one of them is one of them.
    """
    if home.helper_id in people_behind(owners(session, person_id, today)):
        return True
    for post in acting_posts(session, person_id, today):
        if post.role in VILLAGE and post.scope == home.village:
            return True
        if post.role in OFFICES and post.scope in (home.town, home.county):
            return True
    return False


def reveal(context: ActionContext, number: int, field: str, reason: str = "") -> str:
    """One masked value in full; who saw it stays in the history.

    Raises:
        NotFound: no such household or field. NotAllowed: the asker's post does not need it.
    """
    home = get_household(context.session, number)
    if field not in FIELDS:
        raise NotFound
    if context.actor.person is None or not may_reveal(
        context.session, context.actor.person, home, context.today
    ):
        raise NotAllowed(
            LocalizedText("您的岗位不需要查看完整信息。", "Your post does not need the full number.")
        )
    record_event(context, "revealed", household_key(number), field=field, text=reason.strip()[:200])
    return (home.head_id_number if field == "id_number" else home.phone) or ""


def masked_phone(number: str | None) -> str:
    """A phone number without its middle."""
    id_number = (number or "").strip()
    if len(id_number) < 7:
        return "*" * len(id_number)
    return f"{id_number[:3]}{'*' * (len(id_number) - 7)}{id_number[-4:]}"
