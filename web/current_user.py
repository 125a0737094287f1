"""Who makes a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.errors import DomainError
from engine.host import Actor
from engine.text import Language, LocalizedText


class SignInFirst(DomainError):
    """Nobody is signed in."""

    status = 401

    def __init__(self) -> None:
        super().__init__("sign_in_first", LocalizedText("请先登录。", "Please sign in first."))


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """A signed-in person; ``csrf`` and ``seat`` are empty when a personal token speaks.

    ``roles`` are those of their own posts and of the posts for which they stand in.
    """

    person: int
    name: str
    language: Language
    roles: frozenset[str]
    owners: tuple[str, ...]
    posts: tuple[LocalizedText, ...]
    csrf: str = ""
    seat: str = ""
    stands_in: Mapping[str, str] = field(default_factory=dict)
    """Desks of others that are theirs for a while, each with the name of whose it is."""
    way: Literal["session", "token"] = "session"

    @property
    def actor(self) -> Actor:
        """This person as the engine and the history know them."""
        return Actor(self.name, self.person)
