"""What people send for a field, read by the field's type.

Values come out as plain JSON: texts trimmed, numbers as int when whole and else float (money too, at
most two decimals), dates as ``2019-09-24`` and dates with time as ``2019-09-24T18:00:00`` (with an
offset only when one was given), yes_no_na as ``yes``, ``no`` or ``na``, choices as a list of ids,
files as a list of ids.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from engine.forms.fields import Field
from engine.json import Json, Values
from engine.text import LocalizedText

_LARGEST = Decimal(10) ** 15
_MOST_ITEMS = 500
"""Rows, files or choices in one field."""
_MOST_JSON = 200_000
"""Characters of a json, table or checklist value when written out."""


class WrongValue(ValueError):
    """A sent value that cannot be taken."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.words = LocalizedText(zh, en)


def read_value(field: Field, value: object) -> Json:
    """A sent value as it is kept; None when nothing was sent. Limits are not looked at here.

    Raises:
        Wrong: it is nothing that a field of this type can take.
    """
    return _READERS[field.type](field, value)


_FULL_WIDTH_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _plain(value: object) -> str | None:
    """A sent value as trimmed text; None when nothing was sent."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise WrongValue("这里应填写文字。", "Text is wanted here.")
    text = str(value).strip()
    if _CONTROL.search(text) or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise WrongValue("含有无法保存的控制字符。", "It has control characters that cannot be kept.")
    return text or None


def _string(_one: Field, value: object) -> str | None:
    text = _plain(value)
    return None if text is None else re.sub(r"\s*[\r\n]+\s*", " ", text).translate(_FULL_WIDTH_DIGITS)


def _long_text(_one: Field, value: object) -> str | None:
    text = _plain(value)
    return None if text is None else text.replace("\r\n", "\n").replace("\r", "\n")


def _number(field: Field, value: object) -> int | float | None:
    if isinstance(value, bool):
        raise WrongValue("请填写数字。", "A number is wanted.")
    text = _plain(value)
    if text is None:
        return None
    text = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "").strip("¥元")
    try:
        exact = (
            Decimal(text.replace("−", "-"))
            if re.fullmatch(r"[+\-−]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", text)
            else None
        )
    except InvalidOperation:
        exact = None
    if exact is None:
        raise WrongValue("请填写数字。", "A number is wanted.")
    if abs(exact) >= _LARGEST:
        raise WrongValue("数字太大。", "The number is too large.")
    if exact == exact.to_integral_value():
        return int(exact)
    if field.whole:
        raise WrongValue("请填写整数。", "A whole number is wanted.")
    if field.type == "money" and exact != round(exact, 2):
        raise WrongValue("金额最多两位小数。", "An amount has at most two decimals.")
    return float(exact)


_DAY = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?")
_CLOCK = re.compile(r"(\d{1,2})(?::|时|点)(\d{1,2})分?(?::?(\d{1,2})(?:\.\d+)?秒?)?(Z|[+-]\d{2}:?\d{2})?")


def _date(_one: Field, value: object) -> str | None:
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    text = _plain(value)
    return (
        None
        if text is None
        else _read_day(re.sub(r"\s", "", unicodedata.normalize("NFKC", text))).isoformat()
    )


def _read_day(text: str) -> dt.date:
    match = _DAY.fullmatch(text) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    try:
        if match is not None:
            return dt.date(int(match.group(1)), int(match.group(2)), int(match.group(3)))
    except ValueError:
        raise WrongValue("没有这一天。", "There is no such day.") from None
    raise WrongValue("请填写日期，如 2019-09-24 或 2019年9月24日。", "A date is wanted, such as 2019-09-24.")


def _datetime(_one: Field, value: object) -> str | None:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    text = _plain(value)
    if text is None:
        return None
    day, clock = _halves(unicodedata.normalize("NFKC", text))
    read = _read_day(day)
    match = _CLOCK.fullmatch(clock) if clock else None
    if match is None:
        raise WrongValue(
            "请填写日期和时间，如 2019-09-24 18:00。",
            "A date and a time are wanted, such as 2019-09-24 18:00.",
        )
    try:
        at = dt.time(int(match.group(1)), int(match.group(2)), int(match.group(3) or 0))
        return dt.datetime.fromisoformat(
            dt.datetime.combine(read, at).isoformat() + (match.group(4) or "")
        ).isoformat()
    except ValueError:
        raise WrongValue("没有这个时刻。", "There is no such time.") from None


def _halves(text: str) -> tuple[str, str]:
    match = re.match(
        r"(\d{4}\s*(?:-|/|\.|年)\s*\d{1,2}\s*(?:-|/|\.|月)\s*\d{1,2}\s*日?)(?:[T\s]\s*|(?<=日))(.*)", text
    )
    return (re.sub(r"\s", "", match.group(1)), re.sub(r"\s", "", match.group(2))) if match else (text, "")


_YES = {"true", "on", "1", "yes", "y", "是", "有", "同意"}
_NO = {"false", "off", "0", "no", "n", "否", "无", "不同意"}
_NA = {"na", "n/a", "不涉及", "不适用"}


def _boolean(_one: Field, value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    text = _plain(value)
    if text is None:
        return None
    if text.lower() in _YES or text.lower() in _NO:
        return text.lower() in _YES
    raise WrongValue("请选择“是”或“否”。", "Yes or no is wanted.")


def _yes_no_na(_one: Field, value: object) -> str | None:
    text = ("yes" if value else "no") if isinstance(value, bool) else _plain(value)
    if text is None:
        return None
    for answer, texts in (("yes", _YES), ("no", _NO), ("na", _NA)):
        if text.lower() in texts:
            return answer
    raise WrongValue("请选择“是”“否”或“不涉及”。", "Yes, no or “does not apply” is wanted.")


def _choice(field: Field, value: object) -> str | None:
    if isinstance(value, bool):
        value = "true" if value else "false"
    return _string(field, value)


def _choices(field: Field, value: object) -> list[str] | None:
    if value is None:
        return None
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)) or len(parts) > _MOST_ITEMS:
        raise WrongValue("请从列出的选项中选择。", "Please choose one of the options.")
    result = [text for text in (_choice(field, part) for part in parts) if text is not None]
    return list(dict.fromkeys(result)) or None


def _reference(field: Field, value: object) -> int | str | None:
    """A person, unit or household by its number; an area by its code."""
    text = _string(field, value)
    if text is None:
        return None
    if len(text) > 100:
        raise WrongValue("请从列出的选项中选择。", "Please choose one of the options.")
    return int(text) if field.type != "area" and re.fullmatch(r"\d{1,18}", text) else text


def _files(field: Field, value: object) -> list[int | str] | None:
    if value is None:
        return None
    parts = value if isinstance(value, (list, tuple)) else [value]
    if len(parts) > _MOST_ITEMS:
        raise WrongValue(f"最多 {_MOST_ITEMS} 个文件。", f"At most {_MOST_ITEMS} files.")
    result = [number for number in (_reference(field, part) for part in parts) if number is not None]
    return list(dict.fromkeys(result)) or None


def _json(_one: Field, value: object) -> Json:
    if isinstance(value, str):
        if not value.strip():
            return None
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise WrongValue("不是有效的 JSON。", "This is not valid JSON.") from None
    return _bounded(value)


def _bounded(value: object) -> Json:
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
        written.encode()
    except (TypeError, ValueError, RecursionError):
        raise WrongValue("内容无法保存。", "This cannot be kept.") from None
    if len(written) > _MOST_JSON:
        raise WrongValue("内容过长。", "This is too long.")
    if "\\u0000" in written:
        raise WrongValue("含有无法保存的控制字符。", "It has control characters that cannot be kept.")
    result: Json = json.loads(written)
    return result


def _table(field: Field, value: object) -> list[Values] | None:
    rows = _json(field, value)
    if rows is None:
        return None
    if (
        not isinstance(rows, list)
        or len(rows) > _MOST_ITEMS
        or not all(isinstance(row, Mapping) for row in rows)
    ):
        raise WrongValue(
            f"应为最多 {_MOST_ITEMS} 行的表格。", f"A table of at most {_MOST_ITEMS} rows is wanted."
        )
    columns = _columns_of(field)
    cleaned = [
        {column: _cell(row.get(column)) for column in columns or row}
        for row in rows
        if isinstance(row, Mapping)
    ]
    return [row for row in cleaned if any(cell not in (None, "") for cell in row.values())] or None


def _columns_of(field: Field) -> list[str]:
    """The columns of a table field: its options, else its property ``columns`` (``id:title, id:title``)."""
    if field.options:
        return [option.id for option in field.options]
    return [
        part.partition(":")[0].strip()
        for part in field.properties.get("columns", "").split(",")
        if part.strip()
    ]


def _cell(value: object) -> Json:
    if isinstance(value, str):
        return (_plain(value) or "").translate(_FULL_WIDTH_DIGITS)
    return value if value is None or isinstance(value, (int, float)) else str(value)[:1_000]


def _checklist(field: Field, value: object) -> Values | None:
    items = _json(field, value)
    if items is None or items == {}:
        return None
    if (
        not isinstance(items, Mapping)
        or len(items) > _MOST_ITEMS
        or not all(isinstance(item, Mapping) for item in items.values())
    ):
        raise WrongValue("核查项目的内容不对。", "The check items cannot be read.")
    return {
        str(code): {
            "answer": _yes_no_na(field, item.get("answer")),
            "reason": _plain(item.get("reason")) or "",
            "photos": _files(field, item.get("photos")) or [],
        }
        for code, item in items.items()
        if isinstance(item, Mapping)
    }


_READERS: dict[str, Callable[[Field, object], Json]] = {
    "string": _string,
    "long_text": _long_text,
    "number": _number,
    "money": _number,
    "date": _date,
    "datetime": _datetime,
    "boolean": _boolean,
    "yes_no_na": _yes_no_na,
    "choice": _choice,
    "choices": _choices,
    "person": _reference,
    "unit": _reference,
    "area": _reference,
    "household": _reference,
    "photo": _files,
    "file": _files,
    "table": _table,
    "checklist": _checklist,
    "json": _json,
}
