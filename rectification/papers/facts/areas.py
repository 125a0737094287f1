"""What papers about a village, town or county say: the circular and the public notice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import case, func, select

from rectification.campaigns.catalogue import CheckItem, get_categories
from rectification.households.model import Household, HouseholdMember
from rectification.matters.case import Case
from rectification.matters.status import OPEN, overdue
from rectification.matters.ticket import Ticket
from rectification.papers.desk import Desk
from rectification.papers.fields import Facts
from rectification.papers.masking import masked_name, public_words
from rectification.places.areas import LEVELS, Area, inside
from rectification.results.outcomes import CaseOutcome, outcome_words
from rectification.work_streams.model import WorkStream

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


def _decided(desk: Desk, village: str) -> list[Facts]:
    latest = select(func.max(CaseOutcome.id)).group_by(CaseOutcome.case_id)
    query = (
        select(CaseOutcome, Household, WorkStream.name_zh)
        .join(Household, Household.id == CaseOutcome.household_id)
        .join(Case, Case.id == CaseOutcome.case_id)
        .join(WorkStream, WorkStream.id == CaseOutcome.work_stream_id)
        .where(
            CaseOutcome.id.in_(latest), Case.village == village, WorkStream.campaign_id == desk.campaign_id
        )
        .order_by(WorkStream.position, Household.number)
    )
    rows = desk.session.execute(query).all()
    names = _names(desk, [home.id for _, home, _ in rows])
    return [
        {
            "序号": place,
            "户主": masked_name(home.head),
            "组": home.group_no or "",
            "事项": work,
            "结果": outcome_words(outcome.kind).zh,
            "理由": public_words(outcome.reason, [home.head, *names.get(home.id, ())]),
        }
        for place, (outcome, home, work) in enumerate(rows, start=1)
    ]


def _names(desk: Desk, homes: list[int]) -> Mapping[int, list[str]]:
    result: dict[int, list[str]] = {}
    query = select(HouseholdMember.household_id, HouseholdMember.name).where(
        HouseholdMember.household_id.in_(homes)
    )
    for home, name in desk.session.execute(query) if homes else ():
        result.setdefault(home, []).append(name)
    return result


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
