"""What papers about a village, town or county say: the circular and the public notice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import case, func, or_, select

from rectification.campaigns.catalogue import CheckItem, get_categories
from rectification.households.model import Household
from rectification.matters.result import QUESTIONS, HouseholdResult, get_outcomes
from rectification.matters.status import OPEN, overdue
from rectification.matters.ticket import Ticket
from rectification.papers.desk import Desk
from rectification.papers.fields import Facts
from rectification.places.areas import LEVELS, Area, inside

_POSTED_DAYS: Final = 5
_MOST_LINES: Final = 50
_LEVEL_NAMES: Final = {"county": "区县", "town": "乡镇", "village": "村"}


@dataclass(slots=True)
class Count:
    """Closed, hung, open: three numbers; void ones are none."""

    closed: int = 0
    hung: int = 0
    open: int = 0
    overdue: int = 0

    @property
    def total(self) -> int:
        return self.closed + self.hung + self.open

    @property
    def share(self) -> float:
        """Closed of all; an area without tickets has nothing left to do."""
        return self.closed / self.total if self.total else 1.0

    def facts(self) -> Facts:
        """As papers say it, without the share."""
        return {
            "问题数": self.total,
            "已销号": self.closed,
            "挂账": self.hung,
            "办理中": self.open,
            "逾期": self.overdue,
        }

    def rate(self) -> str:
        """The share in per cent."""
        return f"{self.share:.1%}" if self.total else "—"


def circular(desk: Desk, place: Area) -> Facts:
    """Ranking and red list of what lies inside an area."""
    below = LEVELS[LEVELS.index(place.level) + 1]
    within = Ticket.campaign_id == desk.campaign_id, _column(place.level) == place.code
    counts = _counts(desk, _column(below), *within)
    ranked = sorted(
        ((counts.get(area.code, Count()), area) for area in inside(desk.session, place.code, below)),
        key=lambda pair: (-pair[0].share, pair[0].overdue, -pair[0].total, pair[1].code),
    )
    whole = _sum(counts.values())
    return {
        **desk.common(),
        "地区": place.name,
        "下级": _LEVEL_NAMES[below],
        "截至": f"{desk.day(desk.today)}{desk.now.astimezone(desk.campaign.zone).hour}时",
        "签发单位": desk.office(place.code),
        **whole.facts(),
        "销号率": whole.rate(),
        "排名": _ranking([(count, element.name) for count, element in ranked if count.total]),
        "逾期清单": _red_list(desk, within),
    }


def _ranking(ranked: list[tuple[Count, str]]) -> list[Facts]:
    result: list[Facts] = []
    for place, (count, name) in enumerate(ranked, start=1):
        same = result and ranked[place - 2][0].share == count.share
        rank = result[-1]["名次"] if same else place
        result.append({"名次": rank, "名称": name, **count.facts(), "销号率": count.rate()})
    return result


def _red_list(desk: Desk, within: Iterable[Any]) -> list[Facts]:
    query = (
        select(Ticket, Area.name, CheckItem.name_zh)
        .join(Area, Area.code == Ticket.village)
        .outerjoin(CheckItem, (CheckItem.campaign_id == Ticket.campaign_id) & (CheckItem.code == Ticket.item))
        .where(*within, overdue(desk.now))
    )
    rows = desk.session.execute(query.order_by(Ticket.due_at, Ticket.id).limit(_MOST_LINES)).all()
    towns = {ticket.town for ticket, _, _ in rows}
    names: dict[str, str] = dict(
        desk.session.execute(select(Area.code, Area.name).where(Area.code.in_(towns))).all()
    )
    return [
        {
            "序号": place,
            "工单编号": ticket.number or "未编号",
            "名称": f"{names.get(ticket.town, '')}{village}",
            "检查项": item or ticket.item,
            "责任单位": desk.unit(ticket.resp_unit_id),
            "责任人": desk.person(ticket.resp_person_id),
            "整改时限": desk.until(ticket.due_at),
            "逾期天数": desk.days_late(ticket.due_at),
        }
        for place, (ticket, village, item) in enumerate(rows, start=1)
    ]


def public_notice(desk: Desk, village: Area) -> Facts:
    """What a village's board may show of outcomes and figures; nothing is told about a ticket's household."""
    within = Ticket.campaign_id == desk.campaign_id, Ticket.village == village.code
    counts = _counts(desk, Ticket.category, *within)
    titles = {category.code: category.title_zh for category in get_categories(desk.session, desk.campaign_id)}
    last = desk.today + dt.timedelta(days=_POSTED_DAYS - 1)
    return {
        **desk.common(),
        **desk.place(village.code),
        "公示起": desk.day(desk.today),
        "公示止": desk.day(last),
        **_sum(counts.values()).facts(),
        "结果名单": _decided(desk, village.code),
        "分类统计": [
            {"类别": title, **counts[code].facts()} for code, title in titles.items() if code in counts
        ],
    }


_PUBLISHED: Final = "publishing"


def _decided(desk: Desk, village: str) -> list[Facts]:
    """Whom the notice names: those whose outcome is published before it is approved, and those on approved lists.

    Nothing but the head, the number of members and the fixed words of the outcome: free text never hangs on a board.
    """
    approved = [outcome.code for outcome in get_outcomes().values() if outcome.approved]
    query = (
        select(HouseholdResult, Household)
        .join(Household, Household.id == HouseholdResult.household_id)
        .where(HouseholdResult.village == village, HouseholdResult.campaign_id == desk.campaign_id)
        .where(or_(HouseholdResult.status == _PUBLISHED, HouseholdResult.outcome.in_(approved)))
        .order_by(Household.number)
    )
    return [
        _notice_line(place, result, home)
        for place, (result, home) in enumerate(desk.session.execute(query), start=1)
    ]


def _notice_line(place: int, result: HouseholdResult, home: Household) -> Facts:
    asked = result.asked if result.status == _PUBLISHED else None
    outcome = get_outcomes()[asked or result.outcome or ""]
    return {
        "序号": place,
        "户主": home.head,
        "组": home.group_no or "",
        "事项": QUESTIONS[outcome.question].zh,
        "结果": f"拟{outcome.name.zh}" if asked else outcome.name.zh,
        "人口": home.members_registered,
    }


def _column(level: str) -> Any:
    return {"county": Ticket.county, "town": Ticket.town, "village": Ticket.village}[level]


def _counts(desk: Desk, by: Any, *within: Any) -> dict[str, Count]:
    ended = case((~OPEN, Ticket.status), else_="open")
    late = func.sum(case((overdue(desk.now), 1), else_=0))
    result: dict[str, Count] = {}
    for name, how, number, late_ones in desk.session.execute(
        select(by, ended, func.count(), late).where(*within).group_by(by, ended)
    ):
        if how == "void":
            continue
        count = result.setdefault(name, Count())
        setattr(count, how, number)
        if how == "open":
            count.overdue = late_ones
    return result


def _sum(counts: Iterable[Count]) -> Count:
    whole = Count()
    for count in counts:
        whole.closed += count.closed
        whole.hung += count.hung
        whole.open += count.open
        whole.overdue += count.overdue
    return whole
