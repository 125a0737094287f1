"""Closing: the person applies with evidence; the county office records the closing with its number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.host import Step
from engine.inputs import HandlerInput, guard, service
from engine.text import LocalizedText
from notifications.outbox import NotificationRequest, notify_many
from rectification.calendar.deadlines import as_day, is_overdue, local_day, milestone_at
from rectification.campaigns.catalogue import get_check_item
from rectification.campaigns.model import get_campaign
from rectification.core.digest import digest_of
from rectification.core.history import record_event
from rectification.core.keys import ticket_key
from rectification.core.model import Id, LongText, Model, Name
from rectification.evidence.model import Evidence, evidence_about, unknown_evidence
from rectification.matters.ticket import Ticket, get_ticket
from rectification.matters.ticket_name import ticket_begins
from rectification.tickets.dispatch import TicketInput
from rectification.tickets.findings import Find, FindingPlace, open_finding

CLOSE_TYPES: Final[dict[str, LocalizedText]] = {
    "rectified": LocalizedText("整改到位", "Fixed"),
    "rectified_late": LocalizedText("逾期销号", "Fixed late"),
    "procedure_done": LocalizedText("程序处置完成", "Settled by procedure"),
    "subject_gone": LocalizedText("对象消亡或迁出", "The household is gone"),
    "handed_over": LocalizedText("移交", "Handed over"),
    "not_true": LocalizedText("核实不属实", "Found not true"),
    "merged": LocalizedText("并案", "Merged"),
    "terminated": LocalizedText("终止", "Ended without repair"),
    "administrative": LocalizedText("说明销号", "Closed on explanation"),
}
"""The ways in which a ticket can be closed; hung is not one of them."""

EVIDENCE_KINDS: Final[dict[str, LocalizedText]] = {
    "photo": LocalizedText("现场照片", "a photo of the place"),
    "document": LocalizedText("证明材料（照片或 PDF）", "a supporting paper (photo or PDF)"),
}
"""What an item may ask to be shown before its ticket is closed."""


ANY_EVIDENCE: Final = LocalizedText("佐证材料（照片或 PDF）", "some evidence (photo or PDF)")


class ClosureRequest(Model):
    """The responsible person says that it is fixed, and shows it."""

    __tablename__ = "closure_requests"
    KEPT: ClassVar = ("result", "evidence", "late", "by_id")
    """What the history has a digest of."""

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    result: Mapped[LongText]
    evidence: Mapped[list[int]]
    late: Mapped[bool]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


class Closure(Model):
    """A ticket struck off: how, under which number of which system, by whom."""

    __tablename__ = "closures"
    KEPT: ClassVar = ("close_type", "channel", "number", "basis", "day", "late", "by_id")
    """What the history has a digest of."""

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    close_type: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str | None] = mapped_column(String(20), comment="provincial_system or paper_archive")
    number: Mapped[Name | None]
    basis: Mapped[Name | None] = mapped_column(comment="number of the approval or receipt it rests on")
    day: Mapped[dt.date | None]
    late: Mapped[bool]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


class ClosureForm(HandlerInput):
    """What the responsible person reports, and shows."""

    outcome: str | None
    evidence: list[int] | None
    self_check: bool | None
    close_kind: str | None = None


class NumberForm(HandlerInput):
    """Under which number of which system a ticket is struck off."""

    record_channel: str | None
    external_number: str | None
    external_date: str | None


class AppliedClosure(HandlerInput):
    """A ticket of which its person says that it is fixed."""

    ticket: int
    result: str = ""


class ClosedTicket(HandlerInput):
    """A ticket that is struck off: how re-verification found it, and its number unless it was not true."""

    ticket: int
    reverify_result: str = ""
    close_kind: str = ""
    record_channel: str = ""
    external_number: str = ""
    external_date: str = ""
    basis_number: str = ""


@guard(ClosureForm, reads=TicketInput)
def evidence_complete(step: Step, form: ClosureForm) -> Mapping[str, LocalizedText]:
    """Guard: whoever applies for closure has checked it and shows every kind of evidence that the item asks for."""
    return why_not_closed(step, form)


def why_not_closed(step: Step, form: ClosureForm) -> Mapping[str, LocalizedText]:
    """What an application for closure lacks, by field; nothing where none is made."""
    if form.outcome != "apply_closure":
        return {}
    problems: dict[str, LocalizedText] = {}
    sent, number = form.evidence or [], TicketInput.read(step.variables).ticket
    if unknown_evidence(step.session, sent, step.key):
        problems["evidence"] = LocalizedText(
            "有文件没有上传成功，请重新上传。", "A file was not received; please send it again."
        )
    elif form.close_kind not in (None, "rectified"):
        if not evidence_about(step.session, ticket_key(number)):
            problems["evidence"] = LocalizedText("请上传依据材料。", "Show what this rests on.")
    else:
        ticket = get_ticket(step.session, number)
        missing = missing_evidence(step.session, ticket)
        if missing:
            zh, en = "、".join(w.zh for w in missing), ", ".join(w.en for w in missing)
            problems["evidence"] = LocalizedText(
                f"还缺：{zh}。没有佐证不能申请销号。",
                f"Still missing: {en}. Nothing is closed without evidence.",
            )
    if form.self_check is not True:
        problems["self_check"] = LocalizedText("请先自查并勾选确认。", "Check it yourself first, and say so.")
    return problems


def missing_evidence(session: Session, ticket: Ticket) -> list[LocalizedText]:
    """The kinds of evidence that a ticket's item asks for and that nobody has sent yet.

    What lies on the ticket already counts. An item that asks for no kind still asks for something.
    """
    requirements, sent = (
        get_check_item(session, ticket.campaign_id, ticket.item).evidence,
        evidence_about(session, ticket.key),
    )
    if not requirements:
        return [] if sent else [ANY_EVIDENCE]
    return [EVIDENCE_KINDS[kind] for kind in unmet(requirements, sent)]


def unmet(requirements: Sequence[str], sent: Sequence[Evidence]) -> list[str]:
    """Which of the asked kinds are not covered; a photographed paper counts as a paper, but only once."""
    pictures = sum(evidence.is_image for evidence in sent)
    papers = len(sent) - pictures
    missing: list[str] = []
    for kind in sorted(requirements, key=lambda kind: kind != "photo"):
        if kind == "document" and papers:
            papers -= 1
        elif pictures:
            pictures -= 1
        else:
            missing.append(kind)
    return missing


@service(AppliedClosure)
def apply_for_closure(step: Step, given: AppliedClosure) -> None:
    """Keep the request with what was shown."""
    session = step.session
    ticket = get_ticket(session, given.ticket)
    shown = [evidence.id for evidence in evidence_about(session, ticket.key)]
    late = is_overdue(ticket.due_at, step.now)
    request = ClosureRequest(ticket_id=ticket.id, result=given.result, evidence=shown, late=late)
    request.by_id, request.at = step.actor.person, step.now
    session.add(request)
    record_event(
        step,
        "closure_requested",
        ticket.key,
        evidence=shown,
        late=late,
        kept=digest_of(request, request.KEPT),
    )


@guard(NumberForm, reads=TicketInput)
def closure_number(step: Step, form: NumberForm) -> Mapping[str, LocalizedText]:
    """Guard: the channel, the number it gave, and a date between the day on which it was found and today."""
    about = TicketInput.read(step.variables)
    zone = get_campaign(step.session, about.campaign).zone
    problems: dict[str, LocalizedText] = {}
    if form.record_channel not in ("provincial_system", "paper_archive"):
        problems["record_channel"] = LocalizedText("请选择登记渠道。", "Choose where it is recorded.")
    if not (form.external_number or "").strip():
        problems["external_number"] = LocalizedText(
            "请填写系统编号或档案号。", "Give the number of the system or archive."
        )
    if not form.external_date:
        problems["external_date"] = LocalizedText("请填写销号日期。", "Give the date of the closing.")
    elif as_day(form.external_date, zone) > local_day(step.now, zone):
        problems["external_date"] = LocalizedText(
            "销号日期不能晚于今天。", "The closing cannot lie in the future."
        )
    elif as_day(form.external_date, zone) < (day := get_ticket(step.session, about.ticket).found_on):
        problems["external_date"] = LocalizedText(
            f"销号日期不能早于问题的发现日期（{day.isoformat()}）。",
            f"The closing cannot lie before the issue was found ({day.isoformat()}).",
        )
    return problems


@service(ClosedTicket)
def close_ticket(step: Step, given: ClosedTicket) -> None:
    """Strike the ticket off, with its number, or because it proved not true."""
    session = step.session
    ticket = get_ticket(session, given.ticket)
    late = _is_late(session, ticket, step.now)
    ticket.close_type = _close_type(given, late)
    not_true = ticket.close_type == "not_true"
    ticket.closed_at, ticket.closed_late = step.now, late
    if not not_true:
        zone = get_campaign(session, ticket.campaign_id).zone
        ticket.record_channel, ticket.external_number = (
            given.record_channel,
            given.external_number.strip(),
        )
        ticket.external_date = as_day(given.external_date, zone)
    closure = Closure(ticket_id=ticket.id, close_type=ticket.close_type, channel=ticket.record_channel)
    closure.basis = given.basis_number.strip() or None
    closure.number, closure.day, closure.late = ticket.external_number, ticket.external_date, late
    closure.by_id, closure.at = step.actor.person, step.now
    session.add(closure)
    record_event(
        step,
        "closed",
        ticket.key,
        close_type=ticket.close_type,
        number=ticket.external_number,
        late=late,
        closed_at=ticket.closed_at,
        kept=digest_of(closure, closure.KEPT),
    )
    _tell_closed(step, ticket)
    if ticket.close_type == "administrative":
        _follow_up(step, ticket)


def _close_type(given: ClosedTicket, late: bool) -> str:
    """How it ends: as re-verification found it, or as the approved explanation leaves it."""
    match given.reverify_result:
        case "not_true":
            return "not_true"
        case "fixed":
            kind = given.close_kind or "rectified"
            return "rectified_late" if late and kind == "rectified" else kind
    return "administrative"


def _follow_up(step: Step, ticket: Ticket) -> None:
    """What was closed on an explanation alone goes on under a ticket of its own."""
    item = get_check_item(step.session, ticket.campaign_id, ticket.item)
    place = FindingPlace(ticket.campaign_id, ticket.village, ticket.town, ticket.county, ticket.household_id)
    place = replace(place, kind=ticket.subject_kind, name=ticket.subject_name)
    zone = get_campaign(step.session, ticket.campaign_id).zone
    answer = {
        "reason": f"{f'{ticket.number} ' if ticket.number else '尚未编号的问题'}说明销号后续：{ticket.description}"
    }
    find = Find(item, answer, local_day(step.now, zone), step.actor.person, source="follow_up")
    open_finding(step, place, find)


def _is_late(session: Session, ticket: Ticket, now: dt.datetime) -> bool:
    """Late: the fix was shown after the ticket's due date, or the closing came after the closing milestone."""
    query = (
        select(ClosureRequest.late)
        .where(ClosureRequest.ticket_id == ticket.id)
        .order_by(ClosureRequest.id.desc())
    )
    shown_late = bool(session.scalars(query.limit(1)).first())
    return shown_late or is_overdue(milestone_at(get_campaign(session, ticket.campaign_id), "closing"), now)


def _tell_closed(step: Step, ticket: Ticket) -> None:
    kind = CLOSE_TYPES[ticket.close_type or "rectified"]
    name = ticket_begins(step.session, ticket)
    words = LocalizedText(f"{name.zh}已销号（{kind.zh}）。", f"{name.en} is closed ({kind.en.lower()}).")
    for person_id in sorted({ticket.resp_person_id, ticket.found_by_id} - {None, step.actor.person}, key=str):
        if person_id is not None:
            link = f"/tickets/{ticket.id}"
            notify_many(
                step.session, [NotificationRequest(person_id, "closed", ticket.key, words, link)], step.now
            )
