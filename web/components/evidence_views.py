"""Evidence as pages show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from rectification.evidence.model import Evidence
from rectification.matters.photo_places import place_of
from rectification.people.model import names_of
from web.fields.surroundings import StoredPicture
from web.history.timeline import name_with_principal


def pictures_of(session: Session, numbers: Sequence[int]) -> list[StoredPicture]:
    """Evidence by id, in the order given, what is unknown left out."""
    if not numbers:
        return []
    result = {row.id: row for row in session.scalars(select(Evidence).where(Evidence.id.in_(numbers)))}
    return _pictures(session, [result[number] for number in numbers if number in result])


def pictures_about(session: Session, key: str) -> list[StoredPicture]:
    """Everything that was sent about a household or a ticket."""
    query = select(Evidence).where(Evidence.about == key).order_by(Evidence.id)
    return _pictures(session, session.scalars(query).all())


def _pictures(session: Session, rows: Sequence[Evidence]) -> list[StoredPicture]:
    for_others = [row for row in rows if row.on_behalf_of_id is not None]
    names = names_of(
        session,
        {
            person_id
            for for_other in for_others
            for person_id in (for_other.uploaded_by_id, for_other.on_behalf_of_id or 0)
        },
    )
    return [StoredPicture(row.id, row.name, row.is_image, _note(row, names)) for row in rows]


def _note(evidence: Evidence, names: Mapping[int, str]) -> str:
    place = place_of(evidence.place)
    if evidence.on_behalf_of_id is None:
        return place
    author = name_with_principal(names[evidence.uploaded_by_id], names[evidence.on_behalf_of_id])
    return f"{author} · {place}" if place else author
