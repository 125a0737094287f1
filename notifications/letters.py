"""Letters: what a person reads when a channel carries their notices outside the house."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.words import Language, Words

_SUBJECT_ONE = Words("【回头看】", "[Huitoukan] ")
_SUBJECT_MANY = Words("【回头看】{count} 件事需要您留意", "[Huitoukan] {count} things need your attention")
_GREETING = Words("{name}，您好：", "Dear {name},")
_OPEN = Words("打开", "Open")
_FOOTER = Words("本邮件由系统发出，请勿回复。", "This message was sent by the system; please do not reply.")


@dataclass(frozen=True, slots=True)
class Line:
    """One notice in a letter."""

    words: str
    link: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one address; ``message_id`` stays the same however often it is tried."""

    message_id: str
    to: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt: ``error`` is None when the channel accepted it."""

    error: str | None = None
    permanent: bool = False


class Channel(Protocol):
    """A way out of the house."""

    def send(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Try each letter once; one outcome for each, in order. Never raises."""
        ...


def compose(message_id: str, to: str, name: str, language: Language, lines: Sequence[Line]) -> Letter:
    """One letter from one notice or several, in the reader's language."""

    def say(words: Words) -> str:
        return words.said_in(language)

    subject = (
        say(_SUBJECT_ONE) + lines[0].words if len(lines) == 1 else say(_SUBJECT_MANY).format(count=len(lines))
    )
    greeting = say(_GREETING).format(name=name)
    text = "\n\n".join([greeting, *(f"• {line.words}\n  {line.link}" for line in lines), say(_FOOTER)])
    items = "".join(
        f'<li>{html.escape(line.words)} — <a href="{html.escape(line.link)}">{say(_OPEN)}</a></li>'
        for line in lines
    )
    page = f"<p>{html.escape(greeting)}</p><ul>{items}</ul><p><small>{say(_FOOTER)}</small></p>"
    return Letter(message_id, to, _one_line(subject), text, page)


def _one_line(text: str) -> str:
    """A header cannot be broken out of."""
    return " ".join(text.split())[:200]
