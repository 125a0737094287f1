"""The form that stands inside a diagram: camunda:formData, and how what people send is read.

Values come out as plain JSON: texts trimmed, numbers as int when whole and else float (money too, at
most two decimals), dates as ``2019-09-24`` and dates with time as ``2019-09-24T18:00:00`` (with an
offset only when one was given), yes_no_na as ``yes``, ``no`` or ``na``, choices as a list of ids,
files as a list of ids. What the form does not declare is dropped.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from engine.expressions import Expression, ExpressionError, compile_expression
from engine.expressions.patterns import matches_all, pattern_problem
from engine.words import Words

CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
TYPES = {
    "string": "string",
    "text": "string",
    "long_text": "long_text",
    "textarea": "long_text",
    "long": "number",
    "int": "number",
    "integer": "number",
    "number": "number",
    "decimal": "number",
    "double": "number",
    "float": "number",
    "money": "money",
    "date": "date",
    "datetime": "datetime",
    "boolean": "boolean",
    "yes_no_na": "yes_no_na",
    "enum": "choice",
    "choice": "choice",
    "choices": "choices",
    "person": "person",
    "unit": "unit",
    "area": "area",
    "household": "household",
    "photo": "photo",
    "file": "file",
    "table": "table",
    "checklist": "checklist",
    "json": "json",
}
"""What an owner may write as a field's type, and the type that it is."""
_WHOLE = ("long", "int", "integer")
_LONGEST = {"string": 1_000, "long_text": 20_000}
_LARGEST = Decimal(10) ** 15
MOST_ITEMS = 500
"""Rows, files or choices in one field."""
MOST_JSON = 200_000
"""Characters of a json, table or checklist value when written out."""

Functions = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True, slots=True)
class Option:
    """One of the values to choose from."""

    id: str
    label: Words


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Minimum and maximum are a number for numbers and money, and an ISO date for dates. Limits,
    options and defaults that the diagram works out stand in the ``…_from`` expressions.
    """

    id: str
    type: str
    label: Words
    help: Words | None = None
    required: bool = False
    minimum: Any = None
    maximum: Any = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    options: tuple[Option, ...] = ()
    default: Any = None
    shown_if: Expression | None = None
    readonly: bool = False
    properties: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    required_if: Expression | None = None
    minimum_from: Expression | None = None
    maximum_from: Expression | None = None
    options_from: Expression | None = None
    default_from: Expression | None = None


@dataclass(frozen=True, slots=True)
class FormReading:
    """What came of reading sent values: clean ones, and a sentence per field that is wrong."""

    values: dict[str, Any]
    problems: dict[str, Words]


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A fault in the drawing of a form: which field, and why."""

    field: str
    words: Words


