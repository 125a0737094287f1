"""What a form's fields may look up while they are shown: people, units, areas, the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.forms.fields import Field
from engine.text import LocalizedText


@dataclass(frozen=True, slots=True)
class OfferedOption:
    """Something to choose; ``why_not`` says why it cannot be, though people look for it here."""

    id: str
    label: str
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class OfferedCheckItem:
    """One question of a checklist; ``fail_when`` are the answers that make an issue."""

    code: str
    words: str
    criterion: str = ""
    fail_when: tuple[str, ...] = ("no",)
    wants_photo: bool = False


@dataclass(frozen=True, slots=True)
class CheckSection:
    """The questions of one category."""

    title: str
    items: Sequence[OfferedCheckItem]


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A photo or paper that is already stored."""

    id: int
    name: str
    is_image: bool
    note: str = ""
    """Who sent it, where they did it for somebody else, and where it was taken, where that is kept."""


class Surroundings(Protocol):
    """Lookups for fields, bound to one work item and one reader."""

    @property
    def about(self) -> str:
        """The business key that evidence sent from this form belongs to."""
        ...

    @property
    def wants_places(self) -> bool:
        """Whether the campaign asks where photos were taken."""
        ...

    def said(self, words: LocalizedText | str | None) -> str:
        """A sentence in the reader's language."""
        ...

    def options(self, field: Field) -> Sequence[OfferedOption]:
        """What a person, unit, area or household field offers."""
        ...

    def sections(self, field: Field) -> Sequence[CheckSection]:
        """What a checklist field asks."""
        ...

    def pictures(self, numbers: Sequence[int]) -> Sequence[StoredPicture]:
        """Evidence by id, what is unknown left out."""
        ...


@dataclass(slots=True)
class NoSurroundings:
    """For forms that stand alone, and for tests."""

    language: str = "zh"
    about: str = ""
    offered: Mapping[str, Sequence[OfferedOption]] = field(default_factory=dict)
    asked: Mapping[str, Sequence[CheckSection]] = field(default_factory=dict)
    wants_places: bool = False

    def said(self, words: LocalizedText | str | None) -> str:
        if isinstance(words, LocalizedText):
            return words.zh if self.language == "zh" else words.en
        return words or ""

    def options(self, field: Field) -> Sequence[OfferedOption]:
        return self.offered.get(field.id, ())

    def sections(self, field: Field) -> Sequence[CheckSection]:
        return self.asked.get(field.id, ())

    def pictures(self, numbers: Sequence[int]) -> Sequence[StoredPicture]:
        return [StoredPicture(number, str(number), True) for number in numbers]


def numbers_in(value: object) -> list[int]:
    """The ids in a photo or file field's value, whatever a browser sent."""
    values = value if isinstance(value, list | tuple) else [] if value in (None, "") else [value]
    return [int(text) for text in map(str, values) if text.isdigit() and len(text) < 19]
