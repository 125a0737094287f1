"""The status that a diagram says, repeated in the row of which its business key speaks, so that lists are read from rows."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from rectification.core.keys import split_key
from rectification.households.model import Household
from rectification.matters.case import Case
from rectification.matters.result import HouseholdResult
from rectification.matters.ticket import Ticket


def repeat_status(session: Session, key: str, status: str | None) -> None:
    """Write the diagram's status into the row of which a business key speaks."""
    kind, number = split_key(key)
    rows: dict[str, type[Ticket | Case | Household | HouseholdResult]] = {
        "ticket": Ticket,
        "case": Case,
        "household": Household,
        "result": HouseholdResult,
    }
    if (row := rows.get(kind)) is not None:
        session.execute(update(row).where(row.id == int(number)).values(status=status))
