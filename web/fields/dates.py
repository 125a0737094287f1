"""Date fields: a browser's date picker, unless what was typed is no date and must not vanish in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from engine.forms.fields import Field
from web.fields.surroundings import Surroundings


def show_date(_field: Field, value: object, _around: Surroundings) -> Mapping[str, object]:
    """The day as the picker wants it, or the text as it was typed."""
    text = "" if value is None else str(value)
    try:
        return {"input": "date", "text": dt.date.fromisoformat(text[:10]).isoformat() if text else ""}
    except ValueError:
        return {"input": "text", "text": text}


def show_datetime(_field: Field, value: object, _around: Surroundings) -> Mapping[str, object]:
    """The minute as the picker wants it, or the text as it was typed."""
    text = "" if value is None else str(value)
    try:
        at = dt.datetime.fromisoformat(text).isoformat(timespec="minutes")[:16] if text else ""
    except ValueError:
        return {"input": "text", "text": text}
    return {"input": "datetime-local", "text": at}
