"""What papers about outcomes say: the name lists of an area, and the statement on what a re-check found slow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from rectification.access.permissions import visible_households
from rectification.households.baseline import BaselineCheck, BaselineProblem, baseline_of, latest_checks
from rectification.households.model import Household, HouseholdMember, get_household, masked
from rectification.matters.case import Case
from rectification.matters.result import HouseholdResult, get_outcomes
from rectification.papers.desk import Desk
from rectification.papers.facts.households import household_facts
from rectification.papers.fields import Facts
from rectification.places.areas import Area

_CHANNELS: Final = {"provincial_system": "省办系统", "paper_archive": "纸质档案"}


def name_lists(desk: Desk, place: Area, of: Iterable[str]) -> Facts:
    """The households of an area whose result puts them on these lists; each stands on one of them."""
    return {
        **desk.common(),
        "地区": place.name,
        "填报单位": desk.office(place.code),
        "名单": [_list(desk, place, kind) for kind in of],
    }


def _list(desk: Desk, place: Area, kind: str) -> Facts:
    column = Household.county if place.level == "county" else Household.town
    query = (
        select(HouseholdResult, Household)
        .join(Household, Household.id == HouseholdResult.household_id)
        .where(HouseholdResult.outcome == kind, HouseholdResult.campaign_id == desk.campaign_id)
        .where(column == place.code, visible_households(desk.session, desk.person_id, desk.today))
        .order_by(Household.town, Household.village, Household.number)
    )
    rows = desk.session.execute(query).all()
    names = _areas(desk, [code for _, home in rows for code in (home.town, home.village)])
    members = _members(desk, [home.id for _, home in rows])
    return {
        "标题": f"{place.name}{desk.campaign.name}{get_outcomes()[kind].list_name.zh}",
        "户数": len(rows),
        "人数": sum(home.members_registered or 0 for _, home in rows),
        "人员": [
            {
                "序号": number,
                "乡镇": names.get(home.town, ""),
                "村": names.get(home.village, ""),
                "组": home.group_no or "",
                "户编号": home.number,
                "户主": home.head,
                "证件号码": masked(home.head_id_number),
                "人口": home.members_registered or "",
                "家庭成员": "、".join(members[home.id]),
                "理由": outcome.reason,
                "批准文号": outcome.approval_number or "",
                "批准日期": desk.day(outcome.approved_on),
            }
            for number, (outcome, home) in enumerate(rows, start=1)
        ],
    }


def _areas(desk: Desk, codes: Sequence[str]) -> dict[str, str]:
    query = select(Area.code, Area.name).where(Area.code.in_(codes))
    return dict(desk.session.execute(query).all())


def _members(desk: Desk, homes: Sequence[int]) -> Mapping[int, list[str]]:
    names: dict[int, list[str]] = defaultdict(list)
    query = select(HouseholdMember.household_id, HouseholdMember.name)
    query = query.where(HouseholdMember.household_id.in_(homes)).order_by(HouseholdMember.id)
    for home, name in desk.session.execute(query):
        names[home].append(name)
    return names


def slow_problems(session: Session, case: Case) -> list[tuple[BaselineProblem, BaselineCheck]]:
    """The old problems of a case that were found slow, each with its statement."""
    problems = {problem.id: problem for problem in baseline_of(session, case.household_id)}
    checks = latest_checks(session, list(problems))
    return [
        (problems[number], check)
        for number, check in sorted(checks.items())
        if check.state == "slow" and check.case_id == case.id
    ]


def recheck_statement(desk: Desk, case: Case) -> Facts:
    """Why old problems are slow, and what comes next."""
    return {
        **household_facts(desk, get_household(desk.session, case.household_id)),
        "主送": desk.office(case.town),
        "问题": [
            {
                "序号": _CHINESE[number] if number < len(_CHINESE) else str(number + 1),
                "问题": "：".join(part for part in (problem.item, problem.description) if part),
                "整改措施": check.measure or problem.measure or "尚未落实",
                "进度": f"{check.percent}%" if check.percent is not None else "",
                "原因": check.reason,
                "下一步计划": check.plan,
                "承诺时限": desk.day(check.promised_on),
                "登记渠道": _CHANNELS.get(check.record_channel or "", ""),
                "登记编号": check.record_number or "",
                "审核人": desk.person(check.agreed_by_id),
                "审核日期": desk.day(check.at),
            }
            for number, (problem, check) in enumerate(slow_problems(desk.session, case))
        ],
    }


_CHINESE: Final = "一二三四五六七八九十"
