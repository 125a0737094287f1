"""Importing households: whatever an office's spreadsheet program saved, all of it or none."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from engine.clock import PushedClock
from engine.database import Database
from engine.engine import Engine
from engine.host import SYSTEM
from engine.schema import history
from rectification.households.model import Household
from rectification.imports import ImportOptions, ImportReport, bring_in
from rectification.imports.households import COLUMNS
from rectification.imports.sheets import find_sheet
from rectification.imports.workbooks import UnreadableSheet, opened
from rectification.matters.timezone import acting_now
from rectification.people.id_numbers import check_digit, identity_problem
from rectification.people.model import Person
from rectification.places.areas import Division, add_divisions
from rectification.process.host import DomainHost
from tests.rectification.campaign import COUNTY, EAST, WEST, SmallCampaign

HEADING = ("户编号", "村代码", "组", "户主", "证件号码", "户类型", "人口", "帮扶责任人")
GOOD_ID = "34122619500101123" + check_digit("34122619500101123")
OTHER_ID = "34122619610203451" + check_digit("34122619610203451")
FIRST = ("N-1", EAST, "3组", "王一", GOOD_ID, "拟脱贫户", "3", "helper")
SECOND = ("N-2", "西村", "1组", "李二", "", "边缘户", "2", "")


def sheet(*rows: Sequence[str], heading: Sequence[str] = HEADING, separator: str = ",") -> str:
    return "\r\n".join(separator.join(row) for row in (heading, *rows)) + "\r\n"


def imported(small: SmallCampaign, data: str | bytes, *, skip_bad: bool = False) -> ImportReport:
    sent = data if isinstance(data, bytes) else data.encode()
    with small.database.writing() as session:
        context = acting_now(session, small.engine, SYSTEM)
        return bring_in(context, "households", sent, "农户.csv", ImportOptions(skip_bad=skip_bad))


def homes(small: SmallCampaign) -> dict[str, Household]:
    with small.database.reading() as session:
        result = {row.number: row for row in session.scalars(select(Household)) if row.number.startswith("N")}
        session.expunge_all()
    return result


def rows_of_history(database: Database) -> int:
    with database.reading() as session:
        return session.execute(select(func.count()).select_from(history)).scalar_one()


# -- what is read -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "separator"),
    [
        ("utf-8", ","),
        ("utf-8-sig", ","),
        ("gbk", ","),
        ("gb18030", ";"),
        ("utf-8", "\t"),
        ("utf-16", "\t"),
    ],
)
def test_every_encoding_and_separator_says_the_same(
    small: SmallCampaign, encoding: str, separator: str
) -> None:
    report = imported(small, sheet(FIRST, SECOND, separator=separator).encode(encoding))
    assert (report.problems, report.created) == ([], 2)
    first, second = homes(small)["N-1"], homes(small)["N-2"]
    assert (first.head, first.kind, first.members_registered) == ("王一", "exit_planned", 3)
    assert (first.village, first.county, first.group_no) == (EAST, COUNTY, "3组")
    assert first.head_id_number == GOOD_ID
    assert first.helper_id == small.people["helper"]
    assert (second.village, second.helper_id, second.head_id_number) == (WEST, None, None)


def test_english_headings_in_any_order_under_a_title_are_read(small: SmallCampaign) -> None:
    data = "Households of the county,,,,\nKind,Members,Household No,Head,Village\nedge,2,N-9,Wang,东村\n"
    report = imported(small, data)
    assert (report.problems, report.created) == ([], 1)
    assert homes(small)["N-9"].kind == "edge"


def test_what_spreadsheets_do_to_values_is_undone(small: SmallCampaign) -> None:
    row = ("Ｎ-1", f"'{EAST}", "", " 王　一 ", f'"=""{GOOD_ID.lower()}"""', "拟脱贫户", "３人", "")
    report = imported(small, sheet(row))
    assert report.problems == []
    home = homes(small)["N-1"]
    assert (home.head, home.head_id_number, home.members_registered) == ("王一", GOOD_ID, 3)


def test_columns_that_nobody_asked_for_are_named_and_left_out(small: SmallCampaign) -> None:
    report = imported(small, sheet((*FIRST, "无"), heading=(*HEADING, "备注")))
    assert (report.created, report.ignored) == (1, ("备注",))


# -- what is refused as a whole -----------------------------------------------------------------


def whole(small: SmallCampaign, data: str | bytes) -> str:
    report = imported(small, data, skip_bad=True)
    assert [problem.row for problem in report.problems] == [0]
    assert homes(small) == {}
    return str(report.problems[0].words)


def test_missing_and_unknown_columns_are_named_with_the_nearest_guess(small: SmallCampaign) -> None:
    said = whole(
        small, sheet(FIRST, heading=("户编码号", "村代码", "组", "户主", "证件", "户类型", "人口", "x"))
    )
    assert "缺少列：户编号" in said
    assert "“户编码号”（是不是“户编号”？）" in said
    assert "Missing columns: household_no" in said


