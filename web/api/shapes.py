"""What the API says and takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Sentence(BaseModel):
    """The same sentence in both languages."""

    zh: str
    en: str


class Problem(BaseModel):
    """Why something was refused."""

    code: str
    message_zh: str
    message_en: str
    problems: Mapping[str, Sentence] = Field(
        default_factory=dict, description="per field; the empty name is the whole form"
    )


class Person(BaseModel):
    """Who the token belongs to."""

    id: int
    name: str
    roles: list[str]
    posts: list[str]
    owners: list[str] = Field(description="the desks that this person works from")


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
    minimum: Any
    maximum: Any
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
    variables: Mapping[str, Any]
    closed_at: dt.datetime | None
    closed_by: str | None
    outcome: str | None


class Answers(BaseModel):
    """Values for the fields of a work item's form."""

    model_config = ConfigDict(extra="forbid")
    values: dict[str, Any] = Field(default_factory=dict)


class Completed(BaseModel):
    """What came of completing a work item."""

    instance: int
    next_items: list[int]
    ended: bool
    repeated: bool = Field(description="true when this Idempotency-Key had already been answered")


class TakingBack(BaseModel):
    """Why a completed step is taken back."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(min_length=1, max_length=500)


class TicketLine(BaseModel):
    """A ticket as the ledger shows it."""

    id: int
    number: str | None
    title: str
    status: str
    where: str
    person: str
    due_at: dt.datetime | None
    overdue: bool
    slow: bool = Field(description="marked as slow: a written statement was asked for")


class TicketCounts(BaseModel):
    """Three numbers that are never added up: hung is not closed."""

    open: int
    overdue: int
    hung: int
    closed: int


class Tickets(BaseModel):
    """One page of the ledger."""

    tickets: list[TicketLine]
    counts: TicketCounts
    next: str | None


class HistoryLine(BaseModel):
    """Something that happened."""

    at: dt.datetime
    actor: str
    action: str
    element: str | None
    detail: Any


class ToldOnRung(BaseModel):
    """Those whom one rung of a ladder will tell, as things are today."""

    who: str
    names: list[str]
    level: int
    colour: str
    channel: str
    acknowledge_hours: float = Field(
        description="within so many hours one of them must acknowledge; 0: nobody need"
    )


class Ahead(BaseModel):
    """One date ahead."""

    at: dt.datetime
    kind: str = Field(description="due, told (a rung of the ladder) or timer (the diagram moves on)")
    step: Sentence
    rule: Sentence | None = Field(description="which rule made the due date")
    told: list[ToldOnRung]
    leads_to: list[Sentence] = Field(description="where the diagram's timer leads")


class Way(BaseModel):
    """One way by which a message went out: queued, sent, failed or dead."""

    channel: str
    state: str
    sent_at: dt.datetime | None


class Telling(BaseModel):
    """One message to one person."""

    at: dt.datetime
    person: str
    words: Sentence
    level: int
    colour: str
    late: bool
    ways: list[Way]
    read_at: dt.datetime | None
    acknowledge_by: dt.datetime | None = Field(
        description="until when one of those told had to acknowledge it"
    )
    acknowledged_at: dt.datetime | None
    acknowledged_by: str


class CommentFile(BaseModel):
    """A photo or paper that came with a comment."""

    id: int
    name: str
    media_type: str


class Comment(BaseModel):
    """What somebody said about a ticket."""

    id: int
    at: dt.datetime
    by: str
    text: str
    mentioned: list[str] = Field(description="whom it names; they were told")
    files: list[CommentFile]


class NewComment(BaseModel):
    """A comment: whoever is named with @ in the text is told."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, max_length=2000)
    chosen: list[int] = Field(
        default_factory=list, description="people by number: who is meant where two share a name"
    )
    files: list[int] = Field(
        default_factory=list, description="evidence that was sent about comments:N, N the ticket's number"
    )


class Copy(BaseModel):
    """Somebody was sent the ticket to read."""

    to: str
    by: str
    note: str
    at: dt.datetime
    read_at: dt.datetime | None


class NewCopies(BaseModel):
    """Send a ticket to people who may read it then, and do nothing to it."""

    model_config = ConfigDict(extra="forbid")
    people: list[int] = Field(description="by number", min_length=1)
    note: str = Field(default="", max_length=500)


class Ending(BaseModel):
    """A proposal to end a ticket without repair; `confirmed` is null until a second person decides."""

    reason: str
    by: str
    at: dt.datetime
    confirmed: bool | None
    opinion: str
    decided_by: str
    on_behalf_of: str
    decided_at: dt.datetime | None


