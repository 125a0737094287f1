"""The words around what a letter says, which an office may put its own way, in each language.

A text is in force in the scope of whoever put it so, and below: the nearest above its reader counts. What a scope
is and which lie above it, the domain says; empty is the whole installation.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import String, Text, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import WrongValues
from engine.text import Language, LocalizedText
from notifications.notices import Model

LONGEST: Final = 1000
_BLANK: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Part:
    """One of the texts: what it is called, what it says unless it is changed, and what it may name."""

    title: LocalizedText
    shipped: LocalizedText
    names: tuple[str, ...]


PARTS: Final[dict[str, Part]] = {
    "subject_one": Part(
        LocalizedText("主题（一件事）", "Subject for one thing"),
        LocalizedText("【回头看】{first}", "[Huitoukan] {first}"),
        ("first",),
    ),
    "subject_many": Part(
        LocalizedText("主题（多件事）", "Subject for several"),
        LocalizedText("【回头看】{count} 件事需要您留意", "[Huitoukan] {count} things need your attention"),
        ("first", "count"),
    ),
    "greeting": Part(
        LocalizedText("称呼", "Greeting"), LocalizedText("{name}，您好：", "Dear {name},"), ("name",)
    ),
    "opening": Part(LocalizedText("开头的话", "Opening"), LocalizedText("", ""), ("name", "count")),
    "footer": Part(
        LocalizedText("结尾的话", "Closing"),
        LocalizedText(
            "本邮件由系统发出，请勿回复。", "This message was sent by the system; please do not reply."
        ),
        ("name", "count"),
    ),
}


class NotificationText(Model):
    """A text that an office has put its own way for a scope."""

    __tablename__ = "notification_texts"

    scope: Mapped[str] = mapped_column(String(60), primary_key=True, server_default="")
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    part: Mapped[str] = mapped_column(String(20), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[dt.datetime]


@dataclass(frozen=True, slots=True)
class Wording:
    """Every text in one language."""

    language: Language
    texts: Mapping[str, str] = field(default_factory=dict)

    def say(self, part: str, **values: object) -> str:
        """One text with its blanks filled."""
        template = self.text(part)
        return _BLANK.sub(lambda blank: str(values.get(blank[1], blank[0])), template)

    def text(self, part: str) -> str:
        """One text as it is written."""
        return self.texts.get(part, PARTS[part].shipped.in_language(self.language))


class Wordings:
    """The texts in force, whosever they are: read once for many letters."""

    def __init__(self, session: Session) -> None:
        self._own: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for row in session.scalars(select(NotificationText)):
            self._own[row.scope, row.language][row.part] = row.text

    @property
    def scoped(self) -> bool:
        """Whether any scope has texts of its own, so that it matters where a reader is."""
        return any(scope for scope, _language in self._own)

    def of(self, language: Language, scopes: Sequence[str] = ("",)) -> Wording:
        """The texts in a language for a reader to whom these scopes apply, the nearest first."""
        texts: dict[str, str] = {}
        for scope in reversed(scopes):
            texts |= self._own.get((scope, language), {})
        return Wording(language, texts)


def checked(language: Language, texts: Mapping[str, str]) -> Wording:
    """The texts as somebody wants them.

    Raises:
        WrongValues: a text names what is not known, is too long, or is a subject that says nothing.
    """
    problems = {part: words for part in PARTS if (words := _problem(part, texts.get(part, ""))) is not None}
    if problems:
        raise WrongValues(problems)
    return Wording(language, {part: texts.get(part, "").strip() for part in PARTS})


def _problem(part: str, text: str) -> LocalizedText | None:
    known = PARTS[part].names
    unknown = [match for match in _BLANK.findall(text) if match not in known]
    if unknown:
        may = "、".join(f"{{{name}}}" for name in known)
        return LocalizedText(
            f"这里不认识 {{{unknown[0]}}}，可以用的有：{may}。",
            f"{{{unknown[0]}}} means nothing here. You can use {', '.join(f'{{{name}}}' for name in known)}.",
        )
    if len(text) > LONGEST:
        return LocalizedText(f"最多 {LONGEST} 个字。", f"At most {LONGEST} characters.")
    if part.startswith("subject") and not text.strip():
        return LocalizedText("主题不能为空。", "A subject cannot be empty.")
    return None


def keep(
    session: Session, wording: Wording, by: str, now: dt.datetime, scopes: Sequence[str] = ("",)
) -> None:
    """Put texts in force in the first of these scopes; what is in force above already, or ships, is not kept."""
    scope, above = scopes[0], Wordings(session).of(wording.language, scopes[1:])
    session.execute(
        delete(NotificationText).where(
            NotificationText.scope == scope, NotificationText.language == wording.language
        )
    )
    for part, text in wording.texts.items():
        if text != above.text(part):
            row = NotificationText(scope=scope, language=wording.language, part=part, text=text, by=by[:200])
            row.at = now
            session.add(row)
