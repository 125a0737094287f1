"""The columns of the exported ledger, each with what it says of a ticket."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from engine.text import Language, LocalizedText
from rectification.exports.facts import Names, TicketFacts
from rectification.exports.pages import Cell
from rectification.ledger.columns import SUBJECTS
from rectification.matters.remarks import mark_of
from rectification.matters.status import TicketStatus
from rectification.results.outcomes import outcome_words
from rectification.tickets.closures import CLOSE_TYPES

STATUSES: Final[dict[str, LocalizedText]] = {
    "draft": LocalizedText("草稿", "Draft"),
    "reported": LocalizedText("已上报待审", "Reported, under review"),
    "returned": LocalizedText("退回补正", "Returned for correction"),
    "listed": LocalizedText("已入清单", "On the list"),
    "assigned": LocalizedText("已交办待签收", "Dispatched, to be acknowledged"),
    "in_progress": LocalizedText("整改中", "Being fixed"),
    "submitted": LocalizedText("已申请销号待复核", "Closure requested, to be re-verified"),
    "verified": LocalizedText("复核通过待系统销号", "Verified, to be recorded"),
    "explaining": LocalizedText("情况说明审批中", "Explanation under approval"),
    "hung": LocalizedText("挂账", "On hold"),
    "closed": LocalizedText("已销号", "Closed"),
    "void": LocalizedText("作废", "Void"),
}
RECT_TYPES: Final = {
    "immediate": LocalizedText("立行立改", "at once"),
    "staged": LocalizedText("分阶段整改", "in stages"),
    "continuous": LocalizedText("持续整改", "over time"),
}
SOURCES: Final = {
    "visit": LocalizedText("入户排查", "Household visit"),
    "import": LocalizedText("台账导入", "Imported ledger"),
}
CHANNELS: Final = {
    "provincial_system": LocalizedText("省办系统", "Provincial system"),
    "paper_archive": LocalizedText("纸质档案", "Paper archive"),
}
RESULTS: Final = {
    "fixed": LocalizedText("已整改到位", "Fixed"),
    "not_fixed": LocalizedText("尚未整改到位", "Not fixed yet"),
    "not_true": LocalizedText("核实不属实", "Found not true"),
}
_SWEEP: Final = LocalizedText("“七个不落、一个不少”大排查", "Sweep")

Says = Callable[[TicketFacts, Names, Language], Cell]


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column of the ledger."""

    code: str
    words: LocalizedText
    says: Says
    width: int = 12
    hidden: bool = False
    editable: bool = False


def said(words: LocalizedText | None, language: Language, otherwise: str | None = "") -> str:
    """Words, or the code that has none."""
    return words.in_language(language) if words is not None else otherwise or ""


def _days_late(ticket_facts: TicketFacts, names: Names, language: Language) -> Cell:
    """How many days a ticket is (or was) late; a day that has begun counts."""
    due = ticket_facts.ticket.due_at
    if due is None or ticket_facts.ticket.status in (TicketStatus.HUNG, TicketStatus.VOID):
        return None
    until = ticket_facts.ticket.closed_at if ticket_facts.ticket.status == TicketStatus.CLOSED else names.now
    late = (until - due) / dt.timedelta(days=1) if until is not None else 0
    return int(late) + 1 if late > 0 else None


def _progress(ticket_facts: TicketFacts, names: Names, language: Language) -> Cell:
    return f"{ticket_facts.note.percent}% {ticket_facts.note.text}".strip() if ticket_facts.note else None


def _extended(ticket_facts: TicketFacts, names: Names, language: Language) -> Cell:
    first = names.day(ticket_facts.dispatch.due_at) if ticket_facts.dispatch else None
    last = names.day(ticket_facts.ticket.due_at)
    return last if first is not None and last != first else None


def _first_due(ticket_facts: TicketFacts, names: Names, language: Language) -> Cell:
    return names.day(ticket_facts.dispatch.due_at if ticket_facts.dispatch else ticket_facts.ticket.due_at)


def _phone(ticket_facts: TicketFacts, names: Names, language: Language) -> Cell:
    return names.people.get(ticket_facts.ticket.resp_person_id or 0, ("", None))[1]


def _remark(field: str) -> Says:
    return lambda facts, names, language: getattr(facts.remark, field) if facts.remark else None


def _mark(ticket_facts: TicketFacts, names: Names, language: Language) -> Cell:
    kept = ticket_facts.remark
    return mark_of(
        ticket_facts.ticket.id, *((kept.leader, kept.support, kept.remark) if kept else ("", "", ""))
    )


