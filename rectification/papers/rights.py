"""Who may print what: whoever may read a thing may print papers about it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from rectification.access.permissions import SUBTREE_ROLES
from rectification.papers.kinds import PaperKind
from rectification.people.posts import posts_of
from rectification.places.areas import Area
from rectification.tickets.carbon_copies import may_read


def may_print(session: Session, person_id: int, kind: PaperKind, name: str, today: dt.date) -> bool:
    """Whether a person may print a paper about the ticket, household or area of this number or code."""
    if kind.about != "area":
        return may_read(session, person_id, f"{kind.about}:{name}", today)
    place = session.get(Area, name)
    return place is not None and oversees(session, person_id, place, today)


def oversees(session: Session, person_id: int, place: Area, today: dt.date) -> bool:
    """Whether a person holds a post that sees everything in an area."""
    above = place.path.strip("/").split("/")
    return any(
        post.role in SUBTREE_ROLES and post.scope in above for post in posts_of(session, person_id, today)
    )
