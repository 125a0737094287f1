"""Workbooks as offices really make them, and files that are made to do harm."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from rectification.imports.households import COLUMNS
from rectification.imports.sheets import SheetRow, find_sheet
from rectification.imports.workbooks import UnreadableSheet, opened

HEADING = ("户编号", "村", "户主", "户类型", "人口")


def book(*sheets: tuple[str, Sequence[Sequence[Any]]]) -> bytes:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    date = made.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets:
        page = made.add_worksheet(name)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    page.write_datetime(number, place, cell, date)
                elif cell != "":
                    page.write(number, place, cell)
    made.close()
    return out.getvalue()


def lines(data: bytes) -> list[SheetRow]:
    with opened(data) as grids:
        return list(find_sheet(grids, COLUMNS).lines())


def test_an_offices_own_workbook_is_read_with_the_row_numbers_that_it_shows() -> None:
    rows = [
        ("某某县2019年建档立卡户花名册",),
        (),
        ("序号", "户主信息", "", "", "户类型", "家庭人口", "户编号", "村"),
        ("", "姓名", "身份证号", "联系电话", "", "", "", ""),
        (1, "张三", "３４１２２６１９５００１０１１２３４", 13800000000, "拟脱贫户", "３人", "N-1", "东村"),
        (),
        (2, "李四", "", "", "边缘户", 2, "N-2", "西村"),
    ]
    found = lines(book(("说明", [("本表由各乡镇填报",)]), ("农户", rows)))
    assert [line.number for line in found] == [5, 7]
    assert found[0].cells == {
        "number": "N-1", "village": "东村", "head": "张三", "head_id_number": "341226195001011234",
        "phone": "13800000000", "kind": "拟脱贫户", "members_registered": "3人",
    }  # fmt: skip


def test_an_old_workbook_is_read_too() -> None:
    """Saved as Excel 97."""
    found = lines((Path(__file__).parent / "old_office.xls").read_bytes())
    assert [line.number for line in found] == [3, 4]
    assert found[0].cells["head"] == "张三"
    assert found[1].cells["head_id_number"] == "341226195001011234"


def test_the_example_row_of_a_template_is_no_household() -> None:
    found = lines(
        book(
            ("农户", [HEADING, ("示例-1", "东村", "王一", "边缘户", 2), ("N-1", "东村", "王一", "边缘户", 2)])
        )
    )
    assert [line.cells["number"] for line in found] == ["N-1"]


def refused(data: bytes) -> str:
    with pytest.raises(UnreadableSheet) as caught:
        lines(data)
    return str(caught.value.words.zh)


def test_a_workbook_that_unpacks_to_a_thousandfold_is_not_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * 20_000_000)
    assert "异常庞大" in refused(out.getvalue())


def test_a_cell_in_the_farthest_corner_harms_nobody() -> None:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out)
    page = made.add_worksheet()
    page.write(0, 0, "户编号")
    page.write(1_048_575, 16_383, "x")
    made.close()
    assert "异常庞大" in refused(out.getvalue())


def test_a_workbook_is_read_in_half_a_gigabyte_or_refused() -> None:
    """Two gigabytes of empty cells between two that are filled."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out)
    page = made.add_worksheet()
    page.write(0, 0, "户编号")
    page.write(1_048_575, 80, "x")
    made.close()
    assert "异常庞大" in refused(out.getvalue())


def test_two_hundred_thousand_rows_are_read_within_that() -> None:
    cells = "".join(
        f'<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>N-{row}</t></is></c>'
        f'<c r="B{row}" t="inlineStr"><is><t>某某镇某某村第{row}户</t></is></c><c r="C{row}"><v>{row}</v></c></row>'
        for row in range(2, 200_002)
    )
    heads = "".join(
        f'<c r="{at}1" t="inlineStr"><is><t>{name}</t></is></c>'
        for at, name in zip("ABC", ("户编号", "户主", "人口"), strict=True)
    )
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book(("农户", [HEADING])))) as packed,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as again,
    ):
        for name in packed.namelist():
            text = packed.read(name)
            if name == "xl/worksheets/sheet1.xml":
                start, end = text.index(b"<sheetData>") + len(b"<sheetData>"), text.index(b"</sheetData>")
                text = text[:start] + f'<row r="1">{heads}</row>{cells}'.encode() + text[end:]
            again.writestr(name, text)
    with opened(out.getvalue()) as grids:
        rows = list(grids[0].rows())
    assert (len(rows), rows[-1]) == (200_001, (200_001, ["N-200001", "某某镇某某村第200001户", "200001"]))


def test_a_document_type_in_a_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(("农户", [HEADING])))) as packed, zipfile.ZipFile(out, "w") as again:
        for name in packed.namelist():
            text = packed.read(name)
            if name == "xl/sharedStrings.xml":
                text = text.replace(
                    b"<sst", b'<!DOCTYPE s [<!ENTITY e SYSTEM "file:///etc/hostname">]><sst', 1
                )
                text = text.replace("户编号".encode(), b"&e;")
            again.writestr(name, text)
    assert "已损坏" in refused(out.getvalue())


@pytest.mark.parametrize("name", ["\x89PNG\r\n\x1a\n", "%PDF-1.7 "])
def test_a_picture_that_is_named_as_a_workbook_is_no_spreadsheet(name: str) -> None:
    assert "文件不是表格" in refused(name.encode("latin-1") + b"1234567890" * 20)


@pytest.mark.parametrize("before", [0, 40])
def test_a_quote_that_never_closes_is_refused_with_its_line(before: int) -> None:
    good = 'N-1,东村,"王""一",边缘户,2\nN-2,"东\n村",王一,边缘户,2\n' * before
    text = ",".join(HEADING) + "\n" + good
    assert len(lines(f"{text}N-3,东村,王一,边缘户,2".encode())) == 2 * before + 1
    said = refused(f'{text}N-3,东村,"王一,边缘户,2\nN-4,东村,王一,边缘户,2\n'.encode())
    assert f"从第 {2 + 3 * before} 行开始" in said