class _Wrong(ValueError):
    """A sent value that cannot be taken."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.words = Words(zh, en)


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a task, in their order."""

    fields: tuple[Field, ...] = ()

    def read(
        self,
        values: Mapping[str, Any],
        scope: Mapping[str, Any] | None = None,
        functions: Functions | None = None,
    ) -> FormReading:
        """Take what people sent: clean it, and say what is wrong. A field that is not shown is empty.

        ``scope`` are the instance's variables, which conditions of fields may name.
        """
        clean: dict[str, Any] = {}
        problems: dict[str, Words] = {}
        for one in self.fields:
            if one.readonly:
                continue
            try:
                clean[one.id] = _READERS[one.type](one, values.get(one.id))
            except _Wrong as fault:
                problems[one.id] = fault.words
                clean[one.id] = None
        names = self._names(clean, scope or {})
        hidden = self._hidden(names, functions or {}, problems)
        for one in self.fields:
            if one.id in hidden:
                if not one.readonly:
                    clean[one.id] = None
                problems.pop(one.id, None)
            elif not one.readonly and one.id not in problems:
                self._judge(one, clean[one.id], names, functions or {}, problems)
        return FormReading({key: value for key, value in clean.items() if key not in problems}, problems)

    def prefilled(self, scope: Mapping[str, Any], functions: Functions | None = None) -> dict[str, Any]:
        """What stands in the form before anybody typed: the instance's variables, else the defaults."""
        found: dict[str, Any] = {}
        for one in self.fields:
            value = scope.get(one.id)
            if value is None and one.default_from is not None:
                try:
                    value = one.default_from.evaluate(scope, functions or {})
                except ExpressionError:
                    value = None
            found[one.id] = one.default if value is None else value
        return found

    def _names(self, clean: dict[str, Any], scope: Mapping[str, Any]) -> Mapping[str, Any]:
        fixed = {one.id: scope.get(one.id) for one in self.fields if one.readonly}
        return ChainMap(clean, fixed, scope)  # type: ignore[arg-type]

    def _hidden(self, names: Mapping[str, Any], functions: Functions, problems: dict[str, Words]) -> set[str]:
        """Fields that are not shown; a hidden field is empty for the conditions of the others."""
        hidden: set[str] = set()
        for _ in range(len(self.fields)):
            view: Mapping[str, Any] = ChainMap(dict.fromkeys(hidden), names)  # type: ignore[arg-type]
            now = {
                one.id
                for one in self.fields
                if one.shown_if is not None and not _holds(one, one.shown_if, view, functions, problems, True)
            }
            if now == hidden:
                break
            hidden = now
        if isinstance(names, ChainMap):
            names.maps.insert(0, dict.fromkeys(hidden))
        return hidden

    def _judge(
        self,
        one: Field,
        value: Any,
        names: Mapping[str, Any],
        functions: Functions,
        problems: dict[str, Words],
    ) -> None:
        if value is None or value == []:
            wanted = one.required or (
                one.required_if is not None
                and _holds(one, one.required_if, names, functions, problems, False)
            )
            if wanted and one.id not in problems:
                choosing = one.type in (
                    "choice",
                    "choices",
                    "yes_no_na",
                    "person",
                    "unit",
                    "area",
                    "household",
                )
                problems[one.id] = (
                    Words("请选择。", "Please choose.")
                    if choosing
                    else Words("请填写。", "Please fill this in.")
                )
            return
        try:
            _within(one, value, names, functions)
            _among(one, value, names, functions)
        except _Wrong as fault:
            problems[one.id] = fault.words
        except ExpressionError as error:
            problems[one.id] = error.words


def _holds(
    one: Field,
    condition: Expression,
    names: Mapping[str, Any],
    functions: Functions,
    problems: dict[str, Words],
    otherwise: bool,
) -> bool:
    try:
        return condition.evaluate(names, functions) is True
    except ExpressionError as error:
        problems.setdefault(one.id, error.words)
        return otherwise


# -- limits ------------------------------------------------------------------------------------


def _within(one: Field, value: Any, names: Mapping[str, Any], functions: Functions) -> None:
    low = _limit(one.minimum, one.minimum_from, names, functions)
    high = _limit(one.maximum, one.maximum_from, names, functions)
    is_date = one.type in ("date", "datetime")
    if low is not None and _before(value, low):
        raise (
            _Wrong(f"不得早于 {low}。", f"Not before {low}.")
            if is_date
            else _Wrong(f"不得小于 {low}。", f"Not less than {low}.")
        )
    if high is not None and _before(high, value):
        raise (
            _Wrong(f"不得晚于 {high}。", f"Not after {high}.")
            if is_date
            else _Wrong(f"不得大于 {high}。", f"Not more than {high}.")
        )
    if isinstance(value, (str, list)):
        _long_enough(one, value)
    if one.pattern and isinstance(value, str) and not matches_all(one.pattern, value):
        raise _Wrong("格式不对。", "This is not in the form that is wanted.")


def _limit(fixed: Any, worked_out: Expression | None, names: Mapping[str, Any], functions: Functions) -> Any:
    if worked_out is None:
        return fixed
    value = worked_out.evaluate(names, functions)
    return value.isoformat() if isinstance(value, dt.date) else value


