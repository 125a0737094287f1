"""The papers that a page offers, and the templates that they are filled from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from engine.text import LocalizedText
from rectification.households.model import Household
from rectification.matters.case import Case
from rectification.matters.ticket import Ticket
from rectification.papers.kinds import KINDS, PaperKind
from rectification.papers.printing import papers_about, papers_about_case
from rectification.papers.templates import own_template
from rectification.people.model import Person
from rectification.places.areas import full_name

PACKAGE: Final = LocalizedText("整改档案包（含凭证和核验程序）", "Dossier package (evidence, verification)")


@dataclass(frozen=True, slots=True)
class PaperLink:
    """One paper that can be printed."""

    path: str
    words: LocalizedText


@dataclass(frozen=True, slots=True)
class TemplateView:
    """The template that counts for one kind of paper; ``own`` is the file of the office of ``area``, ``here`` whether that is the area asked about."""

    code: str
    words: LocalizedText
    own: str
    who: str
    at: dt.datetime | None
    area: str = ""
    here: bool = False


def papers_of(ticket: Ticket | Household) -> list[PaperLink]:
    """What can be printed about a ticket or a household now."""
    links = _links(papers_about(ticket), str(ticket.id))
    if isinstance(ticket, Ticket):
        links.append(PaperLink(f"/papers/ticket_dossier/package/{ticket.id}", PACKAGE))
    return links


def papers_of_case(session: Session, case: Case) -> list[PaperLink]:
    """What can be printed about a household's part in a work now."""
    return _links(papers_about_case(session, case), str(case.id))


def papers_of_area(code: str) -> list[PaperLink]:
    """What can be printed about a county or town."""
    return _links((kind for kind in KINDS.values() if kind.about == "area"), code)


def papers_of_village(code: str) -> list[PaperLink]:
    """What can be printed about a village."""
    return _links((kind for kind in KINDS.values() if kind.about == "village"), code)


def _links(kinds: Iterable[PaperKind], name: str) -> list[PaperLink]:
    return [PaperLink(f"/papers/{kind.code}/print/{name}", kind.name) for kind in kinds]


def template_view(session: Session, campaign_id: int, kind: PaperKind, area: str) -> TemplateView:
    """Which template is used for a kind in an area, whose it is, and since when."""
    own = own_template(session, campaign_id, kind, area)
    if own is None:
        return TemplateView(kind.code, kind.name, "", "", None)
    who = session.get(Person, own.by_id) if own.by_id is not None else None
    where = full_name(session, own.area)
    return TemplateView(
        kind.code, kind.name, own.name, who.name if who else "", own.at, where, own.area == area
    )
