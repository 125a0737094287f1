"""The interface in both languages: English is written in the templates, Chinese stands in a catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from starlette.requests import Request

from engine.text import Language, LocalizedText
from web.cookies import LANGUAGE

_CATALOGUE = Path(__file__).with_name("locale") / "zh"
_spoken: ContextVar[Language] = ContextVar("spoken", default="zh")


@cache
def catalogue() -> dict[str, str]:
    """English sentence to Chinese sentence."""
    result: dict[str, str] = {}
    for path in sorted(_CATALOGUE.glob("*.po")):
        with path.open("rb") as file:
            result.update(_pairs(read_po(file, locale="zh")))
    return result


def _pairs(messages: Catalog) -> Iterator[tuple[str, str]]:
    for message in messages:
        if message.id and message.string:
            yield _singular(message.id), _singular(message.string)


def _singular(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else text[0]


def use_language(language: Language) -> None:
    """Choose the language of what is rendered next in this context."""
    _spoken.set(language)


def spoken() -> Language:
    """The language that is being spoken."""
    return _spoken.get()


def gettext(message: str) -> str:
    """A sentence of the interface."""
    return catalogue().get(message, message) if spoken() == "zh" else message


def ngettext(text: str, many: str, number: int) -> str:
    """A sentence with a number in it."""
    if spoken() == "zh":
        return catalogue().get(text, many)
    return text if number == 1 else many


def translate(words: LocalizedText | str | None) -> str:
    """A sentence that already exists in both languages."""
    return words.in_language(spoken()) if isinstance(words, LocalizedText) else words or ""


def chosen_language(request: Request) -> Language | None:
    """What the switcher's cookie says."""
    return {"zh": "zh", "en": "en"}.get(request.cookies.get(LANGUAGE, ""))  # type: ignore[return-value]


def language_of(request: Request) -> Language:
    """The language for an answer: the switcher's, else the person's, else Chinese."""
    user = getattr(request.state, "user", None)
    return chosen_language(request) or (user.language if user is not None else "zh")
