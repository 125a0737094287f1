"""What the household visit form says, blank and filled."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from engine.json import as_object
from rectification.access.unmasking import masked_phone, may_reveal
from rectification.campaigns.catalogue import CheckItem, get_categories, get_check_items
from rectification.core.keys import household_key
from rectification.households.model import KINDS, Household, HouseholdMember, masked
from rectification.matters.visit import Visit
from rectification.papers.desk import Desk, tick
from rectification.papers.fields import Facts


def household_facts(desk: Desk, home: Household) -> Facts:
    """What every paper about a household knows."""
    kind = KINDS.get(home.kind)
    return {
        **desk.common(),
        **desk.place(home.village),
        "户编号": home.number,
        "户主": home.head,
        "组": home.group_no or "",
        "证件号码": home.masked_id_number,
        "联系电话": _phone(desk, home),
        "户类型": kind.zh if kind else home.kind,
        "登记人口": home.members_registered,
        "帮扶责任人": desk.person(home.helper_id),
        "二维码": desk.qr(f"/households/{home.id}"),
    }


def _phone(desk: Desk, home: Household) -> str:
    """As the page shows it: in full to those whose work is with this very household."""
    near = may_reveal(desk.session, desk.person_id, home, desk.today)
    return (home.phone or "") if near else masked_phone(home.phone)


def members(desk: Desk, home: Household) -> list[Facts]:
    """The registered members."""
    query = select(HouseholdMember).where(HouseholdMember.household_id == home.id)
    return [
        {"姓名": row.name, "关系": row.relation, "证件号码": masked(row.id_number)}
        for row in desk.session.scalars(query.order_by(HouseholdMember.id))
    ]


def visit_form(desk: Desk, home: Household) -> Facts:
    """The form as it was filled at the last visit where somebody was met, else at the last visit."""
    query = select(Visit).where(Visit.household_id == home.id)
    visit = desk.session.scalars(query.order_by((Visit.met == "home").desc(), Visit.id.desc())).first()
    return _form(desk, home, visit)


def blank_form(desk: Desk, home: Household) -> Facts:
    """The form to take along."""
    return _form(desk, home, None)


def _form(desk: Desk, home: Household, visit: Visit | None) -> Facts:
    key = household_key(home.id)
    met = desk.boxes(key, "visit", "met", visit.met if visit else None)
    return {
        **household_facts(desk, home),
        "入户日期": desk.day(visit.visited_on) if visit else "",
        "入户人": desk.signed(key, visit.person_id, visit.at) if visit else "",
        "同行人": visit.second_visitor if visit else "",
        "是否见到": met or "□见到　□不在家　□拒绝",
        "再次入户": desk.day(visit.next_visit_on) if visit else "",
        "实际人口": "" if visit is None or visit.members_found is None else visit.members_found,
        "其他情况": visit.note if visit else "",
        "家庭成员": members(desk, home),
        "检查项目": _lines(desk, visit.answers if visit else {}),
    }


def _lines(desk: Desk, answers: Mapping[str, object]) -> list[Facts]:
    """Every question that is asked at a household, each category's title before its first."""
    titles = {category.code: category.title_zh for category in get_categories(desk.session, desk.campaign_id)}
    result: list[Facts] = []
    text = ""
    for place, item in enumerate(get_check_items(desk.session, desk.campaign_id, "H"), start=1):
        title = titles.get(item.category, item.category)
        result.append(_line(place, item, "" if title == text else title, as_object(answers.get(item.code))))
        text = title
    return result


def _line(place: int, item: CheckItem, title: str, answer: Mapping[str, object]) -> Facts:
    fails = "是" if item.fail_when == "yes" else "否"
    value = answer.get("answer")
    return {
        "序号": place,
        "类别": title,
        "问题": item.question_zh,
        "判定": f"答“{fails}”为问题" + ("，须拍照" if item.photo_on_failure else ""),
        "是": tick(value == "yes"),
        "否": tick(value == "no"),
        "不涉及": tick(value == "na"),
        "原因": str(answer.get("reason") or ""),
    }
