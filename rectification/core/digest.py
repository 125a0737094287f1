"""What an act kept, as a few letters for its row of history: the verification works them out again from what is kept now."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import orjson

LENGTH: Final = 16


def digest_of(row: Any, names: Iterable[str]) -> str:
    """The digest of some columns of a row, the same before it is written and after it was read again."""
    values = [_plain(getattr(row, name)) for name in names]
    return hashlib.sha256(orjson.dumps(values, option=orjson.OPT_SORT_KEYS)).hexdigest()[:LENGTH]


def _plain(value: object) -> Any:
    """A value as both kinds of database give it back."""
    match value:
        case dt.datetime():
            return value.astimezone(dt.UTC)
        case Mapping():
            return {str(name): _plain(element) for name, element in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case float() if value.is_integer():
            return int(value)
        case Decimal():
            return str(value)
    return value
