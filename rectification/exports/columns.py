"""The columns of the exported ledger, each with what it says of a ticket."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from engine.text import Language, Words
from rectification.exports.facts import Facts, Names
from rectification.exports.pages import Cell
from rectification.ledger.columns import SUBJECTS
from rectification.matters.remarks import mark_of
from rectification.results.outcomes import outcome_words
from rectification.tickets.closures import CLOSE_TYPES

STATUSES: Final[dict[str, Words]] = {
    "draft": Words("草稿", "Draft"),
    "reported": Words("已上报待审", "Reported, under review"),
    "returned": Words("退回补正", "Returned for correction"),
    "listed": Words("已入清单", "On the list"),
    "assigned": Words("已交办待签收", "Dispatched, to be acknowledged"),
    "in_progress": Words("整改中", "Being fixed"),
    "submitted": Words("已申请销号待复核", "Closure requested, to be re-verified"),
    "verified": Words("复核通过待系统销号", "Verified, to be recorded"),
    "explaining": Words("情况说明审批中", "Explanation under approval"),
    "hung": Words("挂账", "Hung"),
    "closed": Words("已销号", "Closed"),
    "void": Words("作废", "Void"),
}
RECT_TYPES: Final = {
    "immediate": Words("立行立改", "at once"),
    "staged": Words("分阶段整改", "in stages"),
    "continuous": Words("持续整改", "over time"),
}
SOURCES: Final = {
    "visit": Words("入户排查", "Household visit"),
    "import": Words("台账导入", "Imported ledger"),
}
CHANNELS: Final = {
    "provincial_system": Words("省办系统", "Provincial system"),
    "paper_archive": Words("纸质档案", "Paper archive"),
}
RESULTS: Final = {
    "fixed": Words("已整改到位", "Fixed"),
    "not_fixed": Words("尚未整改到位", "Not fixed yet"),
    "not_true": Words("核实不属实", "Found not true"),
}
_SWEEP: Final = Words("“七个不落、一个不少”大排查", "Sweep")

Says = Callable[[Facts, Names, Language], Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the ledger."""

    code: str
    words: Words
    says: Says
    width: int = 12
    hidden: bool = False
    editable: bool = False


def said(words: Words | None, language: Language, otherwise: str | None = "") -> str:
    """Words, or the code that has none."""
    return words.said_in(language) if words is not None else otherwise or ""


def _days_late(one: Facts, names: Names, language: Language) -> Cell:
    """How many days a ticket is (or was) late; a day that has begun counts."""
    due = one.ticket.due_at
    if due is None or one.ticket.status in ("hung", "void"):
        return None
    until = one.ticket.closed_at if one.ticket.status == "closed" else names.now
    late = (until - due) / dt.timedelta(days=1) if until is not None else 0
    return int(late) + 1 if late > 0 else None


def _progress(one: Facts, names: Names, language: Language) -> Cell:
    return f"{one.note.percent}% {one.note.text}".strip() if one.note else None


def _extended(one: Facts, names: Names, language: Language) -> Cell:
    first = names.day(one.dispatch.due_at) if one.dispatch else None
    last = names.day(one.ticket.due_at)
    return last if first is not None and last != first else None


def _first_due(one: Facts, names: Names, language: Language) -> Cell:
    return names.day(one.dispatch.due_at if one.dispatch else one.ticket.due_at)


def _phone(one: Facts, names: Names, language: Language) -> Cell:
    return names.people.get(one.ticket.resp_person_id or 0, ("", None))[1]


def _remark(field: str) -> Says:
    return lambda one, names, language: getattr(one.remark, field) if one.remark else None


def _mark(one: Facts, names: Names, language: Language) -> Cell:
    kept = one.remark
    return mark_of(one.ticket.id, *((kept.leader, kept.support, kept.remark) if kept else ("", "", "")))


