"""One work item: what is asked, the form, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.engine import WorkItem
from engine.errors import AlreadyDone, DomainError, NotAllowed, WrongValues
from engine.expressions import Value
from engine.host import CLOCK
from engine.owners import person_owner
from engine.text import LocalizedText
from rectification.access.permissions import on_behalf_of
from rectification.core.keys import split_key
from rectification.matters.consultation import why_over
from rectification.matters.visit import Visit
from rectification.people.model import get_person
from rectification.tickets.consulting import consultable, why_not_ask
from rectification.tickets.recall import values_taken_back
from web.acknowledgements.views import to_acknowledge
from web.components.consultation_views import consultations
from web.components.mark_read import is_news, mark_notices_read
from web.components.people_picker import Chooser, PersonChoice, find_people
from web.components.prompt import Prompt, prompt_of_item
from web.components.subject_cards import owner_words, subject_of
from web.context import RequestContext, get_context
from web.fields import view_form
from web.fields.surroundings import numbers_in
from web.fields.view import read_posted
from web.form_data import get_form, text
from web.guards import check_for, get_visible_work_item, refusal_for
from web.history.timeline import came_before, folded, story_of
from web.households.views import VisitRow, visits
from web.i18n import gettext as _
from web.labels import actor_words
from web.names import item_name
from web.path_id import PathId
from web.work_items.lookups import Lookups

router = APIRouter(include_in_schema=False)
DECISIONS = ("choice", "boolean", "yes_no_na")


@dataclass(slots=True)
class Attempt:
    """A form that was not accepted, to be shown again as it was typed."""

    values: Mapping[str, object]
    key: str
    problems: Mapping[str, LocalizedText]
    conflict: str = ""
    status: int = 422


@dataclass(slots=True)
class Asking:
    """A question to others that was not accepted, to be shown again as it was typed."""

    typed: Mapping[str, object]
    problems: Mapping[str, LocalizedText]


@router.get("/work-items/{number}")
def show(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """The page of a work item."""
    with context.application.database.reading() as session:
        item = get_visible_work_item(session, context, number)
        if not is_news(context, session, [item.key]):
            return page(context, session, item, None)
    mark_notices_read(context, [item.key])
    with context.application.database.reading() as session:
        return page(context, session, item, None)


@router.post("/work-items/{number}")
def complete(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Complete it with what was filled in."""
    user, engine = context.user, context.application.engine
    with context.application.database.reading() as session:
        item = get_visible_work_item(session, context, number)
    values, key = read_posted(item.form, form), text(form, "_key", 100)
    receipt = f"{user.person}:{key}" if key else None
    try:
        engine.complete(
            number, values, user.actor, receipt=receipt, check=check_for(context, completing=True)
        )
    except WrongValues as wrong:
        return _again(context, item, Attempt(values, key, wrong.problems))
    except AlreadyDone as late:
        return _again(context, item, Attempt(values, key, {}, _who_was_first(context, late), 409))
    except NotAllowed:
        raise
    except DomainError as refusal:
        return _again(context, item, Attempt(values, key, {"": refusal.words}, status=refusal.status))
    return RedirectResponse(f"/?done={number}", 303)


def _who_was_first(context: RequestContext, late: AlreadyDone) -> str:
    person, at = actor_words(late.who or CLOCK.name), context.calendar.minute(late.at)
    if late.who == CLOCK.name:
        return _(
            "The deadline passed on %(at)s, and this step was closed. What you typed still stands below, so that you can copy it."
        ) % {"at": at}
    if late.outcome == "cancelled":
        return _(
            "This step was taken back on %(at)s. What you typed still stands below, so that you can copy it."
        ) % {"at": at}
    words = _(
        "%(who)s already dealt with this on %(at)s. What you typed still stands below, so that you can copy it."
    )
    return words % {"who": person, "at": at}


def _again(context: RequestContext, item: WorkItem, attempt: Attempt) -> Response:
    with context.application.database.reading() as session:
        return page(context, session, item, attempt)


