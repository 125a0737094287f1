"""Work items: list mine, read one with its form, complete it, take it, give it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from engine.engine import WorkItem
from engine.errors import WrongValues
from engine.expressions.value import as_json
from engine.forms import fields
from engine.json import Json, Values
from engine.text import LocalizedText
from engine.worklist.queries import DeskFilter, OpenDeskWork, desk
from rectification.tickets.recall import take_step_back
from web.api_sentences import REFUSALS, Sentence
from web.context import RequestContext, get_context
from web.guards import check_for, get_visible_work_item
from web.pagination import desk_cursor, write_desk_cursor
from web.path_id import PathId

router = APIRouter(tags=["work items"], responses=REFUSALS)


class WorkItemLine(BaseModel):
    """A work item as a list shows it."""

    id: int
    process: str
    element: str
    name: str
    key: str = Field(description="what it is about, for instance ticket:17")
    owner: str
    due_at: dt.datetime | None
    overdue: bool
    created_at: dt.datetime


class WorkItems(BaseModel):
    """One page of a list of work items."""

    items: list[WorkItemLine]
    next: str | None = Field(description="pass it as `after` to read on")


class FormOption(BaseModel):
    """Something to choose in a field."""

    id: str
    label: Sentence


class FormField(BaseModel):
    """One field of a form."""

    id: str
    type: str
    label: Sentence
    help: Sentence | None
    required: bool
    readonly: bool
    minimum: Json
    maximum: Json
    min_length: int | None
    max_length: int | None
    options: list[FormOption]
    shown_if: str | None
    properties: Mapping[str, str]


class WorkItemDetail(WorkItemLine):
    """One work item with its form and the variables that it sees."""

    instance: int
    definition: int
    status: str | None
    documentation: str
    form: list[FormField]
    variables: Mapping[str, Json]
    closed_at: dt.datetime | None
    closed_by: str | None
    outcome: str | None


class Answers(BaseModel):
    """Values for the fields of a work item's form."""

    model_config = ConfigDict(extra="forbid")
    values: Values = Field(default_factory=dict)


class CompletionRecord(BaseModel):
    """What came of completing a work item."""

    instance: int
    next_items: list[int]
    ended: bool
    repeated: bool = Field(description="true when this Idempotency-Key had already been answered")


class TakingBack(BaseModel):
    """Why a completed step is taken back."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(min_length=1, max_length=500)


@router.get("/api/v1/work-items", summary="List my work items")
def my_work(
    process: str | None = Query(None, max_length=200),
    element: str | None = Query(None, max_length=200),
    overdue: bool = False,
    q: str | None = Query(None, max_length=100, description="part of the step's name, or a business key"),
    after: str | None = Query(None, max_length=400, description="`next` of the page before"),
    limit: int = Query(50, ge=1, le=200),
    context: RequestContext = Depends(get_context),
) -> WorkItems:
    """Open work on my desks, the most urgent first."""
    now = context.application.clock.now()
    with context.application.database.reading() as session:
        rows = desk(
            session,
            context.user.owners,
            DeskFilter(now if overdue else None, process, element, q),
            after=desk_cursor(after),
            limit=limit + 1,
        )
    page = rows[:limit]
    beyond = write_desk_cursor(page[-1]) if len(rows) > limit else None
    return WorkItems(items=[_line(row, now) for row in page], next=beyond)


def _line(row: OpenDeskWork, now: dt.datetime) -> WorkItemLine:
    late = row.due_at is not None and row.due_at < now
    return WorkItemLine(
        id=row.id,
        process=row.process,
        element=row.element,
        name=row.name,
        key=row.key,
        owner=row.owner,
        due_at=row.due_at,
        created_at=row.created_at,
        overdue=late,
    )


@router.get("/api/v1/work-items/{number}", summary="Read a work item with its form")
def one(number: PathId, context: RequestContext = Depends(get_context)) -> WorkItemDetail:
    """One work item that I may see."""
    with context.application.database.reading() as session:
        item = get_visible_work_item(session, context, number)
    return detail(item, context.application.clock.now())


def detail(item: WorkItem, now: dt.datetime) -> WorkItemDetail:
    """A work item as JSON."""
    same = (
        "id",
        "process",
        "element",
        "name",
        "key",
        "owner",
        "due_at",
        "created_at",
        "instance",
        "definition",
        "status",
    )
    more = ("documentation", "closed_at", "closed_by", "outcome")
    result = {name: getattr(item, name) for name in (*same, *more)}
    late = item.due_at is not None and item.closed_at is None and item.due_at < now
    return WorkItemDetail(
        **result,
        overdue=late,
        variables={name: as_json(value) for name, value in item.variables.items()},
        form=[_field(field) for field in item.form.fields],
    )


def _field(field: fields.Field) -> FormField:
    same = ("id", "type", "required", "readonly", "minimum", "maximum", "min_length", "max_length")
    result: dict[str, Any] = {name: getattr(field, name) for name in same}
    return FormField(
        **result,
        label=_sentence(field.label),
        help=_sentence(field.help) if field.help else None,
        options=[FormOption(id=str(option.id), label=_sentence(option.label)) for option in field.options],
        shown_if=field.shown_if.text if field.shown_if else None,
        properties=dict(field.properties),
    )


def _sentence(words: LocalizedText) -> Sentence:
    return Sentence(zh=words.zh, en=words.en)


@router.post("/api/v1/work-items/{number}/completion", summary="Complete a work item")
def complete(
    number: PathId,
    answers: Answers,
    idempotency_key: Annotated[
        str | None, Header(max_length=150, description="the same key again changes nothing")
    ] = None,
    context: RequestContext = Depends(get_context),
) -> CompletionRecord:
    """Send the form once; with an Idempotency-Key a lost answer can be asked for again."""
    user = context.user
    with context.application.database.reading() as session:
        item = get_visible_work_item(session, context, number)
    if strange := item.form.strange(answers.values):
        raise WrongValues(strange)
    receipt = f"{user.person}:{idempotency_key}" if idempotency_key else None
    done = context.application.engine.complete(
        number, answers.values, user.actor, receipt=receipt, check=check_for(context, completing=True)
    )
    return CompletionRecord(
        instance=done.instance, next_items=done.next_items, ended=done.ended, repeated=done.repeated
    )


@router.post("/api/v1/work-items/{number}/claim", summary="Take a work item", status_code=204)
def claim(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Put it on my own desk."""
    with context.application.database.reading() as session:
        get_visible_work_item(session, context, number)
    context.application.engine.claim(number, context.user.actor, check=check_for(context))
    return Response(status_code=204)


@router.delete("/api/v1/work-items/{number}/claim", summary="Give a work item back", status_code=204)
def release(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Give it back to those it was offered to."""
    with context.application.database.reading() as session:
        get_visible_work_item(session, context, number)
    context.application.engine.release(number, context.user.actor, check=check_for(context))
    return Response(status_code=204)


@router.post(
    "/api/v1/work-items/{number}/taking-back", summary="Take a completed work item back", status_code=204
)
def take_back(number: PathId, why: TakingBack, context: RequestContext = Depends(get_context)) -> Response:
    """Have it on my desk again as it was, as long as nobody has touched what followed."""
    with context.application.database.reading() as session:
        get_visible_work_item(session, context, number)
    with context.application.database.writing() as session:
        take_step_back(context.acting(session), number, why.reason.strip())
    return Response(status_code=204)
