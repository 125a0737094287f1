"""Decision tables: every hit policy, DRDs, and what is refused in words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decisions import DecisionError, parse_decisions, read_decisions
from engine.expressions import ExpressionError, Scope, compile_expression

NAMESPACES = [
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
]
DMN = NAMESPACES[2]


def text(tag: str, value: str, more: str = "") -> str:
    return f"<{tag} {more}><text>{value.replace('&', '&amp;').replace('<', '&lt;')}</text></{tag}>"


def table(
    inputs: str, outputs: str, *rules: str, policy: str = "UNIQUE", more: str = "", extra: str = ""
) -> str:
    """A table of columns ``name:type`` and rows ``cell | cell -> result | result``."""
    heads = "".join(
        f'<input label="{part.split(":")[0]}">'
        + text("inputExpression", part.split(":")[0], f'typeRef="{part.split(":")[-1]}"')
        + "</input>"
        for part in inputs.split()
    )
    ends = "".join(
        f'<output name="{part.split(":")[0]}" typeRef="{part.split(":")[-1]}">{extra}</output>'
        for part in outputs.split()
    )
    rows = "".join(
        f'<rule id="r{i}">' + "".join(text("inputEntry", part.strip()) for part in rule.split("->")[0].split("|"))
        + "".join(text("outputEntry", part.strip()) for part in rule.split("->")[1].split("|")) + "</rule>"
        for i, rule in enumerate(rules, 1)
    )  # fmt: skip
    return f'<decisionTable id="t" hitPolicy="{policy}" {more}>{heads}{ends}{rows}</decisionTable>'


def file(*decisions: str, namespace: str = DMN) -> bytes:
    return f'<definitions xmlns="{namespace}" xmlns:camunda="http://camunda.org/schema/1.0/dmn" id="d" name="d">{"".join(decisions)}</definitions>'.encode()


def decision(body: str, number: str = "d1", name: str = "期限") -> str:
    return f'<decision id="{number}" name="{name}">{body}</decision>'


def asked(body: str, **scope: Any) -> Any:
    return parse_decisions(file(decision(body)))["d1"].evaluate(scope)


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_any_version_of_dmn_is_read(namespace: str) -> None:
    read = parse_decisions(
        file(
            decision(
                table(
                    "类别:string amount:number",
                    "days:integer",
                    '"住房" | > 3 -> 10',
                    '"住房" | <= 3 -> 5',
                    "- | - -> 1",
                    policy="FIRST",
                )
            ),
            namespace=namespace,
        )
    )
    made = read["期限"]
    assert made is read["d1"]
    assert (made.id, made.name, made.inputs, made.outputs) == ("d1", "期限", ("类别", "amount"), ("days",))
    assert [made.evaluate({"类别": c, "amount": a}) for c, a in (("住房", 4), ("住房", 3), ("饮水", 9))] == [
        10,
        5,
        1,
    ]
    assert list(read) == ["d1"]


def test_cells_are_feel_not_python() -> None:
    body = table(
        "x:number",
        "y:string",
        '[1..5] -> "range"',
        '7,9 -> "list"',
        'not(1,2,3,4,5,7,9) -> "not"',
        'true -> "never"',
    )
    assert [asked(body, x=x) for x in (1, 5, 9, 8)] == ["range", "range", "list", "not"]
    with pytest.raises(DecisionError):
        asked(table("x:number", "y:string", "__import__('os').system('id') -> 1"), x=1)
    with pytest.raises(ExpressionError):
        asked(table("x:number", "y:string", "- -> __import__('os')"), x=1)


RULES = ("> 1 -> 10", "> 2 -> 20", "> 3 -> 10")


@pytest.mark.parametrize(
    ("policy", "more", "value"),
    [
        ("FIRST", "", 10),
        ("RULE ORDER", "", [10, 20, 10]),
        ("COLLECT", "", [10, 20, 10]),
        ("COLLECT", 'aggregation="SUM"', 40),
        ("COLLECT", 'aggregation="MIN"', 10),
        ("COLLECT", 'aggregation="MAX"', 20),
        ("COLLECT", 'aggregation="COUNT"', 3),
        ("PRIORITY", "", 20),
        ("OUTPUT ORDER", "", [20, 10, 10]),
    ],
)
def test_hit_policies(policy: str, more: str, value: Any) -> None:
    order = text("outputValues", "20, 10") if policy in ("PRIORITY", "OUTPUT ORDER") else ""
    assert asked(table("x:number", "y:number", *RULES, policy=policy, more=more, extra=order), x=9) == value


def test_two_hits_of_a_unique_table_are_named() -> None:
    with pytest.raises(DecisionError) as caught:
        asked(table("x:number", "y:number", *RULES), x=3)
    assert "第 1、第 2 行" in caught.value.words.zh
    assert "1, 2" in caught.value.words.en
    assert asked(table("x:number", "y:number", *RULES), x=2) == 10


def test_any_wants_the_same_result() -> None:
    body = table("x:number", "y:number", "> 1 -> 10", "> 3 -> 10", "> 5 -> 11", policy="ANY")
    assert asked(body, x=4) == 10
    with pytest.raises(DecisionError) as caught:
        asked(body, x=6)
    assert "第 3 行" in caught.value.words.zh


def test_no_rule_gives_null_or_the_default() -> None:
    assert asked(table("x:number", "y:number", "> 1 -> 10"), x=0) is None
    assert (
        asked(table("x:number", "y:number", "> 1 -> 10", policy="COLLECT", more='aggregation="COUNT"'), x=0)
        == 0
    )
    assert asked(table("x:number", "y:number", "> 1 -> 10", extra=text("defaultOutputEntry", "7")), x=0) == 7


def test_several_outputs_by_name() -> None:
    assert asked(table("x:number", "days:number unit:string", '> 1 -> x + 1 | "镇"'), x=2) == {
        "days": 3,
        "unit": "镇",
    }
    assert asked(table("x:number", "days:number unit:string", '- -> x | "镇"', policy="COLLECT"), x=2) == [
        {"days": 2, "unit": "镇"}
    ]


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("number", "5", "5"),
        ("boolean", "true", "true"),
        ("string", '"5"', 5),
        ("date", '> date("2019-09-01")', "2019-09-24"),
    ],
)
def test_inputs_are_converted_to_their_type(column: str, cell: str, value: Any) -> None:
    assert asked(table(f"x:{column}", "y:number", f"{cell} -> 1"), x=value) == 1


def test_outputs_are_converted_to_their_type() -> None:
    assert asked(table("x:number", "y:date", '- -> "2019-09-24"'), x=1) == dt.date(2019, 9, 24)
    assert asked(table("x:number", "y:string", "- -> 5"), x=1) == "5"


def test_allowed_values() -> None:
    body = table("x:string", "y:string", "- -> x", extra=text("outputValues", '"a","b"')).replace(
        "</inputExpression></input>", "</inputExpression>" + text("inputValues", '"a","c"') + "</input>"
    )
    assert asked(body, x="a") == "a"
    with pytest.raises(DecisionError, match="value “b”"):
        asked(body, x="b")
    with pytest.raises(DecisionError, match="result “c” of rule 1"):
        asked(body, x="c")


def test_an_unknown_variable_is_named() -> None:
    with pytest.raises(ExpressionError, match="amount"):
        asked(table("amount:number", "y:number", "> 1 -> 1"))


def test_a_camunda_input_variable_is_in_scope_of_the_cells() -> None:
    body = table("a+b:number", "y:number", "sum > 5 -> sum * 2", "? <= 5 -> 0").replace(
        '<input label="a+b"', '<input camunda:inputVariable="sum" label="a+b"'
    )
    assert asked(body, a=3, b=4) == 14
    assert asked(body, a=1, b=1) == 0


REQUIRED = '<informationRequirement><requiredDecision href="#{}"/></informationRequirement>'


def test_required_decisions_come_first() -> None:
    top = decision(
        REQUIRED.format("d2")
        + '<informationRequirement><requiredInput href="#i"/></informationRequirement>'
        + table("风险:string", "days:number", '"高" -> 3', '"低" -> 9')
    )
    below = decision(
        '<variable name="风险"/>' + text("literalExpression", 'if score > 5 then "高" else "低"'),
        "d2",
        "risk level",
    )
    read = parse_decisions(file(top, below, '<inputData id="i" name="score"/>'))
    assert [read["d1"].evaluate({"score": s}) for s in (6, 5)] == [3, 9]
    assert read["d1"].inputs == ()
    assert read["d2"].inputs == ("score",)


def test_decisions_in_a_circle_are_refused() -> None:
    with pytest.raises(DecisionError, match="requires itself"):
        parse_decisions(
            file(
                decision(REQUIRED.format("d2") + text("literalExpression", "1")),
                decision(REQUIRED.format("d1") + text("literalExpression", "1"), "d2", "other"),
            )
        )


def test_knowledge_models_are_functions() -> None:
    model = (
        '<businessKnowledgeModel id="m" name="加价"><variable name="plus"/><encapsulatedLogic><formalParameter name="v"/>'
        + text("literalExpression", "v + base")
        + "</encapsulatedLogic></businessKnowledgeModel>"
    )
    knows = '<knowledgeRequirement><requiredKnowledge href="#m"/></knowledgeRequirement>'
    read = parse_decisions(file(
        decision(knows + text("literalExpression", "plus(x) * 2")),
        decision(knows + "<invocation>" + text("literalExpression", "plus") + '<binding><parameter name="v"/>' + text("literalExpression", "x") + "</binding></invocation>", "d2", "calls"),
        model,
    ))  # fmt: skip
    assert read["d1"].evaluate({"x": 3, "base": 1}) == 8
    assert read["d2"].evaluate({"x": 3, "base": 1}) == 4


def test_boxed_contexts_lists_and_relations() -> None:
    entry = '<contextEntry><variable name="a"/>{}</contextEntry><contextEntry>{}</contextEntry>'.format(
        text("literalExpression", "x + 1"), text("literalExpression", "a * 2")
    )
    assert asked(f"<context>{entry}</context>", x=1) == 4
    assert asked(
        "<list>" + text("literalExpression", "x") + text("literalExpression", "x + 1") + "</list>", x=1
    ) == [1, 2]
    relation = (
        '<relation><column name="k"/><column name="v"/><row>'
        + text("literalExpression", '"a"')
        + text("literalExpression", "x")
        + "</row></relation>"
    )
    assert asked(relation, x=1) == [{"k": "a", "v": 1}]


def test_names_may_have_blanks_and_symbols() -> None:
    head = '<inputData id="i"><variable name="Monthly  Salary"/></inputData><inputData id="j"><variable name="Approved/Declined"/></inputData>'
    body = text("literalExpression", '"Monthly Salary: " + string(12 * Monthly Salary) + Approved/Declined')
    scope: Scope = {"Monthly Salary": 5, "Approved/Declined": "!"}
    assert parse_decisions(file(head, decision(body)))["d1"].evaluate(scope) == "Monthly Salary: 60!"
    cells = table("x:number", "y:number", "> Monthly Salary -> x / Monthly Salary")
    assert parse_decisions(file(head, decision(cells)))["d1"].evaluate({"x": 10, **scope}) == 2


@pytest.mark.parametrize("what", ["1 + null", "1 / 0", '"a" * 2', "sqrt(-1)", "(1 / 0) + 1"])
def test_what_cannot_be_calculated_is_null_in_a_decision_and_an_error_in_a_diagram(what: str) -> None:
    assert asked(text("literalExpression", what)) is None
    with pytest.raises(ExpressionError):
        compile_expression(what).evaluate({})


def test_an_invocation_binds_by_name_not_by_order() -> None:
    model = (
        '<businessKnowledgeModel id="m" name="less"><encapsulatedLogic><formalParameter name="a"/><formalParameter name="b"/>'
        + text("literalExpression", "a - b")
        + "</encapsulatedLogic></businessKnowledgeModel>"
    )
    bindings = "".join(
        f'<binding><parameter name="{name}"/>{text("literalExpression", value)}</binding>'
        for name, value in (("b", "1"), ("a", "10"))
    )
    call = f"<invocation>{text('literalExpression', 'less')}{bindings}</invocation>"
    knows = '<knowledgeRequirement><requiredKnowledge href="#m"/></knowledgeRequirement>'
    assert parse_decisions(file(decision(knows + call), model))["d1"].evaluate({}) == 9


def test_given_functions_are_called() -> None:
    read = parse_decisions(file(decision(table("x:number", "y:number", "- -> workdays(x)"))))
    assert read["d1"].evaluate({"x": 3}, {"workdays": lambda n: n * 2}) == 6


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"not xml", "XML"),
        (b"<a/>", "DMN"),
        (file(), "没有决策"),
        (file(decision("")), "决策表"),
        (file(decision(table("x:number", "y:number", "> -> 1"))), "没有写完"),
        (file(decision(table("x:number", "y:number", "1 -> ( "))), "没有写完"),
        (file(decision(table("x:number", "y:number", "1 -> 1", policy="BEST"))), "BEST"),
        (file(decision(table("x:number", "y:number", "1 -> 1", more='aggregation="SUM"'))), "SUM"),
        (file(decision(table("x:number", "", "1 -> 1"))), "输出"),
        (file(decision(table("x:number", "y:number", "1 | 2 -> 1"))), "格数"),
        (
            file(
                decision(
                    table("x:number", "y:number", "1 -> 1").replace(
                        'typeRef="number"', 'expressionLanguage="javascript"'
                    )
                )
            ),
            "javascript",
        ),
        (file(decision(REQUIRED.format("zz") + text("literalExpression", "1"))), "zz"),
        (
            file(decision(text("literalExpression", "1")), decision(text("literalExpression", "1"))),
            "不止一次",
        ),
        (file(decision("<functionDefinition/>")), "不支持"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, word: str) -> None:
    with pytest.raises(DecisionError) as caught:
        parse_decisions(data)
    assert word in caught.value.words.zh
    assert caught.value.words.en


def test_all_problems_are_said_at_once() -> None:
    _, problems = read_decisions(
        file(decision(table("x:number", "y:number", "> -> 1", "1 -> +", "( -> 1", policy="BEST")))
    )
    assert len(problems) == 4


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=8), st.integers(-60, 60))
@settings(max_examples=60, deadline=None)
def test_policies_agree_with_a_plain_reading(limits: list[int], x: int) -> None:
    rules = [f"> {limit} -> {limit}" for limit in limits]
    hits = [limit for limit in limits if x > limit]
    assert asked(table("x:number", "y:number", *rules, policy="FIRST"), x=x) == (hits[0] if hits else None)
    assert asked(table("x:number", "y:number", *rules, policy="RULE ORDER"), x=x) == (hits or None)
    for how, best in (("SUM", sum), ("MIN", min), ("MAX", max)):
        assert asked(
            table("x:number", "y:number", *rules, policy="COLLECT", more=f'aggregation="{how}"'), x=x
        ) == (best(hits) if hits else None)