class Reason(BaseModel):
    """Why something is asked for."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(min_length=1, max_length=2000)


class Answer(BaseModel):
    """One who was asked, and what was answered by them or on their behalf."""

    person: str
    view: str = Field(description="agree, object, remark or done; empty until they answer")
    text: str
    by: str
    on_behalf_of: str
    at: dt.datetime | None


class Consultation(BaseModel):
    """A question to others about a work item, or the work given away for a while."""

    id: int
    work_item: int
    step: Sentence
    kind: str
    question: str
    by: str
    on_behalf_of: str
    at: dt.datetime
    due_at: dt.datetime
    needed: int
    called_off_at: dt.datetime | None
    waiting: bool = Field(description="the work item cannot be completed while this is true")
    answers: list[Answer]


class NewConsultation(BaseModel):
    """Ask others about a work item (opinion), or have one of them do it (delegation)."""

    model_config = ConfigDict(extra="forbid")
    kind: str = Field(pattern="^(opinion|delegation)$")
    people: list[int] = Field(min_length=1)
    question: str = Field(min_length=1, max_length=1000)
    needed: int = Field(default=0, ge=0, description="answers that are demanded; 0: all of them")


class Asked(BaseModel):
    """The number of a new consultation."""

    id: int


class TicketDetail(TicketLine):
    """One ticket with its history and the places where its process stands."""

    facts: Mapping[str, Any]
    tokens: list[list[str]] = Field(description="[process, element] of every live token")
    work_items: list[int] = Field(description="open work items of this ticket")
    history: list[HistoryLine]
    ahead: list[Ahead] = Field(description="what happens next: dates, and who is told then")
    told: list[Telling] = Field(description="who was told what, when, by which way, seen when")
    comments: list[Comment]
    consultations: list[Consultation] = Field(description="opinions asked for and work given away")
    endings: list[Ending] = Field(description="proposals to end it, and what a second person said")
    copies: list[Copy] = Field(description="who was sent it to read, and when they did")


class ToAcknowledge(BaseModel):
    """An escalation that waits for a leader's acknowledgement."""

    id: int
    key: str = Field(description="what it is about, for instance ticket:17")
    step: str
    level: int
    colour: str
    due_at: dt.datetime = Field(description="after which whoever stands above is told")


class SlowMark(BaseModel):
    """Whether a ticket is marked as slow, and why."""

    model_config = ConfigDict(extra="forbid")
    slow: bool
    reason: str = Field(max_length=2000)


class ProgressNote(BaseModel):
    """How far a ticket has come."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, max_length=2000)
    percent: int = Field(ge=0, le=100)


class Start(BaseModel):
    """A new instance of a process."""

    model_config = ConfigDict(extra="forbid")
    key: str = Field(min_length=1, max_length=200, description="business key, for instance ticket:17")
    variables: dict[str, Any] = Field(default_factory=dict)


class Started(BaseModel):
    """The instance that began."""

    instance: int


class Message(BaseModel):
    """A message for the instances that wait for it."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=200)
    key: str | None = Field(default=None, max_length=200, description="the business key of the receiver")
    payload: dict[str, Any] = Field(default_factory=dict)


class Timer(BaseModel):
    """A deadline that a process waits for."""

    id: int
    instance: int
    element: str
    due_at: dt.datetime
    attempts: int


class Timers(BaseModel):
    """Timers in the order in which they fall due."""

    timers: list[Timer]


class EvidenceStored(BaseModel):
    """A photo or paper that can now be named in a form."""

    id: int
    sha256: str


class Milestone(BaseModel):
    """A date of a campaign."""

    model_config = ConfigDict(extra="forbid")
    day: dt.date
    cutoff: dt.time | None = Field(None, description="local time; none: the end of the day")


class Milestones(BaseModel):
    """The dates of a campaign, by name."""

    milestones: dict[str, Milestone]


class MilestonesMoved(Milestones):
    """Milestones as they should be; those that are not named stay."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(max_length=2000)


class MovedDates(BaseModel):
    """A change of dates, and what it moves."""

    id: int
    state: str = Field(description="looking (being worked out), ready, moving, done or dropped")
    reason: str
    done: int = Field(description="pieces of running work that were looked at or moved, of `total`")
    total: int
    report: Mapping[str, Any] | None = Field(
        description="figures, and `lines`: step, date before and after, how many"
    )
    left: Mapping[str, Sentence] = Field(description="what could not be moved, and why")


class NewDueDate(BaseModel):
    """Another due date for a ticket."""

    model_config = ConfigDict(extra="forbid")
    due: dt.date
    reason: str = Field(max_length=2000)
    preview: bool = Field(False, description="say what would move, and change nothing")


class MovedDate(BaseModel):
    """One date that moves with another."""

    kind: str = Field(description="work or timer")
    step: Sentence
    before: dt.datetime | None
    after: dt.datetime | None


class DueDateMoves(BaseModel):
    """What moves with the due date of a ticket."""

    moves: list[MovedDate]


class Pause(BaseModel):
    """A pause of a ticket."""

    model_config = ConfigDict(extra="forbid")
    until: dt.date = Field(description="its last day")
    reason: str = Field(max_length=2000)


class CalendarDay(BaseModel):
    """A day that is not what its weekday says."""

    model_config = ConfigDict(extra="forbid")
    day: dt.date
    kind: Literal["holiday", "makeup"] | None = Field(
        None, description="holiday (off), makeup (worked), or none: as the calendar above or the weekday says"
    )
    name: str = Field("", max_length=200)


class HeldDay(CalendarDay):
    """Such a day, and the area whose calendar says so."""

    area: str


class CalendarYear(BaseModel):
    """What holds in an area in a year; when nothing is known, Monday to Friday are worked."""

    area: str
    year: int
    known: bool
    days: list[HeldDay]


class CalendarWish(BaseModel):
    """Days as a calendar is to have them."""

    model_config = ConfigDict(extra="forbid")
    days: list[CalendarDay] = Field(max_length=400)
    reason: str = Field(max_length=2000)


class CalendarChanged(BaseModel):
    """A change of a calendar; `reschedulings` say what it moves in each campaign."""

    id: int
    area: str
    state: str = Field(description="open, applied or dropped")
    ready: bool = Field(description="whether it can be applied: what it moves is known")
    reason: str
    days: list[CalendarDay]
    reschedulings: list[int]