def _before(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        shorter = min(len(left), len(right), 19)
        return left[:shorter] < right[:shorter]
    numbers = all(isinstance(one, (int, float)) for one in (left, right))
    return bool(numbers and left < right)


def _long_enough(one: Field, value: str | list[Any]) -> None:
    zh, en = ("个字符", "characters") if isinstance(value, str) else ("项", "items")
    if one.min_length is not None and len(value) < one.min_length:
        raise _Wrong(f"至少 {one.min_length} {zh}。", f"At least {one.min_length} {en}.")
    most = one.max_length if one.max_length is not None else _LONGEST.get(one.type)
    if most is not None and len(value) > most:
        raise _Wrong(f"最多 {most} {zh}（现在 {len(value)}）。", f"At most {most} {en} (now {len(value)}).")


def _among(one: Field, value: Any, names: Mapping[str, Any], functions: Functions) -> None:
    if one.type not in ("choice", "choices"):
        return
    known = {option.id for option in one.options}
    if one.options_from is not None:
        offered = one.options_from.evaluate(names, functions)
        known |= {str(row.get("id")) if isinstance(row, Mapping) else str(row) for row in offered or []}
    for chosen in value if isinstance(value, list) else [value]:
        if chosen not in known:
            raise _Wrong("请从列出的选项中选择。", "Please choose one of the options.")


# -- reading one value of each type ------------------------------------------------------------

_FULL_WIDTH_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _plain(value: Any) -> str | None:
    """A sent value as trimmed text; None when nothing was sent."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise _Wrong("这里应填写文字。", "Text is wanted here.")
    text = str(value).strip()
    if _CONTROL.search(text) or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise _Wrong("含有无法保存的控制字符。", "It has control characters that cannot be kept.")
    return text or None


def _string(_one: Field, value: Any) -> str | None:
    text = _plain(value)
    return None if text is None else re.sub(r"\s*[\r\n]+\s*", " ", text).translate(_FULL_WIDTH_DIGITS)


def _long_text(_one: Field, value: Any) -> str | None:
    text = _plain(value)
    return None if text is None else text.replace("\r\n", "\n").replace("\r", "\n")


def _number(one: Field, value: Any) -> int | float | None:
    if isinstance(value, bool):
        raise _Wrong("请填写数字。", "A number is wanted.")
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
        raise _Wrong("请填写数字。", "A number is wanted.")
    if abs(exact) >= _LARGEST:
        raise _Wrong("数字太大。", "The number is too large.")
    if exact == exact.to_integral_value():
        return int(exact)
    if one.whole:
        raise _Wrong("请填写整数。", "A whole number is wanted.")
    if one.type == "money" and exact != round(exact, 2):
        raise _Wrong("金额最多两位小数。", "An amount has at most two decimals.")
    return float(exact)


_DAY = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?")
_CLOCK = re.compile(r"(\d{1,2})(?::|时|点)(\d{1,2})分?(?::?(\d{1,2})(?:\.\d+)?秒?)?(Z|[+-]\d{2}:?\d{2})?")


def _date(_one: Field, value: Any) -> str | None:
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
    found = _DAY.fullmatch(text) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    try:
        if found is not None:
            return dt.date(int(found.group(1)), int(found.group(2)), int(found.group(3)))
    except ValueError:
        raise _Wrong("没有这一天。", "There is no such day.") from None
    raise _Wrong("请填写日期，如 2019-09-24 或 2019年9月24日。", "A date is wanted, such as 2019-09-24.")


def _datetime(_one: Field, value: Any) -> str | None:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    text = _plain(value)
    if text is None:
        return None
    day, clock = _halves(unicodedata.normalize("NFKC", text))
    read = _read_day(day)
    found = _CLOCK.fullmatch(clock) if clock else None
    if found is None:
        raise _Wrong(
            "请填写日期和时间，如 2019-09-24 18:00。",
            "A date and a time are wanted, such as 2019-09-24 18:00.",
        )
    try:
        at = dt.time(int(found.group(1)), int(found.group(2)), int(found.group(3) or 0))
        return dt.datetime.fromisoformat(
            dt.datetime.combine(read, at).isoformat() + (found.group(4) or "")
        ).isoformat()
    except ValueError:
        raise _Wrong("没有这个时刻。", "There is no such time.") from None


def _halves(text: str) -> tuple[str, str]:
    found = re.match(
        r"(\d{4}\s*(?:-|/|\.|年)\s*\d{1,2}\s*(?:-|/|\.|月)\s*\d{1,2}\s*日?)(?:[T\s]\s*|(?<=日))(.*)", text
    )
    return (re.sub(r"\s", "", found.group(1)), re.sub(r"\s", "", found.group(2))) if found else (text, "")


_YES = {"true", "on", "1", "yes", "y", "是", "有", "同意"}
_NO = {"false", "off", "0", "no", "n", "否", "无", "不同意"}
_NA = {"na", "n/a", "不涉及", "不适用"}


def _boolean(_one: Field, value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    text = _plain(value)
    if text is None:
        return None
    if text.lower() in _YES or text.lower() in _NO:
        return text.lower() in _YES
    raise _Wrong("请选择“是”或“否”。", "Yes or no is wanted.")


def _yes_no_na(_one: Field, value: Any) -> str | None:
    text = ("yes" if value else "no") if isinstance(value, bool) else _plain(value)
    if text is None:
        return None
    for answer, texts in (("yes", _YES), ("no", _NO), ("na", _NA)):
        if text.lower() in texts:
            return answer
    raise _Wrong("请选择“是”“否”或“不涉及”。", "Yes, no or “does not apply” is wanted.")


def _choice(one: Field, value: Any) -> str | None:
    if isinstance(value, bool):
        value = "true" if value else "false"
    return _string(one, value)


def _choices(one: Field, value: Any) -> list[str] | None:
    if value is None:
        return None
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)) or len(parts) > MOST_ITEMS:
        raise _Wrong("请从列出的选项中选择。", "Please choose one of the options.")
    found = [text for text in (_choice(one, part) for part in parts) if text is not None]
    return list(dict.fromkeys(found)) or None


def _reference(one: Field, value: Any) -> int | str | None:
    """A person, unit or household by its number; an area by its code."""
    text = _string(one, value)
    if text is None:
        return None
    if len(text) > 100:
        raise _Wrong("请从列出的选项中选择。", "Please choose one of the options.")
    return int(text) if one.type != "area" and re.fullmatch(r"\d{1,18}", text) else text


def _files(one: Field, value: Any) -> list[int | str] | None:
    if value is None:
        return None
    parts = value if isinstance(value, (list, tuple)) else [value]
    if len(parts) > MOST_ITEMS:
        raise _Wrong(f"最多 {MOST_ITEMS} 个文件。", f"At most {MOST_ITEMS} files.")
    found = [number for number in (_reference(one, part) for part in parts) if number is not None]
    return list(dict.fromkeys(found)) or None


def _json(_one: Field, value: Any) -> Any:
    if isinstance(value, str):
        if not value.strip():
            return None
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise _Wrong("不是有效的 JSON。", "This is not valid JSON.") from None
    return _bounded(value)


def _bounded(value: Any) -> Any:
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
        written.encode()
    except (TypeError, ValueError, RecursionError):
        raise _Wrong("内容无法保存。", "This cannot be kept.") from None
    if len(written) > MOST_JSON:
        raise _Wrong("内容过长。", "This is too long.")
    if "\\u0000" in written:
        raise _Wrong("含有无法保存的控制字符。", "It has control characters that cannot be kept.")
    return value


def _table(one: Field, value: Any) -> list[dict[str, Any]] | None:
    rows = _json(one, value)
    if rows is None:
        return None
    if (
        not isinstance(rows, list)
        or len(rows) > MOST_ITEMS
        or not all(isinstance(row, Mapping) for row in rows)
    ):
        raise _Wrong(f"应为最多 {MOST_ITEMS} 行的表格。", f"A table of at most {MOST_ITEMS} rows is wanted.")
    columns = columns_of(one)
    cleaned = [{column: _cell(row.get(column)) for column in columns or row} for row in rows]
    return [row for row in cleaned if any(cell not in (None, "") for cell in row.values())] or None


def columns_of(one: Field) -> list[str]:
    """The columns of a table field: its options, else its property ``columns`` (``id:title, id:title``)."""
    if one.options:
        return [option.id for option in one.options]
    return [
        part.partition(":")[0].strip()
        for part in one.properties.get("columns", "").split(",")
        if part.strip()
    ]


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return (_plain(value) or "").translate(_FULL_WIDTH_DIGITS)
    return value if value is None or isinstance(value, (int, float)) else str(value)[:1_000]


def _checklist(one: Field, value: Any) -> dict[str, Any] | None:
    items = _json(one, value)
    if items is None or items == {}:
        return None
    if (
        not isinstance(items, Mapping)
        or len(items) > MOST_ITEMS
        or not all(isinstance(item, Mapping) for item in items.values())
    ):
        raise _Wrong("核查项目的内容不对。", "The check items cannot be read.")
    return {
        str(code): {
            "answer": _yes_no_na(one, item.get("answer")),
            "reason": _plain(item.get("reason")) or "",
            "photos": _files(one, item.get("photos")) or [],
        }
        for code, item in items.items()
    }


_READERS: dict[str, Callable[[Field, Any], Any]] = {
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


# -- reading the diagram -----------------------------------------------------------------------


def parse_form(element: etree._Element) -> Form:
    """The form of a user task (or of its extensionElements); no fields when it has none.

    Raises:
        ExpressionError: for the first field that is drawn wrongly.
    """
    form, problems = read_form(element)
    if problems:
        raise ExpressionError(problems[0].words)
    return form


def read_form(element: etree._Element) -> tuple[Form, list[FieldProblem]]:
    """The form of an element and everything that is wrong with its drawing."""
    data = next(iter(element.findall(f"{CAMUNDA}formData")), None)
    if data is None:
        data = next(
            (
                one
                for child in element
                if _local(child) == "extensionElements"
                for one in child.findall(f"{CAMUNDA}formData")
            ),
            None,
        )
    if data is None:
        return Form(()), []
    problems: list[FieldProblem] = []
    fields = tuple(_FieldReader(node, problems).read() for node in data.findall(f"{CAMUNDA}formField"))
    seen: set[str] = set()
    for one in fields:
        if one.id in seen:
            problems.append(
                FieldProblem(
                    one.id,
                    Words(
                        f"字段 id“{one.id}”用了不止一次。", f"The field id “{one.id}” is used more than once."
                    ),
                )
            )
        seen.add(one.id)
    return Form(fields), problems


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


class _FieldReader:
    """Reads one camunda:formField."""

    def __init__(self, node: etree._Element, problems: list[FieldProblem]) -> None:
        self.node = node
        self.problems = problems
        self.id = node.get("id", "")
        self.properties = {
            one.get("id", ""): one.get("value", "")
            for one in node.findall(f"{CAMUNDA}properties/{CAMUNDA}property")
        }
        self.constraints = {
            one.get("name", ""): one.get("config", "")
            for one in node.findall(f"{CAMUNDA}validation/{CAMUNDA}constraint")
        }

    def read(self) -> Field:
        written = self.node.get("type", "string")
        kind = TYPES.get(written)
        if not re.fullmatch(r"[^\W\d]\w*", self.id):
            self._problem(
                f"字段 id“{self.id}”只能由文字、数字和下划线组成，且不能以数字开头。",
                f"The field id “{self.id}” must be letters, digits and underscores, and may not begin with a digit.",
            )
        if kind is None:
            self._problem(
                f"不认识的字段类型“{written}”；可用：{'、'.join(TYPES)}。",
                f"The field type “{written}” is not known; use one of: {', '.join(TYPES)}.",
            )
        kind = kind or "string"
        options, options_from = self._options(kind)
        minimum, minimum_from = self._limit("min", kind)
        maximum, maximum_from = self._limit("max", kind)
        default, default_from = self._default(kind)
        return Field(
            id=self.id,
            type=kind,
            label=self._label(),
            help=_words(self.properties.get("help", ""), self.properties.get("help_en", ""))
            if self.properties.get("help") or self.properties.get("help_en")
            else None,
            required=self._flag("required"),
            minimum=minimum,
            maximum=maximum,
            min_length=self._length("minlength"),
            max_length=self._length("maxlength"),
            pattern=self._pattern(),
            options=options,
            default=default,
            shown_if=self._expression("shown_if"),
            readonly=self._flag("readonly"),
            properties=self.properties,
            whole=written in _WHOLE,
            required_if=self._expression("required_if"),
            minimum_from=minimum_from,
            maximum_from=maximum_from,
            options_from=options_from,
            default_from=default_from,
        )

    def _problem(self, zh: str, en: str) -> None:
        self.problems.append(FieldProblem(self.id, Words(zh, en)))

    def _label(self) -> Words:
        return _words(
            self.node.get("label") or self.properties.get("label_en") or self.id,
            self.properties.get("label_en", ""),
        )

    def _flag(self, name: str) -> bool:
        return name in self.constraints and self.constraints[name].strip().lower() not in ("false", "no", "0")

    def _length(self, name: str) -> int | None:
        text = self.constraints.get(name, "").strip()
        if text and not text.isdecimal():
            self._problem(
                f"字段“{self.id}”的 {name}“{text}”不是自然数。",
                f"The {name} “{text}” of the field “{self.id}” is not a whole number.",
            )
        return int(text) if text.isdecimal() else None

    def _limit(self, name: str, kind: str) -> tuple[Any, Expression | None]:
        text = self.constraints.get(name, "").strip()
        if not text:
            return None, None
        if text.startswith(("$", "#", "=")):
            return None, self._compiled(text)
        try:
            limit = (
                _READERS[kind](Field(self.id, kind, Words("", "")), text)
                if kind in ("date", "datetime")
                else _number(Field(self.id, "number", Words("", "")), text)
            )
        except _Wrong:
            self._problem(
                f"字段“{self.id}”的 {name}“{text}”写得不对。",
                f"The {name} “{text}” of the field “{self.id}” cannot be read.",
            )
            limit = None
        return limit, None

    def _pattern(self) -> str | None:
        text = self.constraints.get("pattern") or self.properties.get("pattern")
        fault = pattern_problem(text) if text else None
        if isinstance(fault, ExpressionError):
            self._problem(f"字段“{self.id}”：{fault.words.zh}", f"The field “{self.id}”: {fault.words.en}")
        return None if fault else text

    def _expression(self, name: str) -> Expression | None:
        text = self.properties.get(name, "").strip()
        return self._compiled(text) if text else None

    def _compiled(self, text: str) -> Expression | None:
        try:
            return compile_expression(text)
        except ExpressionError as error:
            self._problem(
                f"字段“{self.id}”的表达式“{text}”：{error.words.zh}",
                f"The expression “{text}” of the field “{self.id}”: {error.words.en}",
            )
            return None

    def _default(self, kind: str) -> tuple[Any, Expression | None]:
        text = (self.node.get("defaultValue") or "").strip()
        if text.startswith(("${", "#{", "=")):
            return None, self._compiled(text)
        try:
            return (_READERS[kind](Field(self.id, kind, Words("", "")), text) if text else None), None
        except _Wrong as fault:
            self._problem(
                f"字段“{self.id}”的默认值“{text}”：{fault.words.zh}",
                f"The default “{text}” of the field “{self.id}”: {fault.words.en}",
            )
            return None, None

    def _options(self, kind: str) -> tuple[tuple[Option, ...], Expression | None]:
        text = self.properties.get("options", "").strip()
        found = [
            Option(one.get("id", ""), _words(one.get("name") or one.get("id") or "", ""))
            for one in self.node.findall(f"{CAMUNDA}value")
        ]
        if text.startswith(("${", "#{", "=")):
            return tuple(found), self._compiled(text)
        for part in text.split(","):
            if part.strip():
                number, _, label = part.strip().partition(":")
                found.append(Option(number.strip(), _words(label.strip() or number.strip(), "")))
        if kind in ("choice", "choices") and not found:
            self._problem(
                f"选择字段“{self.id}”没有选项。", f"The field “{self.id}” has nothing to choose from."
            )
        if len({one.id for one in found}) < len(found):
            self._problem(
                f"字段“{self.id}”的选项 id 有重复。", f"The field “{self.id}” has two options with one id."
            )
        return tuple(found), None


def _words(text: str, english: str) -> Words:
    """A label in both languages; ``中文|English`` holds both."""
    chinese, _, second = text.partition("|")
    return Words(chinese.strip(), english.strip() or second.strip() or chinese.strip())
