"""What the API says in both languages, and how it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, Field


class Sentence(BaseModel):
    """The same sentence in both languages."""

    zh: str
    en: str


class Problem(BaseModel):
    """Why something was refused."""

    code: str
    message_zh: str
    message_en: str
    problems: Mapping[str, Sentence] = Field(
        default_factory=dict, description="per field; the empty name is the whole form"
    )


REFUSALS: Final[dict[int | str, dict[str, object]]] = {
    code: {"model": Problem} for code in (401, 403, 404, 409, 422)
}
"""What every route may answer instead, for its description."""
