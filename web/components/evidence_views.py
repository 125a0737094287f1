"""Evidence as pages show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from rectification.evidence.model import Evidence
from rectification.matters.photo_places import place_of
from rectification.people.model import names_of
from web.fields.surroundings import StoredPicture
from web.history.timeline import said_for


def pictures_of(session: Session, numbers: Sequence[int]) -> list[StoredPicture]:
    """Evidence by id, in the order given, what is unknown left out."""
    if not numbers:
        return []
    found = {one.id: one for one in session.scalars(select(Evidence).where(Evidence.id.in_(numbers)))}
    return _pictures(session, [found[number] for number in numbers if number in found])


def pictures_about(session: Session, key: str) -> list[StoredPicture]:
    """Everything that was sent about a household or a ticket."""
    wanted = select(Evidence).where(Evidence.about == key).order_by(Evidence.id)
    return _pictures(session, session.scalars(wanted).all())


def _pictures(session: Session, rows: Sequence[Evidence]) -> list[StoredPicture]:
    for_others = [one for one in rows if one.on_behalf_of_id is not None]
    names = names_of(
        session, {who for one in for_others for who in (one.uploaded_by_id, one.on_behalf_of_id or 0)}
    )
    return [StoredPicture(one.id, one.name, one.is_image, _note(one, names)) for one in rows]


def _note(one: Evidence, names: Mapping[int, str]) -> str:
    place = place_of(one.place)
    if one.on_behalf_of_id is None:
        return place
    who = said_for(names[one.uploaded_by_id], names[one.on_behalf_of_id])
    return f"{who} · {place}" if place else who