def _chosen(context: RequestContext, session: Session, item: WorkItem, asking: Asking) -> list[PersonChoice]:
    """Whom the question named, each with why they cannot be asked."""
    today = context.calendar.today
    kind = str(asking.typed["kind"])
    return find_people(
        session,
        numbers_in(asking.typed["people"]),
        "",
        Chooser(context.user.person, today, item.key),
        lambda people: why_not_ask(context.acting(session), item, kind, people),
    )


def page(
    context: RequestContext,
    session: Session,
    item: WorkItem,
    attempt: Attempt | None,
    asking: Asking | None = None,
) -> Response:
    """The page of a work item; with what was tried and not accepted, to be put right."""
    user = context.user
    refusal = refusal_for(session, context, item)
    story = folded(story_of(context, session, item.key))
    around = Lookups(session, context.application, item, context.language)
    form = view_form(
        item.form,
        {**_prefilled(context, session, item), **(attempt.values if attempt else {})},
        around,
        problems=attempt.problems if attempt else None,
        key=attempt.key if attempt else None,
    )
    prompt: Prompt = prompt_of_item(context, session, item)
    return context.page(
        session,
        "work_item.html",
        to_acknowledge=to_acknowledge(context, session, item.key),
        status=attempt.status if attempt else 422 if asking else 200,
        item=item,
        name=item_name(item),
        form=form,
        labels={field.id: field.label for field in form.fields},
        prompt=prompt,
        subject=subject_of(session, item.key, context.calendar, user.person),
        may_act=refusal is None or bool(attempt and attempt.conflict),
        why_not=refusal.words if refusal else None,
        owner_words=owner_words(session, item.owner),
        shared=item.offered_to != person_owner(user.person) and item.owner != "many",
        mine=item.owner == person_owner(user.person),
        conflict=attempt.conflict if attempt else "",
        story=story,
        before=came_before(context, session, item) if item.closed_at is None else [],
        visit=_visit_about(session, item.key),
        consultations=consultations(session, work_item=item.id),
        question=consultations(session, instance=item.instance) if item.closed_at else [],
        may_consult=refusal is None and item.closed_at is None and consultable(item),
        asking=asking or Asking({}, {}),
        choices=_chosen(context, session, item, asking) if asking else [],
        gone=_gone(session, item),
        behalf=_behalf(context, session, item) if refusal is None else "",
    )


def _gone(session: Session, item: WorkItem) -> LocalizedText | None:
    """Why work is not to be done any more, where it was closed without being done."""
    if item.outcome != "cancelled":
        return None
    return why_over(session, item.instance) or LocalizedText(
        "流程已经继续，不需要办理", "the process has gone on without it"
    )


def _behalf(context: RequestContext, session: Session, item: WorkItem) -> str:
    """In whose name the reader would do it, if not their own."""
    other = on_behalf_of(session, context.user.person, item, context.calendar.today)
    return get_person(session, other).name if other is not None else ""


def _visit_about(session: Session, key: str) -> VisitRow | None:
    """The last visit form of a household, for whoever checks it."""
    kind, number = split_key(key)
    if kind != "household":
        return None
    return next(iter(visits(session, Visit.household_id == int(number), limit=1)), None)


def _prefilled(context: RequestContext, session: Session, item: WorkItem) -> dict[str, Value]:
    """What stands in the form before anybody types. A decision of an earlier round is never taken over by an office."""
    values = item.form.prefilled(item.variables)
    if again := values_taken_back(session, context.user.person, item.instance, item.element):
        return {**values, **again}
    if item.owner.startswith("person:"):
        return values
    fresh = {field.id: field.default for field in item.form.fields if field.type in DECISIONS}
    return {**values, **fresh}


@router.post("/work-items/{number}/claim")
def claim(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Take it onto my own desk."""
    with context.application.database.reading() as session:
        get_visible_work_item(session, context, number)
    context.application.engine.claim(number, context.user.actor, check=check_for(context))
    return RedirectResponse(f"/work-items/{number}", 303)


@router.post("/work-items/{number}/release")
def release(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Give it back to those it was offered to."""
    with context.application.database.reading() as session:
        get_visible_work_item(session, context, number)
    context.application.engine.release(number, context.user.actor, check=check_for(context))
    return RedirectResponse(f"/work-items/{number}", 303)
