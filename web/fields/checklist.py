"""The visit's check items: per item an answer, and where it fails a reason and photos.

The value is ``{item: {"answer": "yes", "reason": "", "photos": [17]}}``.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import FormData

from engine.forms.fields import Field
from engine.json import Json, Values
from web.fields.choices import yes_no_na
from web.fields.surroundings import Surroundings, numbers_in

LONGEST_CODE = 40


def read_checklist(field: Field, posted: FormData) -> Json:
    """Every item that was answered; which items exist is the guard's question."""
    result: dict[str, Values] = {}
    start = f"{field.id}."
    for name in posted:
        code, _, part = name.removeprefix(start).rpartition(".")
        if name.startswith(start) and part == "answer" and 0 < len(code) <= LONGEST_CODE:
            result[code] = _item(posted, f"{start}{code}")
    return result or None


def _item(posted: FormData, name: str) -> Values:
    reason = posted.get(f"{name}.reason")
    return {
        "answer": str(posted.get(f"{name}.answer")),
        "reason": reason.strip() if isinstance(reason, str) else "",
        "photos": numbers_in(posted.getlist(f"{name}.photos")),
    }


def show_checklist(field: Field, value: object, around: Surroundings) -> Mapping[str, object]:
    """Sections with their items; an item without an answer yet is empty."""
    answers = value if isinstance(value, dict) else {}
    sections = around.sections(field)
    known = {item.code: answers.get(item.code) or {} for section in sections for item in section.items}
    pictures = {code: around.pictures(numbers_in(answer.get("photos"))) for code, answer in known.items()}
    total = len(known)
    first_open = next((s.title for s in sections if any(not known[i.code] for i in s.items)), None)
    return {
        "sections": sections,
        "answers": known,
        "pictures": pictures,
        "total": total,
        "first_open": first_open,
        "options": yes_no_na(),
        "about": around.about,
        "places": around.wants_places,
    }
