"""Declared types of decisions: durations stay durations, and what is of another type is an error in words."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from engine.decisions import DecisionError, parse_decisions
from engine.expressions import ExpressionError, compile_expression
from tests.engine.test_decisions import asked, decision, file, table, text

CASES = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize("name", ["m30_dur_add.dmn", "m37_dur_sum.dmn"])
def test_durations_of_required_decisions_are_added(name: str) -> None:
    assert parse_decisions((CASES / name).read_bytes())["B"].evaluate({}) == "P3D"


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("a + b", "P3D"),
        ("b - a", "P1D"),
        ("-a", "-P1D"),
        ("a * 3", "P3D"),
        ("0.5 * b", "P1D"),
        ("b / 4", "PT12H"),
        ("b / a", 2),
        ("sum(a, b)", "P3D"),
        ("mean(a, b)", "P1DT12H"),
        ("median([a, b, a])", "P1D"),
        ("min(a, b)", "P1D"),
        ("max([a, b])", "P2D"),
        ("abs(-b)", "P2D"),
        ("sort([b, a])", ["P1D", "P2D"]),
        ("if a < b and a = duration('PT24H') then 1 else 0", 1),
        ("a + m", None),
        ("m + m", "P2M"),
        ("m * 13", "P1Y1M"),
        ("sum(m, m)", "P2M"),
        ("mean([m * 3, m])", "P2M"),
        ("abs(-m)", "P1M"),
        ("day + a", dt.date(2019, 9, 25)),
        ("day - m", dt.date(2019, 8, 24)),
    ],
)
def test_columns_of_durations_hold_values_not_texts(what: str, value: Any) -> None:
    columns = "a:dayTimeDuration b:dayTimeDuration m:yearMonthDuration day:date"
    found = asked(
        table(columns, "y:Any", f"- | - | - | - -> {what}"), a="P1D", b="P2D", m="P1M", day="2019-09-24"
    )
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("duration('P1D') + duration('P2D')", "P3D"),
        ("sum([duration('P1D'), duration('P2D')])", "P3D"),
        ("sum('P1D', 'P2D')", "P3D"),
        ("mean(['P1D', 'P2D'])", "P1DT12H"),
        ("duration('PT1S') * 0.5", "PT0.5S"),
        ("duration('P9999D') / 3", "P3333D"),
    ],
)
def test_diagrams_calculate_with_durations_too(what: str, value: Any) -> None:
    assert compile_expression(what).evaluate({}) == value


@pytest.mark.parametrize(("how", "value"), [("SUM", "P3D"), ("MIN", "P1D"), ("MAX", "P2D")])
def test_durations_are_aggregated(how: str, value: str) -> None:
    body = table("x:number", "y:dayTimeDuration", '- -> "P1D"', '- -> "P2D"', policy="COLLECT", more=f'aggregation="{how}"')  # fmt: skip
    assert asked(body, x=1) == value


VARIABLE = '<variable name="期限" typeRef="{}"/>'
GOOD = [
    ("number", '"5"', 5), ("integer", "5.0", 5), ("boolean", '"true"', True), ("string", "5", "5"),
    ("date", '"2019-09-24"', dt.date(2019, 9, 24)), ("time", '"18:00:00"', "18:00:00"),
    ("dateTime", 'date("2019-09-24")', dt.datetime(2019, 9, 24)),  # noqa: DTZ001
    ("dayTimeDuration", '"PT36H"', "P1DT12H"), ("yearMonthDuration", '"P13M"', "P1Y1M"),
    ("context", "{a: 1}", {"a": 1}), ("Any", "[1, 2]", [1, 2]), ("feel:number", "[5]", 5), ("number", "null", None),
]  # fmt: skip
BAD = [
    ("number", '"many"'), ("number", 'date("2019-09-24")'), ("number", "[1, 2]"), ("integer", "2.5"),
    ("boolean", "1"), ("boolean", '"maybe"'), ("string", "{a: 1}"), ("string", '["a", "b"]'), ("date", '"soon"'),
    ("date", "5"), ("time", '"2019-09-24"'), ("dateTime", '"18:00:00"'), ("dayTimeDuration", '"P1M"'),
    ("yearMonthDuration", '"P1D"'), ("dayTimeDuration", "3"), ("context", "1"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "what", "value"), GOOD)
def test_a_value_that_fits_is_converted(declared: str, what: str, value: Any) -> None:
    variable = asked(VARIABLE.format(declared) + text("literalExpression", what))
    column = asked(table("x:number", "y:number", f"- -> {what}").replace('name="y" typeRef="number"', f'name="y" typeRef="{declared}"'), x=1)  # fmt: skip
    for found in (variable, column):
        assert found == value
        assert type(found) is type(value)


@pytest.mark.parametrize(("declared", "what"), BAD)
def test_a_value_of_another_type_is_named_with_decision_column_and_type(declared: str, what: str) -> None:
    with pytest.raises(DecisionError) as caught:
        asked(VARIABLE.format(declared) + text("literalExpression", what))
    for words in (caught.value.words.zh, caught.value.words.en):
        assert "“期限”" in words
        assert declared in words
    assert caught.value.element == "d1"
    with pytest.raises(DecisionError) as caught:
        asked(table("x:number", f"days:{declared}", f"- -> {what}"), x=1)
    for words in (caught.value.words.zh, caught.value.words.en):
        assert "“期限”" in words
        assert "“days”" in words
        assert declared in words


def test_inputs_and_defaults_and_lists_are_typed_too() -> None:
    with pytest.raises(DecisionError, match="“x” is declared as number"):
        asked(table("x:number", "y:number", "- -> 1"), x="many")
    default = text("defaultOutputEntry", '"x"')
    with pytest.raises(DecisionError, match="“y” is declared as number"):
        asked(table("x:number", "y:number", "> 1 -> 1", extra=default), x=0)
    collected = table("x:number", "y:Any", '- -> "1"', "- -> 2", policy="COLLECT")
    assert asked(VARIABLE.format("number") + collected, x=1) == [1, 2]
    with pytest.raises(DecisionError, match="declared as date"):
        asked(VARIABLE.format("date") + collected, x=1)


def test_types_of_the_file_itself_and_of_input_data() -> None:
    types = (
        '<itemDefinition name="tDays" isCollection="true"><typeRef>dayTimeDuration</typeRef></itemDefinition>'
        '<itemDefinition name="tRow"><itemComponent name="span"><typeRef>tDays</typeRef></itemComponent>'
        '<itemComponent name="count"><typeRef>number</typeRef></itemComponent></itemDefinition>'
        '<itemDefinition name="tLoop"><typeRef>tLoop</typeRef></itemDefinition>'
    )
    needs = '<informationRequirement><requiredInput href="#i"/></informationRequirement>'
    data = '<inputData id="i" name="row"><variable name="row" typeRef="tRow"/></inputData>'
    read = parse_decisions(
        file(types, decision(needs + text("literalExpression", "sum(row.span) * row.count")), data)
    )
    assert read["d1"].evaluate({"row": {"span": ["P1D", "P2D"], "count": "2"}}) == "P6D"
    with pytest.raises(DecisionError, match="“row” is declared as tRow"):
        read["d1"].evaluate({"row": {"span": ["P1M"], "count": 2}})
    loop = decision('<variable name="x" typeRef="tLoop"/>' + text("literalExpression", "1"))
    assert parse_decisions(file(types, loop))["d1"].evaluate({}) == 1


def test_parameters_are_typed() -> None:
    model = (
        '<businessKnowledgeModel id="m" name="twice"><encapsulatedLogic><formalParameter name="v" typeRef="dayTimeDuration"/>'
        + text("literalExpression", "v + v")
        + "</encapsulatedLogic></businessKnowledgeModel>"
    )
    knows = '<knowledgeRequirement><requiredKnowledge href="#m"/></knowledgeRequirement>'
    read = parse_decisions(file(decision(knows + text("literalExpression", "twice(x)")), model))
    assert read["d1"].evaluate({"x": "P1D"}) == "P2D"
    with pytest.raises(DecisionError, match="“v” is declared as dayTimeDuration"):
        read["d1"].evaluate({"x": 3})


def test_models_that_call_each_other_share_one_bound() -> None:
    models = [
        f'<businessKnowledgeModel id="m{i}" name="m{i}"><encapsulatedLogic>'
        + text("literalExpression", f"m{i + 1}() + m{i + 1}()" if i < 40 else "1")
        + "</encapsulatedLogic>"
        + (
            f'<knowledgeRequirement><requiredKnowledge href="#m{i + 1}"/></knowledgeRequirement>'
            if i < 40
            else ""
        )
        + "</businessKnowledgeModel>"
        for i in range(41)
    ]
    knows = '<knowledgeRequirement><requiredKnowledge href="#m0"/></knowledgeRequirement>'
    read = parse_decisions(file(decision(knows + text("literalExpression", "m0()")), *models))
    with pytest.raises(ExpressionError, match="too many steps"):
        read["d1"].evaluate({})
