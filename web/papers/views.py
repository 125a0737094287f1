"""The papers that a page offers, and the templates that they are filled from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from engine.text import LocalizedText
from rectification.households.model import Household
from rectification.matters.case import Case
from rectification.matters.ticket import Ticket
from rectification.papers.kinds import KINDS, PaperKind
from rectification.papers.printing import papers_about, papers_about_case
from rectification.papers.templates import PaperTemplate, own_templates
from rectification.people.model import names_of
from rectification.places.areas import full_names

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
    author: str
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
    return template_views(session, campaign_id, [kind], area)[0]


def template_views(
    session: Session, campaign_id: int, kinds: Sequence[PaperKind], area: str
) -> list[TemplateView]:
    """The same for each of these kinds."""
    own = own_templates(session, campaign_id, area, [kind.template for kind in kinds])
    names = names_of(session, (row.by_id for row in own.values() if row.by_id is not None))
    places = full_names(session, (row.area for row in own.values()))
    return [_template_view(kind, own.get(kind.template), names, places, area) for kind in kinds]


def _template_view(
    kind: PaperKind,
    own: PaperTemplate | None,
    names: Mapping[int, str],
    places: Mapping[str, str],
    area: str,
) -> TemplateView:
    if own is None:
        return TemplateView(kind.code, kind.name, "", "", None)
    author = names.get(own.by_id or 0, "")
    return TemplateView(kind.code, kind.name, own.name, author, own.at, places[own.area], own.area == area)
