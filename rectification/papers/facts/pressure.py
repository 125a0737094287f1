"""What papers that press say: the supervision notice in three colours, and the letter of warning."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import func, select

from engine.iso import end_of_day
from engine.worklist.selectables import work_items
from rectification.access.permissions import visible_tickets
from rectification.calendar.deadlines import is_overdue, workdays_after
from rectification.escalation.policy import EscalationStep, get_levels
from rectification.households.model import Household
from rectification.matters.status import BEING_FIXED
from rectification.matters.ticket import Ticket
from rectification.papers.desk import Desk
from rectification.papers.facts.tickets import ticket_facts
from rectification.papers.fields import Facts
from rectification.tickets.explanations import Explanation
from rectification.tickets.refused_explanations import last_deadline

_COLOURS: Final = {
    "blue": ("蓝色", "1F4E79", 3, "请加快进度，按期整改到位，并说明能否按期完成。"),
    "yellow": ("黄色", "9C6500", 2, "请查明进度滞后的原因，落实责任人，倒排工期，限期整改到位。"),
    "red": ("红色", "C00000", 1, "请立即整改，由单位主要负责人说明逾期原因和完成时限。"),
}
"""The three colours: name, code, working days to answer, and what is demanded."""
_OWN_ESCALATIONS: Final = ("acknowledge", "rectify", "explanation")
"""The rules that the responsible unit reaches by its own delay."""
_ANSWER_HOUR: Final = 18
_MOST_LINES: Final = 50


def supervision(desk: Desk, ticket: Ticket) -> Facts:
    """In the colour that the table of escalations gives the level; before any, blue, and yellow once it is overdue."""
    level = pressed(desk, ticket)
    colour, code, days, demand = _COLOURS[_colour(desk, ticket, level)]
    answer = workdays_after(desk.session, desk.today, days, desk.campaign.zone, ticket.village)
    return {
        **ticket_facts(desk, ticket),
        "督办单号": f"督〔{desk.campaign.year}〕{_serial(desk, ticket, level)}",
        "颜色": colour,
        "色值": code,
        "签发单位": _issuer(desk, ticket, level),
        "督办要求": demand,
        "回复时限": f"{desk.day(answer)}{_ANSWER_HOUR}时",
        "督办事项": [_line(desk, place, each) for place, each in enumerate(_lines(desk, ticket), start=1)],
    }


def warning(desk: Desk, ticket: Ticket) -> Facts:
    """The letter of warning with its last deadline."""
    ahead = ticket.due_at if not is_overdue(ticket.due_at, desk.now) else None
    last = ahead or last_deadline(desk.session, desk.campaign, ticket.village, desk.now)
    level = pressed(desk, ticket)
    return {
        **ticket_facts(desk, ticket),
        "告诫书编号": f"诫〔{desk.campaign.year}〕{_serial(desk, ticket, level)}",
        "督办级别": level,
        "退回次数": ticket.rounds,
        "最后期限": desk.until(last),
        "签发单位": desk.office(ticket.county),
    }


def pressed(desk: Desk, ticket: Ticket) -> int:
    """The level that the responsible unit's own delay has reached; what others leave undone is not its fault."""
    own = work_items.c.escalation.in_(_OWN_ESCALATIONS)
    applied = (
        select(func.max(EscalationStep.level))
        .join(work_items, work_items.c.id == EscalationStep.work_item_id)
        .where(work_items.c.key == ticket.key, own)
    )
    refused = select(func.count()).where(Explanation.ticket_id == ticket.id, Explanation.state == "refused")
    return (desk.session.scalar(applied) or 0) + (desk.session.scalar(refused) or 0)


def _colour(desk: Desk, ticket: Ticket, level: int) -> str:
    """That of the highest rule up to a level, on the escalation of work that is being fixed."""
    escalation = get_levels(desk.session, "rectify", f"{ticket.campaign_id}@{ticket.village}")
    drawn = [rule for rule in escalation if 0 < rule.level <= level and rule.colour in _COLOURS]
    if drawn:
        return max(drawn, key=lambda rule: rule.level).colour
    return "yellow" if is_overdue(ticket.due_at, desk.now) else "blue"


def _serial(desk: Desk, ticket: Ticket, level: int) -> str:
    """The ticket's own number and the level: the same notice has the same number however often it is printed."""
    number = (ticket.number or str(ticket.id)).removeprefix(f"{desk.campaign.year}-")
    return f"{number}-{level}"


def _issuer(desk: Desk, ticket: Ticket, level: int) -> str:
    """The town up to the second level; above that, and where the town is itself responsible, the county."""
    town = desk.office(ticket.town)
    return desk.office(ticket.county) if level > 2 or desk.unit(ticket.resp_unit_id) == town else town


def _lines(desk: Desk, ticket: Ticket) -> list[Ticket]:
    """This ticket, and what else of its unit is overdue, as far as the printer may see it."""
    query = select(Ticket).where(
        Ticket.campaign_id == ticket.campaign_id,
        Ticket.resp_unit_id == ticket.resp_unit_id,
        Ticket.county == ticket.county,
        Ticket.id != ticket.id,
        Ticket.due_at < end_of_day(desk.today - dt.timedelta(days=1), desk.campaign.zone),
        Ticket.status.in_(BEING_FIXED),
        visible_tickets(desk.session, desk.person_id, desk.today),
    )
    if ticket.resp_unit_id is None:
        return [ticket]
    return [ticket, *desk.session.scalars(query.order_by(Ticket.due_at, Ticket.id).limit(_MOST_LINES))]


def _line(desk: Desk, place: int, ticket: Ticket) -> Facts:
    home = desk.session.get(Household, ticket.household_id) if ticket.household_id is not None else None
    return {
        "序号": place,
        "工单编号": ticket.number or "未编号",
        "对象": f"{home.head}户" if home else "本村",
        "问题": ticket.description,
        "整改时限": desk.until(ticket.due_at),
        "逾期天数": desk.days_late(ticket.due_at),
    }
