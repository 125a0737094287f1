"""Photo and file fields: the browser sends the files first and names them here by id."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import FormData

from engine.forms.fields import Field
from engine.json import Json
from web.fields.surroundings import Surroundings, numbers_in


def read_evidence(field: Field, posted: FormData) -> Json:
    """Ids of what was sent."""
    return numbers_in(posted.getlist(field.id)) or None


def show_evidence(field: Field, value: object, around: Surroundings) -> Mapping[str, object]:
    """What is already there, and what the new ones will belong to."""
    return {
        "name": field.id,
        "pictures": around.pictures(numbers_in(value)),
        "about": around.about,
        "places": around.wants_places,
    }
