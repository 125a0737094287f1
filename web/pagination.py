"""Where the next page of a list begins, as text in an address."""

from __future__ import annotations

import base64
import binascii
import datetime as dt

import orjson

from engine.json import Json
from engine.worklist.queries import Cursor, OpenDeskWork, cursor_after


def write_cursor(*parts: object) -> str:
    """JSON, safe in an address."""
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def read_cursor(cursor: str | None) -> list[Json] | None:
    """What was written; a cursor that somebody made up starts the list from its beginning."""
    if not cursor or len(cursor) > 400:
        return None
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        return None
    return values if isinstance(values, list) else None


def desk_cursor(cursor: str | None) -> Cursor | None:
    """Where the page before ended on the desk."""
    values = read_cursor(cursor)
    match values:
        case [str(due), int(number)]:
            try:
                at = dt.datetime.fromisoformat(due)
            except ValueError:
                return None
            return (at, number) if at.tzinfo is not None else None
    return None


def write_desk_cursor(row: OpenDeskWork) -> str:
    """The cursor after a row of the desk."""
    at, number = cursor_after(row)
    return write_cursor(at.isoformat(), number)
