"""What papers about one ticket say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import select

from engine.expressions import Value
from engine.worklist.selectables import open_work
from rectification.calendar.deadlines import as_day
from rectification.campaigns.catalogue import Category, CheckItem
from rectification.evidence.model import evidence_about
from rectification.households.model import Household
from rectification.matters.status import TicketStatus
from rectification.matters.ticket import ProgressNote, Ticket
from rectification.papers.desk import Desk, tick
from rectification.papers.fields import Facts
from rectification.tickets.closures import CLOSE_TYPES, ClosureRequest
from rectification.tickets.dispatch import Acknowledgement, Dispatch
from rectification.tickets.explanations import Explanation, ExplanationOpinion, get_latest_explanation
from rectification.tickets.extensions import extensions_of
from rectification.tickets.progress_statements import ProgressStatement, statements_of
from rectification.tickets.reverifications import Reverification

ENDED: Final = {"closed": "已销号", "hung": "挂账", "void": "作废"}
CHANNELS: Final = {"provincial_system": "省办系统", "paper_archive": "纸质档案"}
_LEVELS: Final = {"town": "乡镇", "dept": "行业部门", "county": "区县"}


def ticket_facts(desk: Desk, ticket: Ticket) -> Facts:
    """What every paper about a ticket knows."""
    session = desk.session
    home = session.get(Household, ticket.household_id) if ticket.household_id is not None else None
    item = _item(desk, ticket)
    title = select(Category.title_zh).where(
        Category.campaign_id == ticket.campaign_id, Category.code == ticket.category
    )
    return {
        **desk.common(),
        **desk.place(ticket.village),
        "工单编号": ticket.number or "未编号",
        "类别": session.scalars(title).first() or ticket.category,
        "检查项": item.name_zh if item else ticket.item,
        "对象": f"{home.head}户" if home else "本村",
        "户编号": home.number if home else "",
        "问题描述": ticket.description,
        "发现日期": desk.day(ticket.found_on),
        "发现人": desk.person(ticket.found_by_id),
        "整改类型": desk.chosen(ticket.key, "dispatch", "rect_type", ticket.rect_type),
        "整改措施": ticket.measure or "",
        "责任单位": desk.unit(ticket.resp_unit_id),
        "责任人": desk.person(ticket.resp_person_id),
        "责任领导": desk.leader(ticket.resp_unit_id),
        "行业主管部门": desk.unit(ticket.line_dept_id) or "无",
        "整改时限": desk.until(ticket.due_at),
        "逾期天数": desk.days_late(ticket.due_at, _shown_at(desk, ticket)),
        "办理状态": ENDED.get(ticket.status or "", "办理中"),
        "二维码": desk.qr(f"/tickets/{ticket.id}"),
    }


def _item(desk: Desk, ticket: Ticket) -> CheckItem | None:
    query = select(CheckItem).where(
        CheckItem.campaign_id == ticket.campaign_id, CheckItem.code == ticket.item
    )
    return desk.session.scalars(query).first()


def _shown_at(desk: Desk, ticket: Ticket) -> dt.datetime | None:
    """When the fix was shown; a ticket that waits for others from then on grows no later."""
    return None if (request := _request(desk, ticket)) is None else request.at


def _request(desk: Desk, ticket: Ticket) -> ClosureRequest | None:
    if ticket.status not in (TicketStatus.SUBMITTED, TicketStatus.VERIFIED, TicketStatus.CLOSED):
        return None
    query = select(ClosureRequest).where(ClosureRequest.ticket_id == ticket.id)
    return desk.session.scalars(query.order_by(ClosureRequest.id.desc()).limit(1)).first()


# -- one kind after the other -------------------------------------------------------------------


def dispatch(desk: Desk, ticket: Ticket) -> Facts:
    """The hand-out that counts now, and whether it was taken."""
    session = desk.session
    dispatch = session.scalars(
        select(Dispatch).where(Dispatch.ticket_id == ticket.id).order_by(Dispatch.id.desc()).limit(1)
    ).first()
    taken = None
    if dispatch is not None:
        query = select(Acknowledgement).where(
            Acknowledgement.ticket_id == ticket.id, Acknowledgement.at >= dispatch.at
        )
        taken = session.scalars(query.order_by(Acknowledgement.id.desc()).limit(1)).first()
    return {
        **ticket_facts(desk, ticket),
        "交办单位": desk.office(ticket.town),
        "交办人": desk.signed(ticket.key, dispatch.by_id, dispatch.at) if dispatch else "",
        "交办日期": desk.day(dispatch.at) if dispatch else "",
        "签收人": desk.signed(ticket.key, taken.by_id, taken.at) if taken else "",
        "签收日期": desk.day(taken.at) if taken else "",
    }


def reverification(desk: Desk, ticket: Ticket) -> Facts:
    """The last finding; the form to take along when there is none since the last request."""
    return {**ticket_facts(desk, ticket), **_verified(desk, ticket), "照片": desk.photos(ticket.key)}


def _verified(desk: Desk, ticket: Ticket) -> Facts:
    session = desk.session
    query = select(ClosureRequest).where(ClosureRequest.ticket_id == ticket.id)
    request = session.scalars(query.order_by(ClosureRequest.id.desc()).limit(1)).first()
    verifications = select(Reverification).where(Reverification.ticket_id == ticket.id)
    if ticket.status == TicketStatus.SUBMITTED and request is not None:
        verifications = verifications.where(Reverification.at > request.at)
    last = session.scalars(verifications.order_by(Reverification.id.desc()).limit(1)).first()
    return {
        "整改情况": request.result if request else "",
        "申请人": desk.signed(ticket.key, request.by_id, request.at) if request else "",
        "申请日期": desk.day(request.at) if request else "",
        "复核方式": desk.boxes(ticket.key, "reverify", "method", last.method if last else None),
        "复核结论": desk.boxes(ticket.key, "reverify", "reverify_result", last.result if last else None),
        "补充要求": last.demand if last else "",
        "复核人": desk.signed(ticket.key, last.by_id, last.at) if last else "",
        "同行复核人": last.second_verifier if last else "",
        "复核日期": desk.day(last.at) if last else "",
    }


def closure(desk: Desk, ticket: Ticket) -> Facts:
    """The way of a closing through its offices."""
    shown = evidence_about(desk.session, ticket.key)
    pictures = sum(each.is_image for each in shown)
    return {
        **ticket_facts(desk, ticket),
        **_verified(desk, ticket),
        "佐证材料": f"照片 {pictures} 张、材料 {len(shown) - pictures} 份",
        **closed_facts(desk, ticket),
    }


def closed_facts(desk: Desk, ticket: Ticket) -> Facts:
    """How, where and when a ticket was closed; empty until it is."""
    kind = CLOSE_TYPES.get(ticket.close_type or "")
    return {
        "销号方式": kind.zh if kind else ticket.close_type or "",
        "登记渠道": CHANNELS.get(ticket.record_channel or "", ticket.record_channel or ""),
        "登记编号": ticket.external_number or "",
        "销号日期": desk.day(ticket.external_date or ticket.closed_at),
    }


def explanation(desk: Desk, ticket: Ticket) -> Facts:
    """The explanation written last, with what was said to it."""
    last = get_latest_explanation(desk.session, ticket.id)
    opinions: Sequence[ExplanationOpinion] = ()
    if last is not None:
        query = (
            select(ExplanationOpinion)
            .where(ExplanationOpinion.explanation_id == last.id)
            .order_by(ExplanationOpinion.id)
        )
        opinions = desk.session.scalars(query).all()
    levels = {each.level: each for each in opinions}
    return {
        **ticket_facts(desk, ticket),
        "主送": desk.office(ticket.town),
        "原因": reason_words(desk, ticket, last),
        "情况": last.text if last else "",
        "下一步计划": last.plan if last else "",
        "临时保障措施": last.protection if last else "",
        "承诺时限": desk.day(last.review_date) if last else "",
        "提交人": desk.signed(ticket.key, last.by_id, last.at) if last else "",
        "提交日期": desk.day(last.at) if last else "",
        "审批意见": [_opinion(desk, ticket.key, level, levels.get(level)) for level in _LEVELS],
        "进展": progress(desk, ticket),
        "附件": desk.files(ticket.key),
    }


def reason_words(desk: Desk, ticket: Ticket, explanation: Explanation | None) -> str:
    """Why a ticket cannot be closed."""
    code = explanation.reason_code if explanation else None
    return desk.chosen(ticket.key, "write_explanation", "reason_code", code)


def _opinion(desk: Desk, key: str, level: str, opinion: ExplanationOpinion | None) -> Facts:
    decided = {"agree": "同意", "reject": "不同意"}
    return {
        "层级": _LEVELS[level],
        "意见": decided.get(opinion.decision, opinion.decision) if opinion else "",
        "说明": opinion.text if opinion else "",
        "签批人": desk.signed(key, opinion.by_id, opinion.at) if opinion else "",
        "日期": desk.day(opinion.at) if opinion else "",
    }


def progress(desk: Desk, ticket: Ticket) -> list[Facts]:
    """Progress notes, the oldest first."""
    query = select(ProgressNote).where(ProgressNote.ticket_id == ticket.id).order_by(ProgressNote.id)
    return [
        {"日期": desk.day(note.at), "进度": f"{note.percent}%", "内容": note.text, "记录人": desk.signed(ticket.key, note.by_id, note.at)}
        for note in desk.session.scalars(query)
    ]  # fmt: skip


def slow_statement(desk: Desk, ticket: Ticket) -> Facts:
    """The statement on slow progress written last; a form to be written by hand where there is none."""
    statements = statements_of(desk.session, ticket.id)
    last = next((each for each in reversed(statements) if each.at is not None), None)
    now = statements[-1] if statements else None
    return {
        **_application(desk, ticket),
        "要求提交日期": desk.day(now.asked_at) if now else "",
        "要求": required_statement(now) if now else "",
        "提交期限": desk.until(now.due_at) if now else "",
        "进度较慢的原因": last.reason if last else "",
        "完成进度": f"{last.percent}%" if last else "",
        "下一步每周安排": last.plan if last else "",
        "承诺时限": desk.day(last.promised_on) if last else "",
        "提交人": desk.signed(ticket.key, last.by_id, last.at) if last else "",
        "提交日期": desk.day(last.at) if last else "",
        "审核意见": statement_decision(last) if last else "",
        "审核人": desk.signed(ticket.key, last.decided_by_id, last.closed_at) if last else "",
    }


def required_statement(progress_statement: ProgressStatement) -> str:
    """Why a statement was asked for."""
    return (
        f"{progress_statement.asked} 天未更新进展"
        if progress_statement.cause == "no_update"
        else progress_statement.asked
    )


def statement_decision(progress_statement: ProgressStatement) -> str:
    """What became of a statement."""
    decided = {"clear": "摘除进度较慢标记", "keep": "保留进度较慢标记"}.get(progress_statement.decision or "")
    if decided is None:
        return "待审核" if progress_statement.closed_at is None else "已撤销"
    return f"{decided}：{progress_statement.opinion}" if progress_statement.opinion else decided


def _application(desk: Desk, ticket: Ticket) -> Facts:
    """What the unit writes itself, to the town: with the progress so far."""
    return {**ticket_facts(desk, ticket), "主送": desk.office(ticket.town), "进展": progress(desk, ticket)}


def extension(desk: Desk, ticket: Ticket) -> Facts:
    """What is asked for now, else what was decided last, else an application to be written by hand."""
    request = _asked(desk, ticket)
    last = None if request else next(reversed(extensions_of(desk.session, ticket.id)), None)
    day = as_day(request["asked_date"], desk.campaign.zone) if request else last.asked_for if last else None
    granted = None if last is None else last.new_due is not None
    until = desk.until(last.new_due) if last and last.new_due else "　　　　年　　月　　日"
    return {
        **_application(desk, ticket),
        "原定时限": desk.until(last.old_due if last else ticket.due_at),
        "延期理由": str(request.get("result") or "") if request else last.reason if last else "",
        "申请延至": desk.day(day),
        "审批决定": f"{tick(granted is True)}同意延至{until}　　{tick(granted is False)}不同意",
        "审批意见": last.note if last else "",
        "审批人": desk.signed(ticket.key, last.decided_by_id, last.at) if last else "",
        "审批日期": desk.day(last.at) if last else "",
    }


def _asked(desk: Desk, ticket: Ticket) -> Mapping[str, Value]:
    """The application that waits for its decision."""
    waits = (
        open_work.c.key == ticket.key,
        open_work.c.element == "decide_extension",
    )
    number = desk.session.scalars(select(open_work.c.id).where(*waits)).first()
    return desk.engine.work_item(desk.session, number).variables if number is not None else {}
