"""Submitting, numbering and freezing a village's issue list; later finds enter the supplement."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.host import Step, Values
from engine.inputs import HandlerInput, guard, service
from engine.text import LocalizedText, plural
from rectification.calendar.deadlines import latest_due_day, local_day
from rectification.campaigns.model import get_campaign
from rectification.core.history import record_event
from rectification.core.keys import household_key
from rectification.households.model import Household
from rectification.issue_lists.villages import unvisited
from rectification.matters.issue_list import IssueList, TicketVoid, get_issue_list, hold_village
from rectification.matters.status import TicketStatus
from rectification.matters.ticket import Ticket, get_ticket


class VillageInput(HandlerInput):
    """The village whose list it is, and its campaign."""

    campaign: int
    village: str


class LineInput(HandlerInput):
    """The ticket that is a line of a list."""

    ticket: int


class ReadyForm(HandlerInput):
    """What the village says when it submits its list."""

    zero_report: bool | None
    unvisited_reason: str | None


@guard(ReadyForm, reads=VillageInput)
def village_ready(step: Step, form: ReadyForm) -> Mapping[str, LocalizedText]:
    """Guard: a zero report exactly when there is nothing to report, and a reason for whom nobody visited."""
    where = VillageInput.read(step.variables)
    lines = len(drafts_of(step.session, where.campaign, where.village))
    zero = bool(form.zero_report)
    problems: dict[str, LocalizedText] = {}
    if zero and lines:
        problems["zero_report"] = LocalizedText(
            f"本村有 {lines} 条问题，不能作零报告。",
            f"The village has {plural(lines, 'issue', 'issues')}; this cannot be a zero report.",
        )
    if not zero and not lines:
        problems["zero_report"] = LocalizedText(
            "本村没有问题，请勾选“零报告”确认。", "There is no issue: tick “zero report” to say so."
        )
    left = len(unvisited(step.session, where.campaign, where.village))
    if left and not (form.unvisited_reason or "").strip():
        problems["unvisited_reason"] = LocalizedText(
            f"还有 {left} 户没有入户，请写明原因。",
            f"{plural(left, 'household has', 'households have')} not been visited; say why.",
        )
    return problems


def drafts_of(session: Session, campaign_id: int, village: str) -> list[Ticket]:
    """The lines that a village has not submitted yet, in the order they were found."""
    query = select(Ticket).where(
        Ticket.village == village, Ticket.status == TicketStatus.DRAFT, Ticket.campaign_id == campaign_id
    )
    return list(session.scalars(query.order_by(Ticket.id)))


class SubmittedList(VillageInput):
    """A list as its village submits it."""

    statement: str = ""
    unvisited_reason: str = ""


@service(SubmittedList)
def submit_list(step: Step, given: SubmittedList) -> None:
    """The village's list goes to the town: every draft line, or a zero report."""
    session = step.session
    hold_village(session, given.village)
    main = _list(session, given.campaign, given.village, "main")
    drafts = drafts_of(session, main.campaign_id, main.village)
    main.zero_report = not drafts
    main.statement = given.statement
    main.unvisited_reason = given.unvisited_reason
    main.submitted_by_id, main.submitted_at = step.actor.person, step.now
    for draft in drafts:
        step.send("list_submitted", draft.key, {"description": draft.description})
    for number in _being_checked(session, main):
        step.send("list_submitted", household_key(number), {})
    record_event(
        step,
        "list_submitted",
        step.key,
        lines=len(drafts),
        zero_report=main.zero_report,
    )


def _being_checked(session: Session, main: IssueList) -> list[int]:
    query = select(Household.id).where(
        Household.village == main.village,
        Household.status == "checking",
        Household.campaign_id == main.campaign_id,
    )
    return list(session.scalars(query.order_by(Household.id)))


class AcceptedLine(LineInput):
    """A line that the town accepted, as it worded it."""

    description: str = ""
    rect_type: str = "immediate"


@service(AcceptedLine, "days_left", "rect_type")
def enter_list(step: Step, given: AcceptedLine) -> Values:
    """The town accepted a line: into the main list, or once that is frozen into the supplement with its number."""
    session = step.session
    line = get_ticket(session, given.ticket)
    hold_village(session, line.village)
    line.description = given.description or line.description
    main = _list(session, line.campaign_id, line.village, "main")
    line.list_id = main.id
    if line.subject_kind == "unit":
        assign_number(session, line, _last_line(session, main) + 1)
        _freeze(session, main, step.now)
        record_event(step, "numbered", line.key, number=line.number, list=main.id, hash=main.hash)
    elif main.frozen_at is not None:
        supplement = _list(session, line.campaign_id, line.village, "supplement")
        line.list_id = supplement.id
        assign_number(session, line, _last_line(session, main) + 1)
        _freeze(session, supplement, step.now)
        record_event(step, "numbered", line.key, number=line.number, list=supplement.id, hash=supplement.hash)
    campaign = get_campaign(session, line.campaign_id)
    days = (latest_due_day(campaign) - local_day(step.now, campaign.zone)).days
    return {"days_left": max(days, 0), "rect_type": given.rect_type or "immediate"}


