"""Evidence as pages show it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from register.evidence import Evidence
from web.forms.surroundings import Picture


def pictures_of(session: Session, numbers: Sequence[int]) -> list[Picture]:
    """Evidence by id, in the order given, what is unknown left out."""
    if not numbers:
        return []
    found = {one.id: one for one in session.scalars(select(Evidence).where(Evidence.id.in_(numbers)))}
    return [_picture(found[number]) for number in numbers if number in found]


def pictures_about(session: Session, key: str) -> list[Picture]:
    """Everything that was sent about a household or a ticket."""
    wanted = select(Evidence).where(Evidence.about == key).order_by(Evidence.id)
    return [_picture(one) for one in session.scalars(wanted)]


def _picture(one: Evidence) -> Picture:
    return Picture(one.id, one.name, one.is_image)