def test_a_damaged_workbook_is_refused_in_a_sentence(small: SmallCampaign) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    assert "工作簿已损坏" in whole(small, out.getvalue())
    assert "no Excel workbook" in whole(small, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "文件是空的"),
        (b"\xff\x00\xff\x81", "不是 UTF-8 或 GBK"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "文件不是表格（是图片"),
        (bytes(range(128, 256)), "不是 UTF-8 或 GBK"),
        ("你好，世界".encode(), "没有找到表头"),
        (b"x" * (50 * 1024 * 1024 + 1), "最多 50 MB"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_in_a_sentence(
    small: SmallCampaign, data: bytes, said: str
) -> None:
    assert said in whole(small, data)


def test_without_a_campaign_nothing_can_be_imported(
    database: Database, clock: PushedClock, tmp_path: Path
) -> None:
    engine = Engine(database, DomainHost(tmp_path), clock)
    with database.writing() as session:
        report = bring_in(
            acting_now(session, engine, SYSTEM), "households", sheet(FIRST).encode(), "农户.csv"
        )
    assert "还没有专项行动" in report.problems[0].words.zh


# -- what is wrong in a row ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "value", "column", "said"),
    [
        (0, "", "户编号", "不能为空"),
        (1, "341226100999", "村代码", "没有代码为"),
        (1, "3.41226E+11", "村代码", "没有代码为"),
        (1, "东庄", "村代码", "是不是慎城镇东村"),
        (3, "", "户主", "不能为空"),
        (4, "12345", "证件号码", "18 位"),
        (4, "3.41226E+17", "证件号码", "科学计数"),
        (5, "富裕户", "户类型", "应为：拟脱贫户"),
        (6, "三", "人口", "整数"),
        (6, "0", "人口", "整数"),
        (6, "2.5", "人口", "整数"),
        (7, "helpr", "帮扶责任人", "是不是“helper"),
    ],
)
def test_a_bad_value_is_named_by_row_and_column(
    small: SmallCampaign, place: int, value: str, column: str, said: str
) -> None:
    row = list(FIRST)
    row[place] = value
    report = imported(small, sheet(SECOND, row))
    assert [(problem.row, problem.column) for problem in report.problems] == [(3, column)]
    assert said in report.problems[0].words.zh
    assert report.problems[0].words.zh.startswith(f"第 3 行“{column}”")
    assert report.problems[0].words.en.startswith("Row 3, ")
    assert (report.created, homes(small)) == (0, {})


def test_all_or_nothing_unless_bad_rows_are_skipped(small: SmallCampaign) -> None:
    bad = ("N-3", "无此村", "", "", "", "x", "y", "z")
    before = rows_of_history(small.database)
    report = imported(small, sheet(FIRST, bad, SECOND))
    assert len(report.problems) == 5
    assert (report.created, homes(small), rows_of_history(small.database)) == (0, {}, before)
    report = imported(small, sheet(FIRST, bad, SECOND), skip_bad=True)
    assert (report.created, sorted(homes(small))) == (2, ["N-1", "N-2"])


def test_a_row_with_too_many_cells_is_a_problem(small: SmallCampaign) -> None:
    report = imported(small, sheet((*FIRST, "多", "余")))
    assert "多出 2 个单元格" in report.problems[0].words.zh


def test_a_repeated_household_is_a_problem_and_a_repeated_identity_number_a_doubt(
    small: SmallCampaign,
) -> None:
    same_id = ("N-5", EAST, "", "赵五", GOOD_ID, "边缘户", "1", "")
    report = imported(small, sheet(FIRST, SECOND, FIRST, same_id))
    assert [(problem.row, problem.column) for problem in report.problems] == [(4, "户编号")]
    assert "与第 2 行重复" in report.problems[0].words.zh
    assert [(warning.row, warning.column) for warning in report.warnings] == [(5, "证件号码")]
    assert "户 N-1" in report.warnings[0].words.zh
    imported(small, sheet(FIRST))
    report = imported(small, sheet(same_id))
    assert (report.problems, report.created, report.doubtful) == ([], 1, 1)
    assert "户 N-1" in report.warnings[0].words.zh


def test_a_wrong_check_digit_is_doubted_and_kept(small: SmallCampaign) -> None:
    wrong = GOOD_ID[:-1] + ("0" if GOOD_ID[-1] != "0" else "1")
    report = imported(small, sheet((*FIRST[:4], wrong, *FIRST[5:])))
    assert (report.problems, report.created) == ([], 1)
    assert "校验位不对" in report.warnings[0].words.zh
    assert homes(small)["N-1"].head_id_number == wrong


