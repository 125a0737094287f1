"""Deputies: who stands in for me, for whom I stand in, and naming one for some days and posts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from engine.text import LocalizedText
from rectification.handover.naming_deputies import DeputyRequest, end_deputy, name_deputy, possible_deputies
from rectification.handover.return_claims import return_claims
from rectification.people.deputies import Deputy, deputies_about, own_desks
from rectification.people.model import names_of
from web.components.subject_cards import owner_words
from web.context import RequestContext, get_context
from web.form_data import form_router, trimmed
from web.i18n import translate
from web.path_id import PathId

router = form_router()


class DeputyForm(BaseModel):
    """Who stands in for me, on which days, and for all work or only for the posts named."""

    deputy: Annotated[str, trimmed(40)] = ""
    since: Annotated[str, trimmed(40)] = ""
    until: Annotated[str, trimmed(40)] = ""
    what: Annotated[str, trimmed(40)] = ""
    owner: list[str] = []


@dataclass(frozen=True, slots=True)
class DeputyRow:
    """One standing in, as either of the two reads it."""

    id: int
    name: str
    since: dt.date
    until: dt.date | None
    now: bool
    desks: Sequence[str]
    """The posts that are covered; empty: all work."""


@router.get("/deputies")
def show(context: RequestContext = Depends(get_context)) -> Response:
    """Both sides of standing in, and the form."""
    with context.application.database.reading() as session:
        return _page(context, session, {}, {})


@router.post("/deputies")
def name_one(form: Annotated[DeputyForm, Form()], context: RequestContext = Depends(get_context)) -> Response:
    """Let somebody stand in for me."""
    proposal = DeputyRequest(
        int(form.deputy) if form.deputy.isdecimal() and len(form.deputy) < 19 else None,
        _day(form.since),
        _day(form.until),
        form.owner if form.what == "some" else None,
    )
    try:
        with context.application.database.writing() as session:
            name_deputy(context.acting(session), proposal)
    except WrongValues as wrong:
        with context.application.database.reading() as session:
            return _page(context, session, {**form.model_dump(), "owners": form.owner}, wrong.problems)
    return RedirectResponse("/deputies", 303)


@router.post("/deputies/{number}/end")
def end(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Let it be over now."""
    with context.application.database.writing() as session:
        end_deputy(context.acting(session), number)
        return_claims(session, context.application.clock.now(), context.calendar.today)
    return RedirectResponse("/deputies", 303)


def _page(
    context: RequestContext,
    session: Session,
    typed: Mapping[str, object],
    problems: Mapping[str, LocalizedText],
) -> Response:
    me, today = context.user.person, context.calendar.today
    rows = deputies_about(session, me, today)
    names = names_of(
        session, {person_id for row in rows for person_id in (row.person_id, row.stands_in_for_id)}
    )
    mine = [_line(session, row, names[row.person_id], today) for row in rows if row.stands_in_for_id == me]
    theirs = [_line(session, row, names[row.stands_in_for_id], today) for row in rows if row.person_id == me]
    return context.page(
        session,
        "deputies.html",
        status=422 if problems else 200,
        mine=mine,
        theirs=theirs,
        people=possible_deputies(session, me, today),
        desks=[(owner, _desk_words(session, owner)) for owner in own_desks(session, me, today)],
        typed={"deputy": "", "since": today.isoformat(), "until": "", "what": "all", "owners": [], **typed},
        first=today.isoformat(),
        problems={name: translate(words) for name, words in problems.items()},
    )


def _line(session: Session, row: Deputy, name: str, today: dt.date) -> DeputyRow:
    desks = [_desk_words(session, owner) for owner in row.owners or ()]
    return DeputyRow(row.id, name, row.since, row.until, row.since <= today, desks)


def _desk_words(session: Session, owner: str) -> str:
    return translate(_PERSONAL) if owner.startswith("person:") else owner_words(session, owner)


def _day(typed: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(typed)
    except ValueError:
        return None


_PERSONAL = LocalizedText("指定由本人办理的事项", "Work given to the person by name")
