"""Forms inside diagrams: how they are drawn, and how what people type is read."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.expressions import ExpressionError
from engine.forms.fields import TYPES
from engine.forms.form import Form, FormReading
from engine.forms.parse import parse_form, read_form
from engine.text import LocalizedText
from engine.xml import parse_xml


def field(
    number: str,
    kind: str,
    *,
    constraints: dict[str, str] | None = None,
    listed: str = "",
    default: str = "",
    label: str = "",
    **properties: str,
) -> str:
    rules = "".join(f'<camunda:constraint name="{k}" config="{v}"/>' for k, v in (constraints or {}).items())
    more = "".join(f'<camunda:property id="{k}" value="{v}"/>' for k, v in properties.items())
    values = "".join(
        f'<camunda:value id="{part.split(":")[0]}" name="{part.split(":")[1]}"/>' for part in listed.split()
    )
    return (
        f'<camunda:formField id="{number}" type="{kind}" label="{label or number}" defaultValue="{default}"><camunda:properties>{more}</camunda:properties>'
        f"<camunda:validation>{rules}</camunda:validation>{values}</camunda:formField>"
    )


def task(*fields: str) -> Any:
    text = (
        '<userTask xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"><extensionElements>'
        f"<camunda:formData>{''.join(fields)}</camunda:formData></extensionElements></userTask>"
    )
    return parse_xml(text.encode())


def form(*fields: str) -> Form:
    return parse_form(task(*fields))


def sent(kind: str, value: Any, **more: Any) -> FormReading:
    return form(field("f", kind, **more)).read({"f": value})


@pytest.mark.parametrize(
    ("kind", "value", "clean"),
    [
        ("string", "  王秀英 ", "王秀英"),
        ("string", "１３８００", "13800"),
        ("string", "two\r\nlines", "two lines"),
        ("text", 12, "12"),
        ("long_text", " a\r\nb ", "a\nb"),
        ("long", "1,200", 1200),
        ("long", "１２", 12),
        ("number", "12.50", 12.5),
        ("decimal", "-.5", -0.5),
        ("money", "¥1,234.50元", 1234.5),
        ("money", "１００．２０", 100.2),
        ("date", "2019-09-24", "2019-09-24"),
        ("date", "2019/9/24", "2019-09-24"),
        ("date", "2019年9月24日", "2019-09-24"),
        ("date", "２０１９．９．２４", "2019-09-24"),
        ("date", "20190924", "2019-09-24"),
        ("date", dt.date(2019, 9, 24), "2019-09-24"),
        ("datetime", "2019-09-24T18:00", "2019-09-24T18:00:00"),
        ("datetime", "2019年9月24日18时30分", "2019-09-24T18:30:00"),
        ("datetime", "2019-09-24 18:00:05+08:00", "2019-09-24T18:00:05+08:00"),
        ("boolean", "true", True),
        ("boolean", "否", False),
        ("boolean", False, False),
        ("yes_no_na", "不涉及", "na"),
        ("yes_no_na", True, "yes"),
        ("person", "17", 17),
        ("unit", 3, 3),
        ("area", "341226100", "341226100"),
        ("photo", ["5", 6, "5"], [5, 6]),
        ("file", "abc123", ["abc123"]),
        ("json", '{"a": [1]}', {"a": [1]}),
        (
            "checklist",
            {"1.1": {"answer": "是", "reason": " x ", "photos": ["3"], "else": 1}},
            {"1.1": {"answer": "yes", "reason": "x", "photos": [3]}},
        ),
    ],
)
def test_values_come_out_clean(kind: str, value: Any, clean: Any) -> None:
    reading = sent(kind, value)
    assert reading.problems == {}
    assert reading.values == {"f": clean}
    assert type(reading.values["f"]) is type(clean)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", "a\x00b"),
        ("string", "\ud800"),
        ("string", ["a"]),
        ("string", "x" * 1_001),
        ("long_text", "x\x07"),
        ("long", "1.5"),
        ("long", "twelve"),
        ("long", True),
        ("number", "1e99"),
        ("number", "nan"),
        ("number", "Infinity"),
        ("money", "1.005"),
        ("date", "2019-02-30"),
        ("date", "24.9.2019"),
        ("date", "tomorrow"),
        ("datetime", "2019-09-24"),
        ("datetime", "2019-09-24T25:00"),
        ("boolean", "maybe"),
        ("yes_no_na", "perhaps"),
        ("json", "{"),
        ("json", {"a": "\x00"}),
        ("json", "x" * 300_000),
        ("table", "[1]"),
        ("checklist", {"a": {"answer": "?"}}),
        ("photo", [1] * 501),
    ],
)
def test_wrong_values_get_a_sentence(kind: str, value: Any) -> None:
    reading = sent(kind, value)
    assert reading.values == {}
    assert reading.problems["f"].zh
    assert reading.problems["f"].en


def test_every_type_can_be_left_empty() -> None:
    for kind in TYPES:
        reading = sent(kind, "", listed="a:甲" if "cho" in kind or kind == "enum" else "")
        assert (reading.values, reading.problems) == ({"f": None}, {}), kind


def test_choices_are_those_of_the_form() -> None:
    options = "home:见到|at_home absent:不在家"
    assert form(field("f", "enum", listed=options)).fields[0].options[0].label == LocalizedText(
        "见到", "at_home"
    )
    assert sent("enum", "home", listed=options).values == {"f": "home"}
    assert "f" in sent("enum", "else", listed=options).problems
    assert sent("choices", ["home", "absent", "home"], listed=options).values == {"f": ["home", "absent"]}
    assert sent("choices", "home,absent", listed=options).values == {"f": ["home", "absent"]}
    assert "f" in sent("choices", ["home", "else"], listed=options).problems


def test_options_may_be_a_property_or_worked_out() -> None:
    assert [option.id for option in form(field("f", "choice", options="a:甲|A, b")).fields[0].options] == [
        "a",
        "b",
    ]
    worked = form(field("f", "choice", options="${villages}"))
    assert worked.read({"f": "x"}, {"villages": ["x", {"id": "y"}]}).problems == {}
    assert "f" in worked.read({"f": "z"}, {"villages": ["x", {"id": "y"}]}).problems


@pytest.mark.parametrize(
    ("kind", "constraints", "good", "bad"),
    [
        ("long", {"min": "1", "max": "10"}, "10", "11"),
        ("long", {"min": "1"}, "1", "0"),
        ("money", {"max": "99.99"}, "99.99", "100"),
        ("string", {"minlength": "2"}, "ab", "a"),
        ("string", {"maxlength": "2"}, "ab", "abc"),
        ("string", {"pattern": "1\\d{10}"}, "13800000000", "138000000001"),
        ("date", {"min": "2019-09-01", "max": "2019年9月30日"}, "2019-09-30", "2019-10-01"),
        ("date", {"max": "${limit}"}, "2019-09-24", "2019-09-25"),
        ("photo", {"maxlength": "2"}, [1, 2], [1, 2, 3]),
        ("string", {"required": ""}, "x", "  "),
        ("enum", {"required": "true"}, "a", None),
        ("boolean", {"required": ""}, False, None),
        ("choices", {"required": ""}, ["a"], []),
    ],
)
def test_constraints(kind: str, constraints: dict[str, str], good: Any, bad: Any) -> None:
    made = form(
        field("f", kind, constraints=constraints, listed="a:甲" if kind in ("enum", "choices") else "")
    )
    scope = {"limit": dt.date(2019, 9, 24)}
    assert made.read({"f": good}, scope).problems == {}
    assert set(made.read({"f": bad}, scope).problems) == {"f"}


def test_a_constraint_may_be_switched_off() -> None:
    assert sent("string", None, constraints={"required": "false"}).problems == {}


def test_what_is_not_declared_is_dropped() -> None:
    reading = form(field("a", "string"), field("b", "string", constraints={"readonly": ""})).read(
        {"a": "1", "b": "2", "status": "closed"}
    )
    assert reading.values == {"a": "1"}


def test_hidden_fields_are_emptied_and_not_required() -> None:
    made = form(
        field("met", "enum", listed="home:见到 absent:不在"),
        field("why", "string", constraints={"required": ""}, shown_if="met != 'home'"),
        field("more", "string", shown_if="why != null"),
        field("note", "string", required_if="met = 'absent'"),
    )
    read = made.read({"met": "home", "why": "typed before", "more": "x"})
    assert read.values == {"met": "home", "why": None, "more": None, "note": None}
    away = made.read({"met": "absent", "why": "外出", "more": "x"})
    assert away.values["why"] == "外出"
    assert set(away.problems) == {"note"}
    assert set(made.read({"met": "absent", "note": "n"}).problems) == {"why"}


def test_conditions_see_the_variables_and_readonly_fields() -> None:
    made = form(
        field("kind", "string", constraints={"readonly": ""}),
        field("f", "string", constraints={"required": ""}, shown_if="kind = 'a' and level > 2"),
    )
    assert made.read({"kind": "b"}, {"kind": "a", "level": 3}).problems.keys() == {"f"}
    assert made.read({"f": "x"}, {"kind": "a", "level": 1}).values == {"f": None}
    assert "level" in made.read({}, {"kind": "a"}).problems["f"].zh


def test_a_cleared_field_does_not_keep_its_old_value_for_conditions() -> None:
    made = form(
        field("a", "string"), field("b", "string", constraints={"required": ""}, shown_if="a != null")
    )
    assert made.read({"a": ""}, {"a": "old"}).problems == {}


def test_tables_keep_their_columns() -> None:
    made = form(field("f", "table", columns="item:项目, sum:金额"))
    assert made.read({"f": [{"item": " 路 ", "sum": "５", "else": 1}, {"item": "", "sum": None}]}).values == {
        "f": [{"item": "路", "sum": "5"}]
    }


def test_labels_help_and_defaults() -> None:
    one, two, three = form(
        field(
            "a", "long", label="人口", default="3", label_en="Members", help="现住", help_en="living there"
        ),
        field("b", "string", label="备注|Remarks"),
        field("c", "date", default="${day}"),
    ).fields
    assert one.label == LocalizedText("人口", "Members")
    assert one.help == LocalizedText("现住", "living there")
    assert (one.default, one.whole, one.type) == (3, True, "number")
    assert two.label == LocalizedText("备注", "Remarks")
    assert form(field("a", "long", default="3"), field("c", "string", default="${x + 1}")).prefilled(
        {"x": 1}
    ) == {"a": 3, "c": 2}
    assert three.default is None
    assert form(field("a", "long", default="3")).prefilled({"a": 5}) == {"a": 5}


def test_a_task_without_a_form_has_no_fields() -> None:
    assert (
        parse_form(parse_xml(b'<userTask xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>')).fields == ()
    )


def test_extension_elements_are_taken_too() -> None:
    assert [entry.id for entry in parse_form(task(field("a", "string"))[0]).fields] == ["a"]


@pytest.mark.parametrize(
    ("drawn", "word"),
    [
        (field("a b", "string"), "a b"),
        (field("1a", "string"), "1a"),
        (field("f", "colour"), "colour"),
        (field("f", "enum"), "没有选项"),
        (field("f", "enum", listed="a:1 a:2"), "重复"),
        (field("f", "string", shown_if="met =="), "met =="),
        (field("f", "string", constraints={"minlength": "two"}), "two"),
        (field("f", "long", constraints={"min": "few"}), "few"),
        (field("f", "date", constraints={"max": "soon"}), "soon"),
        (field("f", "string", constraints={"pattern": "(?=.*a)b+"}), "前后查找"),
        (field("f", "long", default="many"), "many"),
        (field("f", "string") * 2, "不止一次"),
    ],
)
def test_drawing_faults_are_said(drawn: str, word: str) -> None:
    _, problems = read_form(task(drawn))
    assert [word in problem.words.zh for problem in problems] == [True]
    with pytest.raises(ExpressionError):
        parse_form(task(drawn))


def test_chinese_field_ids_are_allowed() -> None:
    assert form(field("整改_措施1", "string")).read({"整改_措施1": "修路"}).values == {"整改_措施1": "修路"}


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
_ALL = form(
    *(
        field(f"f_{kind}", kind, listed="a:甲" if kind in ("enum", "choice", "choices") else "")
        for kind in TYPES
    )
)


@given(st.fixed_dictionaries({f"f_{kind}": _anything for kind in TYPES}))
@settings(max_examples=150, deadline=None)
def test_whatever_is_sent_is_taken_as_json_or_refused_in_words(values: dict[str, Any]) -> None:
    reading = _ALL.read(values)
    json.dumps(reading.values, allow_nan=False).encode()
    assert "\\u0000" not in json.dumps(reading.values)
    assert set(reading.values) | set(reading.problems) == set(values)
    again = _ALL.read(reading.values)
    assert {key: again.values.get(key) for key in reading.values} == reading.values


@given(st.dates(min_value=dt.date(1000, 1, 1)))
@settings(deadline=None)
def test_every_way_to_write_a_day_is_the_same_day(day: dt.date) -> None:
    written = [
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        day.strftime("%Y%m%d"),
        f" {day.year} 年 {day.month} 月 {day.day} 日 ",
    ]
    assert {sent("date", entry).values["f"] for entry in written} == {day.isoformat()}
