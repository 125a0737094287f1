"""Printing: which papers there are about something, and one of them as a Word document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from engine.audit.chain import get_head
from engine.engine import Engine
from engine.errors import NotFound
from engine.text import LocalizedText
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import parse_id
from rectification.households.model import Household, get_household
from rectification.matters.case import Case, get_case
from rectification.matters.result import get_outcomes
from rectification.matters.scope_of_work import scope_of
from rectification.matters.status import BEING_FIXED, TicketStatus
from rectification.matters.ticket import Ticket, get_ticket
from rectification.papers.apart import fill_apart
from rectification.papers.desk import Desk
from rectification.papers.facts import areas, dossiers, households, outcomes, pressure, tickets
from rectification.papers.fields import Facts
from rectification.papers.filling import fill
from rectification.papers.kinds import KINDS, PaperKind, get_paper_kind
from rectification.papers.templates import shipped, template_of
from rectification.places.areas import Area, get_area

_SHORT: Final = 200
"""Lines of lists up to which a shipped template is filled at once: for more, and for an office's own, apart."""
_TICKETS: Final[Mapping[str, Callable[[Desk, Ticket], Facts]]] = {
    "dispatch": tickets.dispatch,
    "reverification": tickets.reverification,
    "closure": tickets.closure,
    "explanation": tickets.explanation,
    "slow_statement": tickets.slow_statement,
    "extension": tickets.extension,
    "supervision": pressure.supervision,
    "warning": pressure.warning,
}
_HOUSEHOLDS: Final[Mapping[str, Callable[[Desk, Household], Facts]]] = {
    "visit_form": households.visit_form,
    "visit_form_blank": households.blank_form,
}
_AREAS: Final[Mapping[str, Callable[[Desk, Area], Facts]]] = {
    "public_notice": areas.public_notice,
    "circular": areas.circular,
    "name_list": partial(outcomes.name_lists, of=tuple(get_outcomes())),
    **{f"name_list_{code}": partial(outcomes.name_lists, of=(code,)) for code in get_outcomes()},
}


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as a Word document."""

    name: str
    data: bytes


def papers_about(ticket: Ticket | Household) -> list[PaperKind]:
    """The papers that can be printed now: nothing is dispatched before it is handed out."""
    if isinstance(ticket, Household):
        return [each for each in KINDS.values() if each.about == "household"]
    return [each for each in KINDS.values() if each.about == "ticket" and _fits(each.code, ticket)]


def papers_about_case(session: Session, case: Case) -> list[PaperKind]:
    """The papers of a household's part in a work: a statement once old problems are slow."""
    return [get_paper_kind("recheck_statement")] if outcomes.slow_problems(session, case) else []


def _fits(code: str, ticket: Ticket) -> bool:
    match code:
        case "ticket_dossier":
            return True
        case "extension" | "slow_statement" | "supervision" | "warning":
            return ticket.resp_unit_id is not None and ticket.status in BEING_FIXED
        case "explanation":
            return ticket.status in (TicketStatus.EXPLAINING, TicketStatus.HUNG)
    return ticket.resp_unit_id is not None and ticket.status != TicketStatus.VOID


def desk_for(
    session: Session, engine: Engine, data_dir: Path, public_url: str, person_id: int, campaign_id: int
) -> Desk:
    """The desk of somebody who prints papers of one campaign now."""
    return Desk(session, engine, data_dir, public_url, engine.clock.now(), campaign_id, person_id)


def print_paper(desk: Desk, kind: PaperKind, name: str, story: Sequence[Facts] = ()) -> Paper:
    """One paper about the ticket, household or area of this number or code.

    Raises:
        NotFound: there is no such thing, or no such paper about it now.
        BrokenTemplate: the office's own template can no longer be filled.
    """
    facts, called = _facts(desk, kind, name, story)
    where = _area_of(desk, kind, name)
    template = template_of(desk.session, desk.data_dir, desk.campaign_id, kind, where)
    is_ours = lines_of(facts) <= _SHORT and template == shipped(kind.template)
    head = get_head(desk.session)
    footer = "" if head is None else f"审计链 {head}"
    data = (fill if is_ours else fill_apart)(template, kind.fields, facts, footer)
    return Paper(f"{_safe(called)}.docx", data)


def _area_of(desk: Desk, kind: PaperKind, name: str) -> str:
    """The area in which lies what a paper is about: its template counts."""
    if kind.about in ("ticket", "household", "case"):
        return scope_of(desk.session, f"{kind.about}:{name}", {"campaign": desk.campaign_id})
    return name


def lines_of(facts: Facts) -> int:
    """Lines of all lists among the facts, and of the lists in them."""
    lists = [value for value in facts.values() if isinstance(value, list)]
    return sum(len(rows) + sum(map(lines_of, rows)) for rows in lists)


def _facts(desk: Desk, kind: PaperKind, name: str, story: Sequence[Facts]) -> tuple[Facts, str]:
    if kind.about == "ticket":
        ticket = get_ticket(desk.session, parse_id(name) or 0)
        if kind not in papers_about(ticket):
            words = LocalizedText(
                f"这张工单现在没有“{kind.name.zh}”。",
                f"There is no {kind.name.en.lower()} of this ticket now.",
            )
            raise NotFound(words)  # fmt: skip
        called = f"{kind.name.zh} {ticket.number or f'未编号 {ticket.id}'}"
        if kind.code == "ticket_dossier":
            return dossiers.ticket_dossier(desk, ticket, story), called
        return _TICKETS[kind.code](desk, ticket), called
    if kind.about == "case":
        about = get_case(desk.session, parse_id(name) or 0)
        if kind not in papers_about_case(desk.session, about):
            raise NotFound
        home = get_household(desk.session, about.household_id)
        return outcomes.recheck_statement(desk, about), f"{kind.name.zh} {home.number} {home.head}"
    if kind.about == "household":
        home = get_household(desk.session, parse_id(name) or 0)
        called = f"{kind.name.zh} {home.number} {home.head}"
        if kind.code == "household_dossier":
            return dossiers.household_dossier(desk, home, story), called
        return _HOUSEHOLDS[kind.code](desk, home), called
    place = get_area(desk.session, name)
    if place.level not in (("village",) if kind.about == "village" else ("county", "town")):
        raise NotFound
    return _AREAS[kind.code](desk, place), f"{kind.name.zh} {place.name} {desk.today:%Y-%m-%d}"


def note_printed(context: ActionContext, kind: PaperKind, key: str, **more: object) -> None:
    """Keep that somebody printed a paper about what a business key names."""
    record_event(context, "printed", key, paper=kind.code, **more)


def _safe(name: str) -> str:
    """A name that every file system takes."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "_", name).strip(" .")[:120]
