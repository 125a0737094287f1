"""Dossiers: everything that is known about one ticket or one household, in one file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from engine.worklist.selectables import work_items
from rectification.access.permissions import visible_tickets
from rectification.campaigns.catalogue import get_check_items
from rectification.core.keys import household_key
from rectification.escalation.policy import EscalationStep
from rectification.households.measures import measures_of
from rectification.households.model import Household
from rectification.matters.result import (
    DECISIONS,
    QUESTIONS,
    decisions_of,
    get_outcomes,
    result_of_household,
)
from rectification.matters.ticket import Ticket
from rectification.matters.visit import Visit
from rectification.papers.desk import Desk
from rectification.papers.facts.households import household_facts, members
from rectification.papers.facts.tickets import (
    ENDED,
    closed_facts,
    progress,
    reason_words,
    required_statement,
    statement_decision,
    ticket_facts,
)
from rectification.papers.fields import Facts
from rectification.results.outcomes import outcome_words, outcomes_of
from rectification.tickets.comments import ShownComment, comments_of
from rectification.tickets.dispatch import Dispatch
from rectification.tickets.explanations import Explanation
from rectification.tickets.progress_statements import statements_of
from rectification.tickets.reverifications import Reverification
from rectification.work_streams.model import WorkStream

_STATES: Final = {"submitted": "审批中", "approved": "已批准", "refused": "未批准"}


def ticket_dossier(desk: Desk, ticket: Ticket, story: Sequence[Facts]) -> Facts:
    """A ticket from its finding to its end."""
    query = select(Dispatch).where(Dispatch.ticket_id == ticket.id).order_by(Dispatch.id)
    checked = select(Reverification).where(Reverification.ticket_id == ticket.id).order_by(Reverification.id)
    explained = select(Explanation).where(Explanation.ticket_id == ticket.id).order_by(Explanation.id)
    session = desk.session
    return {
        **ticket_facts(desk, ticket),
        **closed_facts(desk, ticket),
        "交办": [
            {
                "日期": desk.day(each.at),
                "责任单位": desk.unit(each.unit_id),
                "责任人": desk.person(each.person_id),
                "措施": each.measure,
                "时限": desk.until(each.due_at),
            }
            for each in session.scalars(query)
        ],
        "进展": progress(desk, ticket),
        "留言": [_comment(desk, each) for each in comments_of(session, ticket.id)],
        "复核": [
            {
                "日期": desk.day(each.at),
                "结论": desk.chosen(ticket.key, "reverify", "reverify_result", each.result),
                "方式": desk.chosen(ticket.key, "reverify", "method", each.method),
                "复核人": "、".join(
                    filter(None, (desk.signed(ticket.key, each.by_id, each.at), each.second_verifier))
                ),
                "要求": each.demand,
            }
            for each in session.scalars(checked)
        ],
        "情况说明": [
            {
                "日期": desk.day(each.at),
                "原因": reason_words(desk, ticket, each),
                "情况": each.text,
                "计划": each.plan,
                "结果": _STATES.get(each.state, each.state),
            }
            for each in session.scalars(explained)
        ],
        "书面说明": [
            {
                "日期": desk.day(each.asked_at),
                "要求": required_statement(each),
                "原因": each.reason,
                "计划": each.plan,
                "承诺": desk.day(each.promised_on),
                "结果": statement_decision(each) if each.at or each.closed_at else "待提交",
            }
            for each in statements_of(session, ticket.id)
        ],
        "督办": _applied(desk, ticket),
        "照片": desk.photos(ticket.key),
        "附件": desk.files(ticket.key),
        "办理经过": list(story),
    }


def _comment(desk: Desk, statement: ShownComment) -> Facts:
    files = "、".join(each.name for each in statement.files)
    return {
        "日期": desk.minute(statement.at),
        "内容": f"{statement.text}\n（附件：{files}）" if files else statement.text,
        "留言人": statement.by,
    }


def _applied(desk: Desk, ticket: Ticket) -> list[Facts]:
    """The rules that were applied above the ticket's own people, each with everybody whom it told."""
    query = (
        select(EscalationStep, work_items.c.name)
        .join(work_items, work_items.c.id == EscalationStep.work_item_id)
        .where(
            work_items.c.key == ticket.key, EscalationStep.level > 0, EscalationStep.person_id.is_not(None)
        )
    )
    result: dict[tuple[str, int, str], list[str]] = {}
    for step, what in desk.session.execute(query.order_by(EscalationStep.at, EscalationStep.id)):
        names = result.setdefault((desk.minute(step.at), step.level, what), [])
        if (name := desk.person(step.person_id)) not in names:
            names.append(name)
    return [
        {"日期": when, "级别": level, "事项": what, "告知": "、".join(names)}
        for (when, level, what), names in result.items()
    ]


