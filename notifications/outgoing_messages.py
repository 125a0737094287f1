"""Outgoing messages: what a person or a group reads when a channel carries notices outside the installation."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from engine.audit.chain import ChainHead
from engine.text import Language, LocalizedText
from notifications.wording import Wording

_OPEN = LocalizedText("打开", "Open")
_CHAIN = LocalizedText("审计链", "Audit chain")
_MORE = LocalizedText("还有 {count} 件，请登录查看。", "{count} more: please sign in to see them.")


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One notice in a letter; ``name`` is whom it is for where a group reads it."""

    words: str
    link: str
    name: str = ""
    kind: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message to one address; ``message_id`` stays the same however often it is tried."""

    message_id: str
    to: str
    subject: str
    text: str
    html: str
    language: Language = "zh"
    lines: tuple[MessageLine, ...] = ()
    endpoint_address: str = ""
    endpoint_secret: str = ""
    slow: bool = False
    """An earlier try at this address failed: it goes after the others, and its server is given more time."""

    def through(self, address: str, secret: str) -> OutgoingMessage:
        """The same letter on its way to an endpoint."""
        return replace(self, endpoint_address=address, endpoint_secret=secret)

    def more(self, count: int) -> str:
        """Says that some lines found no room."""
        return _MORE.in_language(self.language).format(count=count)


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """What became of one attempt: ``error`` is None when the channel accepted it."""

    error: LocalizedText | None = None
    permanent: bool = False
    """The address or the message was refused and will be again."""
    wait: dt.timedelta | None = None
    """Not tried, or the other side has had enough for now: this does not count as an attempt."""
    down: bool = False
    """Nobody can be spoken to: the rest of the channel's queue waits for the next round."""
    gone: bool = False
    """There is nobody at this address any more."""


class Channel(Protocol):
    """A channel by which messages go out."""

    def send(self, letters: Sequence[OutgoingMessage]) -> list[DeliveryOutcome]:
        """Try each letter once; one outcome for each, in order. Never raises."""
        ...


def compose(
    message_id: str,
    to: str,
    name: str,
    wording: Wording,
    lines: Sequence[MessageLine],
    head: ChainHead | None = None,
) -> OutgoingMessage:
    """One letter from one notice or several, in the reader's language; ``head`` is the audit chain's, told below."""
    values = {"name": name, "count": len(lines), "first": lines[0].words}
    subject = wording.say("subject_one" if len(lines) == 1 else "subject_many", **values)
    greeting, opening, footer = (wording.say(part, **values) for part in ("greeting", "opening", "footer"))
    if head is not None:
        proof = f"{_CHAIN.in_language(wording.language)} {head.number} {head.hash}"
        footer = f"{footer}\n{proof}" if footer else proof
    items = [f"• {_for(line)}\n  {line.link}" for line in lines]
    text = "\n\n".join(part for part in (greeting, opening, *items, footer) if part)
    page = _page(wording.language, greeting, opening, lines, footer)
    return OutgoingMessage(message_id, to, _one_line(subject), text, page, wording.language, tuple(lines))


def _for(line: MessageLine) -> str:
    return f"{line.name}：{line.words}" if line.name else line.words


def _page(language: Language, greeting: str, opening: str, lines: Sequence[MessageLine], footer: str) -> str:
    """Plain enough for every mail program: styles stand at their elements, nothing is fetched."""
    rows = "".join(
        f'<tr><td style="padding:10px 0;border-bottom:1px solid #dde3df">{html.escape(_for(line))}</td>'
        f'<td style="padding:10px 0 10px 16px;border-bottom:1px solid #dde3df;white-space:nowrap">'
        f'<a href="{html.escape(line.link)}" style="color:#1f5c4d">{_OPEN.in_language(language)}</a></td></tr>'
        for line in lines
    )
    paragraphs = "".join(
        f'<p style="margin:0 0 12px">{_broken(part)}</p>' for part in (greeting, opening) if part
    )
    end = f'<p style="margin:16px 0 0;font-size:13px;color:#66706b">{_broken(footer)}</p>' if footer else ""
    look = "font:16px/1.5 -apple-system,'Segoe UI','PingFang SC','Microsoft YaHei',sans-serif;color:#1d2421"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"></head><body style="margin:0">'
        f'<div style="max-width:600px;margin:0 auto;padding:24px 16px;{look}">{paragraphs}'
        f'<table role="presentation" width="100%" style="border-collapse:collapse">{rows}</table>{end}</div></body></html>'
    )


def _broken(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _one_line(text: str) -> str:
    """A header cannot be broken out of."""
    return " ".join(text.split())[:200]
