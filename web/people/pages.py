"""The people of an office, and handing a person's work over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import NotFound, WrongValues
from engine.text import LocalizedText
from rectification.core.keys import household_key, ticket_key
from rectification.handover.follow_up import Handover, get_handovers
from rectification.handover.handover import hand_over
from rectification.handover.request import GROUPS, REASONS, HandoverRequest
from rectification.handover.workload import (
    Workload,
    get_workload,
    may_hand_over,
    open_counts,
    people_under,
    possible_successors,
    posts_moved_by,
)
from rectification.people.model import get_person, names_of
from rectification.tickets.consulting import why_not_ask
from web.components.people_picker import Chooser, find_people
from web.components.subject_cards import path_of
from web.context import RequestContext, get_context
from web.fields.surroundings import numbers_in
from web.form_data import get_form, text
from web.guards import get_visible_work_item, require_readable
from web.i18n import translate
from web.path_id import LARGEST, PathId
from web.user_lookup import post_words, post_words_of_people
from web.visibility import visible_places

router = APIRouter(include_in_schema=False)
MOST = 60
"""People that the list shows at once."""
NAMED = 8
"""Things of a group that the page names."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of the list."""

    id: int
    name: str
    posts: Sequence[LocalizedText]
    open: int


@dataclass(frozen=True, slots=True)
class WorkloadGroup:
    """One kind of what hangs on somebody, with the first few by name and address."""

    name: str
    count: int
    first: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post; ``mine`` where the reader may change it, ``lonely`` where somebody has to follow."""

    id: int
    words: LocalizedText
    mine: bool
    lonely: bool


@router.get("/people")
def show_people(q: str = "", context: RequestContext = Depends(get_context)) -> Response:
    """Those whose work the reader may hand over."""
    today = context.calendar.today
    with context.application.database.reading() as session:
        under = people_under(session, context.user.person, today, q.strip()[:60], MOST)
        numbers = [person.id for person in under]
        open_work, posts = open_counts(session, numbers), post_words_of_people(session, numbers, today)
        rows = [
            PersonRow(
                person.id,
                person.name,
                [words for _post, words in posts[person.id]],
                open_work.get(person.id, 0),
            )
            for person in under
        ]
        return context.page(session, "people.html", rows=rows, q=q)


@router.get("/people/choices")
def offer(
    who: str = "",
    person: list[str] = Query(default_factory=list),
    about: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
    ticket: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
    kind: str = "opinion",
    context: RequestContext = Depends(get_context),
) -> Response:
    """People near me of whose name a part was typed, and those who are ticked already.

    Where it is about a work item or a ticket, also those near that; who cannot be asked about work, says why.
    """
    typed, me, today = who.strip()[:30], context.user, context.calendar.today
    with context.application.database.reading() as session:
        ticked = numbers_in(person)[:MOST]
        if about:
            item = get_visible_work_item(session, context, about)
            people = find_people(
                session,
                ticked,
                typed,
                Chooser(me.person, today, item.key),
                lambda people: why_not_ask(context.acting(session), item, kind, people),
            )
        else:
            key = ticket_key(ticket) if ticket else ""
            if key:
                require_readable(session, context, key)
            people = find_people(session, ticked, typed, Chooser(me.person, today, key))
    return context.pages.block(
        "parts/choices.html", "people", context.language, {"people": people, "typed": typed}
    )


@router.get("/people/{number}/handing-over")
def show(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """What hangs on a person, and the form."""
    with context.application.database.reading() as session:
        return _page(context, session, number, {}, {})


@router.post("/people/{number}/handing-over")
def hand(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Hand it over."""
    names = ("reason", "note", "successor", *GROUPS)
    typed = {name: text(form, name, 1000 if name == "note" else 40) for name in names}
    typed |= {name: str(value)[:40] for name, value in form.items() if name.startswith("post-")}
    try:
        with context.application.database.writing() as session:
            _seen(context, session, number)
            today = context.calendar.today
            proposal = _proposal(number, typed, get_workload(session, number, today))
            hand_over(context.acting(session), proposal)
    except WrongValues as wrong:
        with context.application.database.reading() as session:
            return _page(context, session, number, typed, wrong.problems)
    return RedirectResponse(f"/people/{number}/handing-over", 303)