def household_dossier(desk: Desk, home: Household, story: Sequence[Facts]) -> Facts:
    """A household: who lives there, what was found, fixed and decided."""
    session = desk.session
    visits = session.scalars(select(Visit).where(Visit.household_id == home.id).order_by(Visit.id)).all()
    condition = visible_tickets(session, desk.person_id, desk.today)
    mine = select(Ticket).where(Ticket.household_id == home.id, condition).order_by(Ticket.id)
    issues = session.scalars(mine).all()
    keys = [household_key(home.id), *(issue.key for issue in issues)]
    return {
        **household_facts(desk, home),
        "家庭成员": members(desk, home),
        "入户": [_visit(desk, home, visit) for visit in visits],
        "问题": [_issue(desk, issue) for issue in issues],
        "处置结果": [*_decisions(desk, home), *_conclusions(desk, home)],
        "帮扶措施": [
            {"年度": row.year, "措施": row.kind, "享受人": row.person, "金额": row.amount or ""}
            for row in measures_of(session, home.id)
        ],
        "照片": desk.photos(*keys),
        "附件": desk.files(*keys),
        "办理经过": list(story),
    }


def _decisions(desk: Desk, home: Household) -> list[Facts]:
    """Every decision about the household's result, the oldest first: corrections do not hide what was before."""
    result = result_of_household(desk.session, home.id)
    rows = decisions_of(desk.session, result.id) if result is not None else []
    return [
        {
            "日期": desk.day(row.at),
            "事项": f"{QUESTIONS[get_outcomes()[row.outcome].question].zh}（{DECISIONS[row.how].zh}）",
            "结果": get_outcomes()[row.outcome].name.zh,
            "理由": row.reason,
            "批准文号": row.approval_number or "",
        }
        for row in reversed(rows)
    ]


def _conclusions(desk: Desk, home: Household) -> list[Facts]:
    return [
        {
            "日期": desk.day(row.at),
            "事项": desk.session.get_one(WorkStream, row.work_stream_id).name_zh,
            "结果": outcome_words(row.kind).zh,
            "理由": row.reason,
            "批准文号": row.approval_number or "",
        }
        for row in reversed(outcomes_of(desk.session, home.id))
    ]


def _visit(desk: Desk, home: Household, visit: Visit) -> Facts:
    failed = [
        f"{item.name_zh}：{visit.answers[item.code].get('reason') or ''}"
        for item in get_check_items(desk.session, visit.campaign_id, "H")
        if item.fails(visit.answers.get(item.code))
    ]
    return {
        "日期": desk.day(visit.visited_on),
        "入户人": "、".join(
            filter(
                None, (desk.signed(household_key(home.id), visit.person_id, visit.at), visit.second_visitor)
            )
        ),
        "情况": desk.chosen(household_key(home.id), "visit", "met", visit.met),
        "实际人口": "" if visit.members_found is None else visit.members_found,
        "问题": "\n".join(failed) or "无",
    }


def _issue(desk: Desk, ticket: Ticket) -> Facts:
    known = ticket_facts(desk, ticket)
    names = ("工单编号", "检查项", "问题描述", "责任单位", "责任人")
    return {**{name: known[name] for name in names}, "办理状态": ENDED.get(ticket.status or "", "办理中")}
