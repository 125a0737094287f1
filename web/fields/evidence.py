"""Photo and file fields: the browser sends the files first and names them here by id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData

from engine.forms.fields import Field
from web.fields.surroundings import Surroundings, numbers_in


def read_evidence(field: Field, posted: FormData) -> Any:
    """Ids of what was sent."""
    return numbers_in(posted.getlist(field.id)) or None


def show_evidence(field: Field, value: Any, around: Surroundings) -> Mapping[str, Any]:
    """What is already there, and what the new ones will belong to."""
    return {
        "name": field.id,
        "pictures": around.pictures(numbers_in(value)),
        "about": around.about,
        "places": around.wants_places,
    }