def _proposal(number: int, typed: Mapping[str, str], hangs: Workload) -> HandoverRequest:
    """A group left empty goes to the one successor; ``stay`` keeps it where it is."""
    everybody = _number(typed["successor"])
    chosen = {name: _number(typed[name]) if typed[name] else everybody for name in GROUPS}
    successors = {name: successor for name, successor in chosen.items() if successor and getattr(hangs, name)}
    if hangs.count and not successors and not any(typed[name] for name in GROUPS):
        raise WrongValues({"successor": LocalizedText("请选择接手人。", "Choose who takes over.")})
    posts = {
        int(name.removeprefix("post-")): everybody if value == "same" else _number(value)
        for name, value in typed.items()
        if name.startswith("post-") and name.removeprefix("post-").isdecimal() and value not in ("", "stay")
    }
    return HandoverRequest(number, typed["reason"], typed["note"], successors, posts)


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else 0


def _seen(context: RequestContext, session: Session, number: int) -> None:
    get_person(session, number)
    if not may_hand_over(session, context.user.person, number, context.calendar.today):
        raise NotFound


def _page(
    context: RequestContext,
    session: Session,
    number: int,
    typed: Mapping[str, str],
    problems: Mapping[str, LocalizedText],
) -> Response:
    _seen(context, session, number)
    today, me = context.calendar.today, context.user.person
    hangs = get_workload(session, number, today)
    done = get_handovers(session, number)
    others = {int(person_id) for handover in done for person_id in handover.successors.values()}
    deputies = {
        person_id for deputy in hangs.deputies for person_id in (deputy.person_id, deputy.stands_in_for_id)
    }
    return context.page(
        session,
        "handover.html",
        status=422 if problems else 200,
        person=get_person(session, number),
        groups=_groups(session, hangs, context),
        posts=_posts(session, me, number, hangs, context),
        deputies=hangs.deputies,
        names=names_of(session, others | deputies),
        people=possible_successors(session, number, today),
        reasons=[(code, translate(words)) for code, words in REASONS.items()],
        done=done,
        left=_left(session, done, context),
        typed=typed,
        problems={name: translate(words) for name, words in problems.items()},
        mine=me == number,
    )


def _groups(session: Session, hangs: Workload, context: RequestContext) -> list[WorkloadGroup]:
    """The first few by name, of those that the reader may see; an administrator sees how many there are."""
    keys: dict[str, Sequence[str]] = {
        "tickets": [ticket_key(ticket) for ticket in hangs.tickets],
        "households": [household_key(household) for household in hangs.households],
        "work": list(hangs.work),
    }
    places = visible_places(session, context, [key for group in keys.values() for key in group[:NAMED]])
    return [
        WorkloadGroup(
            name, len(names), [(places[key], path_of(key)) for key in names[:NAMED] if key in places]
        )
        for name, names in keys.items()
        if names
    ]


def _posts(
    session: Session, me: int, number: int, hangs: Workload, context: RequestContext
) -> list[PostLine]:
    today = context.calendar.today
    posts = post_words(session, number, today)
    moved = posts_moved_by(session, me, [post for post, _words in posts], today)
    return [PostLine(post.id, words, post.id in moved, post.id in hangs.lonely) for post, words in posts]


def _left(
    session: Session, done: Sequence[Handover], context: RequestContext
) -> dict[int, list[tuple[str, str, Any]]]:
    """What was left at each handing over: name and address where the reader may see it, and why."""
    places = visible_places(session, context, [name[0] for row in done for name in row.left])
    return {
        row.id: [
            (places.get(key, key), path_of(key) if key in places else "", LocalizedText(zh, en))
            for key, zh, en in row.left
        ]
        for row in done
    }
