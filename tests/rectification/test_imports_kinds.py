"""Every kind of sheet: what goes in, what is refused or doubted, and that the same file again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from engine.host import SYSTEM
from engine.schema import history
from rectification.households.baseline import BaselineProblem
from rectification.households.measures import HouseholdMeasure
from rectification.households.model import Household, HouseholdMember
from rectification.imports import ImportOptions, ImportReport, bring_in
from rectification.imports.baseline import SAFEGUARDS
from rectification.matters.ticket import Ticket
from rectification.matters.timezone import acting_now
from rectification.people.id_numbers import check_digit
from rectification.people.model import Person
from rectification.people.posts import Post
from rectification.places.areas import Area
from rectification.places.units import Unit
from rectification.work_streams.model import get_templates
from tests.rectification.campaign import EAST, TOWN, SmallCampaign
from tests.rectification.test_imports_books import book

PUPIL = "34122620090101001" + check_digit("34122620090101001")
OLD = "34122619500101123" + check_digit("34122619500101123")


def imported(
    small: SmallCampaign,
    kind: str,
    data: bytes | Sequence[Sequence[object]],
    *,
    trial: bool = False,
    skip_bad: bool = False,
) -> ImportReport:
    sent = data if isinstance(data, bytes) else book(("表", data))
    with small.database.writing() as session:
        context = acting_now(session, small.engine, SYSTEM)
        return bring_in(context, kind, sent, "表.xlsx", ImportOptions(trial=trial, skip_bad=skip_bad))


def twice(small: SmallCampaign, kind: str, rows: bytes | Sequence[Sequence[object]]) -> ImportReport:
    """Tries, imports, imports again: the trial writes nothing and foretells the import, the second changes nothing."""
    before = story(small)
    trial = imported(small, kind, rows, trial=True)
    assert story(small) == before
    report = imported(small, kind, rows)
    assert report.problems == []
    assert (trial.created, trial.changed, trial.unchanged) == (
        report.created,
        report.changed,
        report.unchanged,
    )
    before = story(small)
    again = imported(small, kind, rows)
    assert (again.problems, again.created, again.changed) == ([], 0, 0)
    assert again.unchanged == report.rows
    assert story(small) == before
    return report


def story(small: SmallCampaign) -> int:
    with small.database.reading() as session:
        return session.execute(select(func.count()).select_from(history)).scalar_one()


def test_households_come_with_their_members_from_one_workbook(small: SmallCampaign) -> None:
    homes = [
        ("户编号", "村", "户主", "户类型", "人口", "主要致贫原因", "脱贫年度"),
        ("N-1", "东村", "王一", "拟脱贫户", 2, "缺技术", 2018),
    ]
    members = [
        ("户编号", "姓名", "与户主关系", "证件号码", "健康状况", "在校生状况", "是否务工", "务工收入"),
        ("N-1", "王一", "户主", OLD, "健康", "", "是", ""),
        ("N-1", "王小", "孙子", PUPIL, "健康", "非在校生", "", ""),
    ]
    report = twice(small, "households", book(("农户", homes), ("成员", members)))
    assert report.created == 3
    said = [(warning.sheet, warning.row, warning.column) for warning in report.warnings]
    assert said == [("成员", 2, "是否务工"), ("成员", 3, "在校生状况")]
    with small.database.reading() as session:
        home = session.scalars(select(Household).where(Household.number == "N-1")).one()
        assert (home.poverty_cause, home.exited_year) == ("缺技术", 2018)
        kept = session.scalars(select(HouseholdMember).where(HouseholdMember.household_id == home.id)).all()
        assert sorted((entry.name, entry.relation, entry.works) for entry in kept) == [
            ("王一", "户主", True),
            ("王小", "孙子", None),
        ]


def test_members_are_doubted_but_not_refused(small: SmallCampaign) -> None:
    with small.database.writing() as session:
        session.get_one(Household, small.homes["201-001"]).poverty_cause = "因病"
    rows = [
        ("户编号", "姓名", "关系", "身份证号", "健康状况"),
        ("201-001", "helper", "户主", OLD, "健康"),
        ("201-002", "赵五", "户主", OLD, ""),
        ("999", "无户", "户主", "", ""),
    ]
    report = imported(small, "members", rows, skip_bad=True)
    assert [(problem.row, problem.column) for problem in report.problems] == [(4, "户编号")]
    assert (report.created, report.bad, report.doubtful) == (2, 1, 2)
    said = " ".join(warning.words.zh for warning in report.warnings)
    assert "与一名帮扶责任人或干部同名" in said
    assert "成员都健康" in said
    assert "也登记在户 201-001" in said


def test_a_workbook_with_one_bad_member_brings_in_nothing(small: SmallCampaign) -> None:
    homes = [("户编号", "村", "户主", "户类型", "人口"), ("N-1", "东村", "王一", "拟脱贫户", 2)]
    members = [("户编号", "姓名", "与户主关系"), ("N-9", "王一", "户主")]
    before = story(small)
    report = imported(small, "households", book(("农户", homes), ("成员", members)))
    assert (report.created, [problem.sheet for problem in report.problems], story(small)) == (
        0,
        ["成员"],
        before,
    )


def test_areas_units_and_people_come_in_from_the_top_down(small: SmallCampaign) -> None:
    areas = [
        ("区划代码", "名称", "级别"),
        ("341226101", "谢桥镇", "镇"),
        ("341226101201", "新村", "村"),
        (TOWN, "慎城镇（改）", ""),
    ]
    assert (twice(small, "areas", areas).created,) == (2,)
    with small.database.reading() as session:
        assert session.get_one(Area, "341226101201").path.endswith("/341226101/341226101201/")
        assert session.get_one(Area, TOWN).name == "慎城镇(改)"
    orphan = [("区划代码", "名称"), ("341299001201", "孤村")]
    assert "上级区划“341299001”还没有登记" in imported(small, "areas", orphan).problems[0].words.zh

    units = [("单位名称", "单位类型", "所属区划", "行业"), ("谢桥镇卫生院", "乡镇站所", "谢桥镇", "health")]
    twice(small, "units", units)
    people = [
        ("登录名", "姓名", "岗位", "岗位范围", "所在单位"),
        ("xq01", "孙七", "帮扶责任人", "341226101201", "谢桥镇卫生院"),
        ("xq01", "孙七", "单位负责人", "谢桥镇卫生院", ""),
        ("xq02", "周八", "", "", ""),
    ]
    twice(small, "people", people)
    with small.database.reading() as session:
        unit = session.scalars(select(Unit.id).where(Unit.name == "谢桥镇卫生院")).one()
        who = session.scalars(select(Person).where(Person.login == "xq01")).one()
        posts = session.scalars(select(Post).where(Post.person_id == who.id).order_by(Post.id)).all()
        assert who.password_hash is None
        assert [(post.role, post.scope, post.unit_id) for post in posts] == [
            ("helper", "341226101201", unit),
            ("unit_leader", f"U{unit}", unit),
        ]


def test_the_baselines_template_offers_what_the_re_check_asks() -> None:
    recheck = next(template for template in get_templates() if template.code == "recheck")
    asked = [line["name_zh"] for line in recheck.lines("checklist.csv") if line["levels"] == "H"]
    assert [words.zh for words in SAFEGUARDS] == asked


def test_old_problems_and_measures_belong_to_households(small: SmallCampaign) -> None:
    rows = [
        ("户编号", "问题类型", "问题描述", "上报日期"),
        ("201-001", "家庭医生签约履约", "未履约", "2019年6月10日"),
        ("201-001", "安全饮水", "水压不足", 43626),
    ]
    twice(small, "baseline", rows)
    with small.database.reading() as session:
        kept = session.scalars(select(BaselineProblem).order_by(BaselineProblem.id)).all()
    assert [(entry.item_code, str(entry.found_on)) for entry in kept] == [
        ("E4", "2019-06-10"),
        (None, "2019-06-10"),
    ]
    measures = [
        ("户编号", "年度", "措施类型", "享受人", "金额"),
        ("201-001", "2017年", "教育资助", "王小", "1,250元"),
        ("201-001", 2018, "教育资助", "王小", 1250.5),
    ]
    twice(small, "measures", measures)
    with small.database.reading() as session:
        assert session.scalars(select(HouseholdMeasure.amount).order_by(HouseholdMeasure.year)).all() == [
            "1250.00",
            "1250.50",
        ]


LEDGER = [
    (
        "工单编号",
        "户编号",
        "村",
        "检查项",
        "问题描述",
        "发现日期",
        "当前状态",
        "整改措施",
        "责任人",
        "整改时限",
        "销号日期",
        "外部编号",
    ),
    (
        "A-1",
        "201-001",
        "",
        "E4",
        "医生半年未上门",
        "2019-08-20",
        "整改中",
        "联系卫生院",
        "helper",
        "2019-09-15",
        "",
        "",
    ),
    (
        "A-2",
        "201-002",
        "",
        "住院缴纳押金",
        "缴押金两千",
        "2019-08-01",
        "已销号",
        "退还",
        "helper",
        "2019-08-20",
        "2019-08-25",
        "省-77",
    ),
    ("", "", "东村", "E3", "卫生室缺药", "2019-08-20", "挂账", "", "", "", "", ""),
]


def test_an_existing_ledger_begins_what_is_open_and_files_what_is_closed(small: SmallCampaign) -> None:
    small.begin()
    report = twice(small, "ledger", LEDGER)
    assert [(warning.row, warning.column) for warning in report.warnings] == [(4, "当前状态")]
    opened, closed, of_village = small.tickets()
    assert (opened.status, opened.source, opened.measure, opened.resp_person_id) == (
        "draft",
        "import",
        None,
        None,
    )
    assert (closed.status, closed.close_type, closed.closed_late, closed.external_number) == (
        "closed",
        "rectified_late",
        True,
        "省-77",
    )
    assert closed.instance_id is None
    assert (of_village.village, of_village.household_id) == (EAST, None)
    for home in ("201-001", "201-002", "201-003"):
        small.visit(home)
    with small.database.reading() as session:
        assert session.get_one(Ticket, opened.id).status == "void", (
            "a visit that finds it in order takes the draft back"
        )


def test_an_imported_ticket_goes_the_whole_way_with_its_proposals(small: SmallCampaign) -> None:
    small.begin()
    imported(small, "ledger", LEDGER[:2])
    small.submit(unvisited_reason="外出务工")
    number = small.tickets()[0].id
    small.do("town", f"ticket:{number}", "review_line", review="accept")
    asked = small.variables(f"ticket:{number}")
    assert (asked["measure"], asked["resp_person"], asked["due_date"]) == (
        "联系卫生院",
        small.people["helper"],
        "2019-09-15",
    )


def test_a_ledger_row_without_what_it_needs_says_so(small: SmallCampaign) -> None:
    rows = [
        LEDGER[0],
        ("A-1", "", "", "E4", "x", "", "未销号", "", "", "", "", ""),
        ("A-2", "201-001", "", "E4", "x", "", "已销号", "", "", "", "", ""),
    ]
    report = imported(small, "ledger", rows)
    assert [(problem.row, problem.column) for problem in report.problems] == [(2, "村代码"), (3, "销号日期")]
    assert small.tickets() == []