LEDGER: Final = (
    Column("number", Words("工单编号", "Ticket no."), lambda f, n, g: f.ticket.number or f"#{f.ticket.id}", 22),
    Column("work", Words("所属工作", "Work"), lambda f, n, g: said(n.works.get(f.ticket.source, _SWEEP), g), 30),
    Column("category", Words("类别", "Category"), lambda f, n, g: said(n.categories.get(f.ticket.category), g, f.ticket.category), 18),
    Column("item", Words("检查项", "Check item"), lambda f, n, g: said(n.items.get(f.ticket.item), g, f.ticket.item), 18),
    Column("county", Words("县区", "County"), lambda f, n, g: n.areas.get(f.ticket.county), 10),
    Column("town", Words("乡镇", "Town"), lambda f, n, g: n.areas.get(f.ticket.town), 10),
    Column("village", Words("村", "Village"), lambda f, n, g: n.areas.get(f.ticket.village), 10),
    Column("head", Words("户主/对象", "Household head"), lambda f, n, g: f.home.head if f.home else f.ticket.subject_name, 10),
    Column("household", Words("户编号", "Household no."), lambda f, n, g: f.home.number if f.home else None, 14),
    Column("subject", Words("对象类型", "Subject"), lambda f, n, g: said(SUBJECTS.get(f.ticket.subject_kind), g, f.ticket.subject_kind), 10),
    Column("description", Words("问题描述", "What was found"), lambda f, n, g: f.ticket.description, 36),
    Column("source", Words("问题来源", "Source"), lambda f, n, g: said(SOURCES.get(f.ticket.source) or n.works.get(f.ticket.source), g, f.ticket.source), 12),
    Column("found_on", Words("发现日期", "Found on"), lambda f, n, g: f.ticket.found_on, 12),
    Column("found_by", Words("发现人", "Found by"), lambda f, n, g: n.person(f.ticket.found_by_id), 10),
    Column("status", Words("当前状态", "Status"), lambda f, n, g: said(STATUSES.get(f.ticket.status), g, f.ticket.status), 14),
    Column("rect_type", Words("整改类型", "Kind of fix"), lambda f, n, g: said(RECT_TYPES.get(f.ticket.rect_type), g, f.ticket.rect_type), 10),
    Column("measure", Words("整改措施", "Measure"), lambda f, n, g: f.ticket.measure, 36),
    Column("unit", Words("牵头单位", "Responsible unit"), lambda f, n, g: n.units.get(f.ticket.resp_unit_id or 0), 18),
    Column("support", Words("配合单位", "Supporting units"), _remark("support"), 18, editable=True),
    Column("dept", Words("行业主管部门", "Line department"), lambda f, n, g: n.units.get(f.ticket.line_dept_id or 0), 16),
    Column("leader", Words("责任领导", "Accountable leader"), _remark("leader"), 10, editable=True),
    Column("person", Words("责任人", "Responsible person"), lambda f, n, g: n.person(f.ticket.resp_person_id), 10),
    Column("phone", Words("联系电话", "Telephone"), _phone, 14),
    Column("due", Words("整改时限", "Due"), _first_due, 12),
    Column("extended", Words("延期后时限", "Extended to"), _extended, 12),
    Column("progress", Words("进展", "Progress"), _progress, 24),
    Column("done_on", Words("完成日期", "Fixed on"), lambda f, n, g: n.day(f.request.at) if f.request else None, 12),
    Column("evidence", Words("佐证材料（份）", "Evidence (files)"), lambda f, n, g: f.evidence or None, 10),
    Column("verifier", Words("复核人", "Verified by"), lambda f, n, g: n.person(f.reverified.by_id) if f.reverified else None, 10),
    Column("verified_on", Words("复核日期", "Verified on"), lambda f, n, g: n.day(f.reverified.at) if f.reverified else None, 12),
    Column("verified", Words("复核结论", "Finding"), lambda f, n, g: said(RESULTS.get(f.reverified.result), g, f.reverified.result) if f.reverified else None, 12),
    Column("close_type", Words("销号方式", "Closed as"), lambda f, n, g: said(CLOSE_TYPES.get(f.ticket.close_type), g, f.ticket.close_type), 12),
    Column("closed_on", Words("销号日期", "Closed on"), lambda f, n, g: n.day(f.ticket.closed_at), 12),
    Column("channel", Words("记录渠道", "Recorded in"), lambda f, n, g: said(CHANNELS.get(f.ticket.record_channel), g, f.ticket.record_channel), 12),
    Column("external", Words("外部编号/档案号", "External no."), lambda f, n, g: f.ticket.external_number, 16),
    Column("recorded_on", Words("系统销号日期", "Recorded on"), lambda f, n, g: f.ticket.external_date, 12),
    Column("explained_on", Words("情况说明提交日期", "Explained on"), lambda f, n, g: n.day(f.explained.at) if f.explained else None, 12),
    Column("review_on", Words("下次复查日期", "Review on"), lambda f, n, g: f.hung.review_date if f.hung and f.hung.until is None else None, 12),
    Column("outcome", Words("处置结果", "Outcome"), lambda f, n, g: said(outcome_words(f.outcome.kind), g) if f.outcome else None, 12),
    Column("days_late", Words("超期天数", "Days late"), _days_late, 8),
    Column("returned", Words("退回次数", "Sent back"), lambda f, n, g: (f.returned + f.ticket.rounds) or None, 8),
    Column("remark", Words("备注", "Remark"), _remark("remark"), 24, editable=True),
    Column("mark", Words("回导标记（勿改）", "Mark for the way back"), _mark, 18, hidden=True),
)  # fmt: skip
"""In the order of the ledger. The numbering column in front of them is not among them."""

BY_CODE: Final = {one.code: one for one in LEDGER}
