"""Whoever imports writes about their own areas, whatever the kind of sheet."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rectification.imports import KINDS, ImportOptions, ImportReport, bring_in
from rectification.imports.uploads import Upload
from rectification.imports.work import _within
from rectification.people.deputies import Deputy
from tests.rectification.campaign import CITY, COUNTY, EAST, FAR, FAR_COUNTY, FAR_TOWN, UNITS, SmallCampaign
from tests.rectification.campaign import PEOPLE as FIRST_PEOPLE
from tests.rectification.test_imports_books import book
from tests.rectification.test_imports_kinds import story

PEOPLE = ("登录名", "姓名", "岗位", "岗位范围", "联系电话")
SHEETS: dict[str, Sequence[Sequence[object]]] = {
    "areas": [("区划代码", "名称", "级别"), ("341226101", "谢桥镇", "镇")],
    "units": [("单位名称", "单位类型", "所属区划"), ("卫生院", "乡镇站所", EAST)],
    "people": [PEOPLE, ("new", "新人", "帮扶责任人", EAST, "")],
    "households": [("户编号", "村", "户主", "户类型", "人口"), ("N-1", "东村", "王一", "边缘户", 2)],
    "members": [("户编号", "姓名", "关系"), ("201-001", "王小", "子")],
    "baseline": [("户编号", "问题类型", "问题描述", "上报日期"), ("201-001", "安全饮水", "水压不足", "2019-06-10")],
    "measures": [("户编号", "年度", "措施类型", "享受人", "金额"), ("201-001", "2017年", "教育资助", "王小", "1,250元")],
    "ledger": [
        ("户编号", "村", "检查项", "问题描述", "发现日期", "当前状态", "责任人", "销号日期", "外部编号"),
        ("201-001", "", "E4", "半年未上门", "2019-08-20", "已销号", "", "2019-08-25", "省-77"),
        ("", "东村", "E3", "缺药", "2019-08-20", "已销号", "", "2019-08-25", "省-78"),
    ],
}  # fmt: skip
"""About the first county, a sheet of each kind."""


def brought_in(
    small: SmallCampaign, kind: str, rows: Sequence[Sequence[object]], *within: str
) -> ImportReport:
    with small.database.writing() as session:
        options = ImportOptions(campaign_id=1, within=within or None)
        return bring_in(small.acting(session, "city"), kind, book(("表", rows)), "表.xlsx", options)


def test_a_sheet_of_each_kind_is_tried() -> None:
    assert set(SHEETS) == set(KINDS) - {"ledger_changes"}, "which looks at what the importer sees"


@pytest.mark.parametrize("kind", SHEETS)
def test_rows_about_another_county_are_refused_by_name(small: SmallCampaign, kind: str) -> None:
    small.second_county("Asia/Shanghai")
    before, rows = story(small), SHEETS[kind]
    report = brought_in(small, kind, rows, FAR_COUNTY)
    assert len(report.problems) == len(rows) - 1
    assert all("不在您负责的区域内" in problem.words.zh for problem in report.problems)
    assert story(small) == before
    report = brought_in(small, kind, rows, FAR_COUNTY, COUNTY)
    assert (report.problems, report.created) == ([], len(rows) - 1)


@pytest.mark.parametrize(
    ("role", "scope"),
    [("系统管理员", COUNTY), ("市扶贫局", CITY), ("区县扶贫局", COUNTY), ("流程管理员", CITY)],
)
def test_nobody_gives_posts_beyond_their_own_area(small: SmallCampaign, role: str, scope: str) -> None:
    small.second_county("Asia/Shanghai")
    rows = [PEOPLE, ("far_county", "far_county", role, scope, "")]
    assert brought_in(small, "people", rows, FAR_COUNTY).bad == 1
    inside = [PEOPLE, ("far_county", "far_county", "系统管理员", FAR_TOWN, "")]
    assert brought_in(small, "people", inside, FAR_COUNTY).problems == []


def test_nobody_changes_people_who_work_elsewhere(small: SmallCampaign) -> None:
    small.second_county("Asia/Shanghai")
    theirs = [PEOPLE, ("county", "county", "", "", "13900000001")]
    assert brought_in(small, "people", theirs, FAR_COUNTY).bad == 1
    both = [PEOPLE, ("county", "county", "帮扶责任人", FAR, "13900000001")]
    assert brought_in(small, "people", both, FAR_COUNTY).bad == 1
    lent = [PEOPLE, ("county", "county", "帮扶责任人", FAR, "")]
    before = story(small)
    for rows in (lent, [PEOPLE, ("county", "county", "", "", "")]):
        report = brought_in(small, "people", rows, FAR_COUNTY)
        assert [problem.column for problem in report.problems] == ["登录名"], (
            "the page answers that there is nobody"
        )
        assert COUNTY not in str(report.problems)
    assert story(small) == before
    assert brought_in(small, "people", lent, FAR_COUNTY, COUNTY).problems == []
    assert brought_in(small, "people", theirs, FAR_COUNTY).bad == 1, "they work elsewhere too"
    assert brought_in(small, "people", theirs, FAR_COUNTY, COUNTY).problems == []


def test_somebody_new_gets_a_post_within_and_a_unit_within(small: SmallCampaign) -> None:
    small.second_county("Asia/Shanghai")
    head = (*PEOPLE, "所在单位")
    for row in (
        ("new", "新人", "", "", "", ""),
        ("new", "新人", "帮扶责任人", FAR, "", "县扶贫局"),
        ("new", "新人", "帮扶责任人", FAR, "", "市扶贫局"),
        ("new", "新人", "单位负责人", "县扶贫局", "", ""),
    ):
        assert brought_in(small, "people", [head, row], FAR_COUNTY).bad == 1, row
    assert (
        brought_in(small, "people", [head, ("new", "新人", "帮扶责任人", FAR, "", "")], FAR_COUNTY).problems
        == []
    )


def test_only_an_administrator_names_people_and_nobody_in_their_place(small: SmallCampaign) -> None:
    small.second_county("Asia/Shanghai")
    assert KINDS["people"].roles == {"admin"}
    with small.database.writing() as session:
        small.post(session, "far_town", "admin", FAR_COUNTY)
        small.post(session, "far_lead", "admin", FAR_TOWN)
        day = small.clock.now().date()
        lead, town = small.people["far_lead"], small.people["far_town"]
        session.add(Deputy(person_id=lead, stands_in_for_id=town, since=day))
        session.flush()
        upload = Upload(kind="people", by_id=lead, campaign_id=1)
        assert _within(small.acting(session, "far_lead"), upload) == (FAR_TOWN,)


def test_rows_name_nobody_and_no_unit_of_another_county(small: SmallCampaign) -> None:
    small.second_county("Asia/Shanghai")
    homes = ("户编号", "村", "户主", "户类型", "人口", "帮扶责任人")
    ledger = (*SHEETS["ledger"][0], "责任单位")
    closed = ("", FAR, "E3", "缺药", "2019-08-20", "已销号")
    for kind, rows in (
        ("households", [homes, ("N-1", FAR, "王一", "边缘户", 2, "helper")]),
        ("ledger", [ledger, (*closed, "helper", "2019-08-25", "省-79", "")]),
        ("ledger", [ledger, (*closed, "far_helper", "2019-08-25", "省-79", "县扶贫局")]),
        (
            "units",
            [("单位名称", "单位类型", "所属区划", "上级单位"), ("卫生院", "乡镇站所", FAR_TOWN, "县扶贫局")],
        ),
    ):
        report = brought_in(small, kind, rows, FAR_COUNTY)
        assert report.bad == 1, kind
        guesses = [
            f"是不是“{name}”"
            for name in (*FIRST_PEOPLE, *(unit[0] for unit in UNITS.values() if unit[2] != CITY))
        ]
        assert not any(guess in str(report.problems) for guess in guesses), "no guess after what is elsewhere"
    above = [("单位名称", "单位类型", "所属区划", "上级单位"), ("卫生院", "乡镇站所", FAR_TOWN, "市扶贫局")]
    assert brought_in(small, "units", above, FAR_COUNTY).problems == []


def test_a_parent_unit_in_the_same_sheet_lies_within_too(small: SmallCampaign) -> None:
    small.second_county("Asia/Shanghai")
    rows = [
        ("单位名称", "单位类型", "所属区划", "上级单位"),
        ("别县局", "行业主管部门", COUNTY, ""),
        ("本县站", "乡镇站所", FAR_TOWN, "别县局"),
    ]
    assert brought_in(small, "units", rows, FAR_COUNTY).bad == 2


def test_a_new_area_and_a_new_name_lie_within(small: SmallCampaign) -> None:
    small.second_county("Asia/Shanghai")
    head = ("区划代码", "名称", "级别")
    for row in (("341300", "另一市", "市"), (COUNTY, "改名", ""), ("341226102", "新镇", "镇")):
        assert brought_in(small, "areas", [head, row], FAR_COUNTY).bad == 1, row
    assert brought_in(small, "areas", [head, (FAR_COUNTY, "改名", "")], FAR_COUNTY).problems == []
