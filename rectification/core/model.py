"""The class that every row of the domain is derived from; all rooms share one schema."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

from engine.database import BigId, Instant
from engine.database import metadata as every_table
from engine.json import Json

Id = Annotated[int, mapped_column(BigId, primary_key=True)]
Code = Annotated[str, mapped_column(String(20))]
Name = Annotated[str, mapped_column(String(200))]
LongText = Annotated[str, mapped_column(Text)]


class Model(DeclarativeBase):
    """A row of the domain."""

    metadata = every_table
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy reads it from the class)
        dt.datetime: Instant,
        dict[str, Json]: JSON,
        list[Json]: JSON,
        dict[str, dict[str, Json]]: JSON,
        dict[str, dict[str, str | None]]: JSON,
        list[str]: JSON,
        list[int]: JSON,
    }
