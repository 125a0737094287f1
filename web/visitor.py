"""Who makes a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.words import Language, Words
from engine.world import Actor


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person; ``csrf`` and ``seat`` are empty when a personal token speaks."""

    person: int
    name: str
    language: Language
    roles: frozenset[str]
    owners: tuple[str, ...]
    posts: tuple[Words, ...]
    csrf: str = ""
    seat: str = ""
    way: Literal["session", "token"] = "session"

    @property
    def actor(self) -> Actor:
        """This person as the engine and the history know them."""
        return Actor(self.name, self.person)