def test_two_villages_of_one_name_need_the_town_or_the_code(small: SmallCampaign) -> None:
    with small.database.writing() as session:
        add_divisions(
            session,
            [
                Division("341226101", "谢桥镇", "town", COUNTY),
                Division("341226101201", "东村村委会", "village", "341226101"),
            ],
        )
    row = ("N-1", "东村", "王一", "边缘户", "2")
    heading = ("户编号", "村", "户主", "户类型", "人口")
    assert "有 2 个“东村”" in imported(small, sheet(row, heading=heading)).problems[0].words.zh
    report = imported(small, sheet((*row, "谢桥"), heading=(*heading, "乡镇")))
    assert report.problems == []
    assert homes(small)["N-1"].village == "341226101201"


def test_namesakes_are_told_apart_by_the_village_or_the_sign_in_name(small: SmallCampaign) -> None:
    with small.database.writing() as session:
        for login in ("helper", "west_helper", "helper_second"):
            session.get_one(Person, small.people[login]).name = "张三"
    west = ("N-2", WEST, "", "李二", "", "边缘户", "2", "张三")
    assert imported(small, sheet(west)).problems == []
    assert homes(small)["N-2"].helper_id == small.people["west_helper"]
    east = (*FIRST[:7], "张三")
    assert "3 人叫“张三”" in imported(small, sheet(east)).problems[0].words.zh
    assert imported(small, sheet((*FIRST[:7], "helper_second"))).problems == []


# -- importing again ----------------------------------------------------------------------------


def test_the_same_file_twice_changes_nothing(small: SmallCampaign) -> None:
    imported(small, sheet(FIRST, SECOND))
    before = rows_of_history(small.database)
    report = imported(small, sheet(FIRST, SECOND))
    assert (report.created, report.changed, report.unchanged) == (0, 0, 2)
    assert rows_of_history(small.database) == before


def test_a_change_is_kept_with_before_and_after_and_an_empty_cell_changes_nothing(
    small: SmallCampaign,
) -> None:
    imported(small, sheet(FIRST))
    row = ("N-1", EAST, "", "王一", OTHER_ID, "边缘户", "4", "")
    report = imported(small, sheet(row))
    assert (report.created, report.changed) == (0, 1)
    home = homes(small)["N-1"]
    assert (home.kind, home.members_registered, home.group_no) == ("edge", 4, "3组")
    assert home.helper_id == small.people["helper"]
    assert small.actions(f"household:{home.id}") == ["registered", "changed"]
    with small.database.reading() as session:
        detail = session.scalars(
            select(history.c.detail)
            .where(history.c.key == f"household:{home.id}")
            .order_by(history.c.id.desc())
        ).first()
    assert '"exit_planned"' in str(detail)
    assert GOOD_ID not in str(detail)
    assert OTHER_ID not in str(detail)


def test_a_household_does_not_move_to_another_village_by_import(small: SmallCampaign) -> None:
    imported(small, sheet(FIRST))
    report = imported(small, sheet(("N-1", WEST, *FIRST[2:])))
    assert "已登记在村" in report.problems[0].words.zh


def test_a_new_helper_finds_the_open_visit_on_the_desk_also_after_a_return(small: SmallCampaign) -> None:
    small.begin()
    key = f"household:{small.homes['201-001']}"
    row = ("201-001", EAST, "", "户主1", "", "registered", "3", "helper_second")
    assert imported(small, sheet(row)).changed == 1
    assert small.item(key, "visit").owner == f"person:{small.people['helper_second']}"
    assert "assigned" in small.actions(key)
    values = {
        "visited_on": "2019-09-02",
        "second_visitor": "同行",
        "met": "absent",
        "next_visit_on": "2019-09-04",
    }
    small.do("helper_second", key, "visit", **values)
    assert small.item(key, "visit").owner == f"person:{small.people['helper_second']}"


# -- numbers and sheets as such -----------------------------------------------------------------


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_of_an_identity_number_is_always_found(body: str, place: int, off: int) -> None:
    wrong = body[:place] + str((int(body[place]) + off) % 10) + body[place + 1 :]
    assert check_digit(wrong) != check_digit(body)


@pytest.mark.parametrize(
    ("number", "fine"),
    [
        ("11010519491231002X", True),
        ("110105194912310021", False),
        ("110105491231002", True),
        ("110105491331002", False),
        ("11010519491231002X42", True),
        ("11010519491231002X42B1", True),
        ("", False),
        ("1e9", False),
    ],
)
def test_identity_numbers_old_and_new(number: str, fine: bool) -> None:
    assert (identity_problem(number) is None) is fine


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_file_is_answered_with_anything_but_a_sentence(data: bytes) -> None:
    with contextlib.suppress(UnreadableSheet), opened(data) as grids:
        list(find_sheet(grids, COLUMNS).lines())