@service(VillageInput)
def freeze_list(step: Step, given: VillageInput) -> None:
    """The list milestone: number the accepted lines without a gap, freeze them, hash them."""
    session = step.session
    hold_village(session, given.village)
    main = _list(session, given.campaign, given.village, "main")
    if main.frozen_at is not None:
        return
    lines = _lines(session, main)
    for place, line in enumerate(lines, start=1):
        assign_number(session, line, place)
    _freeze(session, main, step.now)
    record_event(step, "list_frozen", step.key, lines=len(lines), list=main.id, hash=main.hash)


class VoidedLine(LineInput):
    """A line that is taken off, and why; merged, into which other."""

    review: str = ""
    review_reason: str = ""
    void_reason: str = ""
    duplicate_of: str = ""


@service(VoidedLine)
def void_line(step: Step, given: VoidedLine) -> None:
    """A line that is not true, a duplicate or out of scope, as two people agreed."""
    line = get_ticket(step.session, given.ticket)
    reason = given.review_reason or given.void_reason
    if given.review == "merge":
        line.merged_into_id, line.close_type = _other(step, line, given.duplicate_of), "merged"
        record_event(step, "merged", line.key, into=line.merged_into_id)
    step.session.add(TicketVoid(ticket_id=line.id, reason=reason, by_id=step.actor.person, at=step.now))
    line.list_id = None


class JudgedLine(HandlerInput):
    """What the town says to a line."""

    review: str | None
    duplicate_of: str | None = None


@guard(JudgedLine, reads=LineInput)
def line_judged(step: Step, form: JudgedLine) -> Mapping[str, LocalizedText]:
    """Guard: a line is merged into another that is on the list and goes on."""
    if form.review != "merge":
        return {}
    line = get_ticket(step.session, LineInput.read(step.variables).ticket)
    if _other(step, line, form.duplicate_of or "") is None:
        words = LocalizedText(
            "没有这个编号的工单，或它已作废。", "There is no ticket with this number, or it is void."
        )
        return {"duplicate_of": words}
    return {}


def _other(step: Step, line: Ticket, number: str) -> int | None:
    query = select(Ticket.id).where(
        Ticket.campaign_id == line.campaign_id,
        Ticket.number == number.strip(),
        Ticket.id != line.id,
        Ticket.status != TicketStatus.VOID,
    )
    return step.session.scalars(query).one_or_none()


def hash_holds(issue_list: IssueList) -> bool:
    """Whether a frozen list is still what was frozen."""
    return (
        issue_list.lines is not None
        and hashlib.sha256(issue_list.lines.encode()).hexdigest() == issue_list.hash
    )


def _list(session: Session, campaign_id: int, village: str, kind: str) -> IssueList:
    """The village's list, begun if need be."""
    issue_list = get_issue_list(session, campaign_id, village, kind)
    if issue_list is None:
        issue_list = IssueList(campaign_id=campaign_id, village=village, kind=kind, version=0)
        session.add(issue_list)
        session.flush()
    return issue_list


def _lines(session: Session, issue_list: IssueList) -> list[Ticket]:
    query = select(Ticket).where(Ticket.list_id == issue_list.id, Ticket.status != TicketStatus.VOID)
    return list(session.scalars(query.order_by(Ticket.line_no, Ticket.id)))


def _last_line(session: Session, main: IssueList) -> int:
    """The number given last in this village; supplements go on counting where the main list stopped."""
    lists = select(IssueList.id).where(
        IssueList.campaign_id == main.campaign_id, IssueList.village == main.village
    )
    return session.scalar(select(func.max(Ticket.line_no)).where(Ticket.list_id.in_(lists))) or 0


def assign_number(session: Session, line: Ticket, place: int) -> None:
    """Give a line its number (编号), year-village-place, such as 2019-341226100201-003; it is never changed."""
    line.line_no = place
    line.number = f"{get_campaign(session, line.campaign_id).year}-{line.village}-{place:03d}"


def _freeze(session: Session, issue_list: IssueList, now: dt.datetime) -> None:
    session.flush()
    issue_list.version += 1
    issue_list.frozen_at = now
    issue_list.lines = _document(session, issue_list)
    issue_list.hash = hashlib.sha256(issue_list.lines.encode()).hexdigest()


def _document(session: Session, issue_list: IssueList) -> str:
    """The list as canonical JSON: sorted keys, no spaces, UTF-8."""
    query = select(Ticket, Household.number, Household.head).outerjoin(
        Household, Household.id == Ticket.household_id
    )
    rows = session.execute(
        query.where(Ticket.list_id == issue_list.id, Ticket.line_no.is_not(None)).order_by(Ticket.line_no)
    )
    document: Values = {
        "campaign": issue_list.campaign_id,
        "village": issue_list.village,
        "kind": issue_list.kind,
        "version": issue_list.version,
        "zero_report": issue_list.zero_report,
        "lines": [_line(line, number, head) for line, number, head in rows],
    }
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()


def _line(line: Ticket, household: str | None, head: str | None) -> Values:
    return {
        "line": line.line_no,
        "number": line.number,
        "household": household,
        "head": head,
        "category": line.category,
        "item": line.item,
        "description": line.description,
        "found_on": line.found_on.isoformat(),
    }
