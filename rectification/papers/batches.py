"""Batches: the papers of a whole village or town in one file, made as a job."""

from __future__ import annotations

import zipfile
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.host import Actor
from engine.json import as_int, as_text
from engine.text import LocalizedText
from rectification.access.permissions import visible_households, visible_tickets
from rectification.core.context import ActionContext
from rectification.core.jobs import Job, Run, enqueue
from rectification.households.model import Household
from rectification.matters.ticket import Ticket
from rectification.matters.timezone import acting_now
from rectification.papers.desk import Desk
from rectification.papers.kinds import PaperKind, get_paper_kind
from rectification.papers.printing import desk_for, note_printed, papers_about, print_paper
from rectification.people.model import get_person
from rectification.places.areas import Area, get_area
from rectification.tickets.dispatch import Dispatch

BATCHES: Final = ("visit_form_blank", "visit_form", "dispatch")
"""What can be printed for a whole village or town."""
_WORK: Final = "papers"
_AT_ONCE: Final = 20
"""Papers between two reports of progress."""


def ask_for_batch(context: ActionContext, code: str, place: Area, public_url: str, campaign_id: int) -> Job:
    """Queue the papers of one kind for everything in a village or town.

    Raises:
        NotFound: this kind is not printed in batches.
    """
    what = get_paper_kind(code)
    if code not in BATCHES or place.level not in ("village", "town"):
        raise NotFound
    name = LocalizedText(f"{place.name}：{what.name.zh}", f"{place.name}: {what.name.en}")
    return enqueue(context, _WORK, name, paper=code, place=place.code, url=public_url, campaign=campaign_id)


def print_batch(run: Run) -> None:
    """The work of such a job: one zip with a Word file for each household or ticket."""
    what, params = get_paper_kind(as_text(run.params["paper"])), run.params
    with run.database.reading() as session:
        desk = _desk(run, session)
        place = get_area(session, as_text(params["place"]))
        names = _names(desk, what, place)
        title = f"{what.name.zh} {place.name} {desk.today:%Y-%m-%d}.zip"
    if not names:
        raise NotFound(LocalizedText("没有可以打印的内容。", "There is nothing to print."))
    target = run.file(title)
    half = target.with_suffix(".part")
    with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as package:
        for first in range(0, len(names), _AT_ONCE):
            run.progress(first, len(names))
            with run.database.reading() as session:
                desk = _desk(run, session)
                for name in names[first : first + _AT_ONCE]:
                    paper = print_paper(desk, what, name)
                    package.writestr(paper.name, paper.data)
    half.replace(target)
    run.progress(len(names), len(names))
    with run.database.writing() as session:
        actor = Actor(get_person(session, run.asked_by).name, person=run.asked_by)
        key = f"{place.level}:{place.code}" if place.level == "village" else f"area:{place.code}"
        note_printed(acting_now(session, run.engine, actor), what, key, papers=len(names))
    run.finish(title, papers=len(names))


def _desk(run: Run, session: Session) -> Desk:
    return desk_for(
        session,
        run.engine,
        run.data_dir,
        as_text(run.params["url"]),
        run.asked_by,
        as_int(run.params["campaign"]),
    )


def _names(desk: Desk, what: PaperKind, place: Area) -> list[str]:
    """The numbers of what is printed, as far as whoever asked may see it."""
    session, reader = desk.session, (desk.session, desk.person_id, desk.today)
    if what.about == "household":
        query = select(Household.id).where(
            Household.campaign_id == desk.campaign_id,
            _within(Household, place),
            visible_households(*reader),
        )
        return [str(row) for row in session.scalars(query.order_by(Household.village, Household.number))]
    dispatched = select(Dispatch.ticket_id)
    wanted_tickets = select(Ticket).where(
        Ticket.campaign_id == desk.campaign_id,
        Ticket.id.in_(dispatched),
        _within(Ticket, place),
        visible_tickets(*reader),
    )
    tickets = session.scalars(wanted_tickets.order_by(Ticket.village, Ticket.line_no, Ticket.id))
    return [str(ticket.id) for ticket in tickets if what in papers_about(ticket)]


def _within(row: Any, place: Area) -> ColumnElement[bool]:
    column: ColumnElement[bool] = (row.village if place.level == "village" else row.town) == place.code
    return column