LEDGER: Final = (
    ExportColumn("number", LocalizedText("工单编号", "Ticket no."), lambda f, n, g: f.ticket.number or f"#{f.ticket.id}", 22),
    ExportColumn("work", LocalizedText("所属工作", "Work"), lambda f, n, g: said(n.works.get(f.ticket.source, _SWEEP), g), 30),
    ExportColumn("category", LocalizedText("类别", "Category"), lambda f, n, g: said(n.categories.get(f.ticket.category), g, f.ticket.category), 18),
    ExportColumn("item", LocalizedText("检查项", "Check item"), lambda f, n, g: said(n.items.get(f.ticket.item), g, f.ticket.item), 18),
    ExportColumn("county", LocalizedText("县区", "County"), lambda f, n, g: n.areas.get(f.ticket.county), 10),
    ExportColumn("town", LocalizedText("乡镇", "Town"), lambda f, n, g: n.areas.get(f.ticket.town), 10),
    ExportColumn("village", LocalizedText("村", "Village"), lambda f, n, g: n.areas.get(f.ticket.village), 10),
    ExportColumn("head", LocalizedText("户主/对象", "Household head"), lambda f, n, g: f.home.head if f.home else f.ticket.subject_name, 10),
    ExportColumn("household", LocalizedText("户编号", "Household no."), lambda f, n, g: f.home.number if f.home else None, 14),
    ExportColumn("subject", LocalizedText("对象类型", "Subject"), lambda f, n, g: said(SUBJECTS.get(f.ticket.subject_kind), g, f.ticket.subject_kind), 10),
    ExportColumn("description", LocalizedText("问题描述", "What was found"), lambda f, n, g: f.ticket.description, 36),
    ExportColumn("source", LocalizedText("问题来源", "Source"), lambda f, n, g: said(SOURCES.get(f.ticket.source) or n.works.get(f.ticket.source), g, f.ticket.source), 12),
    ExportColumn("found_on", LocalizedText("发现日期", "Found on"), lambda f, n, g: f.ticket.found_on, 12),
    ExportColumn("found_by", LocalizedText("发现人", "Found by"), lambda f, n, g: n.person(f.ticket.found_by_id), 10),
    ExportColumn("status", LocalizedText("当前状态", "Status"), lambda f, n, g: said(STATUSES.get(f.ticket.status), g, f.ticket.status), 14),
    ExportColumn("rect_type", LocalizedText("整改类型", "Kind of fix"), lambda f, n, g: said(RECT_TYPES.get(f.ticket.rect_type), g, f.ticket.rect_type), 10),
    ExportColumn("measure", LocalizedText("整改措施", "Measure"), lambda f, n, g: f.ticket.measure, 36),
    ExportColumn("unit", LocalizedText("牵头单位", "Responsible unit"), lambda f, n, g: n.units.get(f.ticket.resp_unit_id or 0), 18),
    ExportColumn("support", LocalizedText("配合单位", "Supporting units"), _remark("support"), 18, editable=True),
    ExportColumn("dept", LocalizedText("行业主管部门", "Line department"), lambda f, n, g: n.units.get(f.ticket.line_dept_id or 0), 16),
    ExportColumn("leader", LocalizedText("责任领导", "Accountable leader"), _remark("leader"), 10, editable=True),
    ExportColumn("person", LocalizedText("责任人", "Responsible person"), lambda f, n, g: n.person(f.ticket.resp_person_id), 10),
    ExportColumn("phone", LocalizedText("联系电话", "Telephone"), _phone, 14),
    ExportColumn("due", LocalizedText("整改时限", "Due"), _first_due, 12),
    ExportColumn("extended", LocalizedText("延期后时限", "Extended to"), _extended, 12),
    ExportColumn("progress", LocalizedText("进展", "Progress"), _progress, 24),
    ExportColumn("done_on", LocalizedText("完成日期", "Fixed on"), lambda f, n, g: n.day(f.request.at) if f.request else None, 12),
    ExportColumn("evidence", LocalizedText("佐证材料（份）", "Evidence (files)"), lambda f, n, g: f.evidence or None, 10),
    ExportColumn("verifier", LocalizedText("复核人", "Verified by"), lambda f, n, g: n.person(f.reverified.by_id) if f.reverified else None, 10),
    ExportColumn("verified_on", LocalizedText("复核日期", "Verified on"), lambda f, n, g: n.day(f.reverified.at) if f.reverified else None, 12),
    ExportColumn("verified", LocalizedText("复核结论", "Finding"), lambda f, n, g: said(RESULTS.get(f.reverified.result), g, f.reverified.result) if f.reverified else None, 12),
    ExportColumn("close_type", LocalizedText("销号方式", "Closed as"), lambda f, n, g: said(CLOSE_TYPES.get(f.ticket.close_type), g, f.ticket.close_type), 12),
    ExportColumn("closed_on", LocalizedText("销号日期", "Closed on"), lambda f, n, g: n.day(f.ticket.closed_at), 12),
    ExportColumn("channel", LocalizedText("记录渠道", "Recorded in"), lambda f, n, g: said(CHANNELS.get(f.ticket.record_channel), g, f.ticket.record_channel), 12),
    ExportColumn("external", LocalizedText("外部编号/档案号", "External no."), lambda f, n, g: f.ticket.external_number, 16),
    ExportColumn("recorded_on", LocalizedText("系统销号日期", "Recorded on"), lambda f, n, g: f.ticket.external_date, 12),
    ExportColumn("explained_on", LocalizedText("情况说明提交日期", "Explained on"), lambda f, n, g: n.day(f.explained.at) if f.explained else None, 12),
    ExportColumn("review_on", LocalizedText("下次复查日期", "Review on"), lambda f, n, g: f.hung.review_date if f.hung and f.hung.until is None else None, 12),
    ExportColumn("outcome", LocalizedText("处置结果", "Outcome"), lambda f, n, g: said(outcome_words(f.result.outcome), g) if f.result and f.result.outcome else None, 12),
    ExportColumn("days_late", LocalizedText("超期天数", "Days late"), _days_late, 8),
    ExportColumn("returned", LocalizedText("退回次数", "Sent back"), lambda f, n, g: (f.returned + f.ticket.rounds) or None, 8),
    ExportColumn("remark", LocalizedText("备注", "Remark"), _remark("remark"), 24, editable=True),
    ExportColumn("mark", LocalizedText("回导标记（勿改）", "Mark for the way back"), _mark, 18, hidden=True),
)  # fmt: skip
"""In the order of the ledger. The numbering column in front of them is not among them."""

BY_CODE: Final = {column.code: column for column in LEDGER}
