"""The rules of the business speak where the facts of the installation are given, and only there."""

from __future__ import annotations

import datetime as dt

import pytest

from engine.checks import Vocabulary, check
from tests.engine.checks.test_checks import shipped
from tests.engine.drawing import process

S, E = '<startEvent id="s"/>', '<endEvent id="e"/>'
FACTS = Vocabulary(
    roles=frozenset({"helper", "town_office"}),
    escalations=frozenset({"review"}),
    milestones={
        "list": dt.datetime(2019, 9, 10, tzinfo=dt.UTC),
        "closing": dt.datetime(2019, 9, 28, tzinfo=dt.UTC),
    },
    topics=frozenset({"close"}),
    guards=frozenset({"complete"}),
    functions=frozenset({"post", "milestone", "days_after", "now"}),
    variables=frozenset({"town"}),
)
GOOD = {"assignee": "${post('town_office', town)}", "dueDate": "${milestone('list')}"}


def work(
    element: str, *, escalation: str = "review", more: str = "", apart: str = "", **attributes: str
) -> str:
    written = "".join(f' camunda:{key}="{value}"' for key, value in {**GOOD, **attributes}.items() if value)
    rows = {"escalation": escalation, "guard": more, "separate_from": apart}
    inner = "".join(
        f'<camunda:property name="{key}" value="{value}"/>' for key, value in rows.items() if value
    )
    return f'<userTask id="{element}"{written}><extensionElements><camunda:properties>{inner}</camunda:properties></extensionElements></userTask>'


def line(body: str) -> str:
    return process(S + body + E, "s -> a", "a -> e")


def found(text: str, facts: Vocabulary | None = FACTS) -> set[tuple[str, str, str]]:
    read = check(text.encode(), file="a.bpmn", companions={}, facts=facts)
    return {
        (entry.severity, entry.rule, entry.element)
        for entry in read
        if entry.rule not in ("picture-missing", "no-default")
    }


@pytest.mark.parametrize(
    ("severity", "rule", "body"),
    [
        ("error", "owner-unknown", work("a", assignee="${post('town_ofice', town)}")),
        ("error", "owner-unknown", work("a", assignee="", candidateGroups="town_office")),
        ("error", "owner-unknown", work("a", assignee="", candidateGroups="post:mayor@341226")),
        ("warning", "deadline-missing", work("a", dueDate="")),
        ("warning", "escalation-missing", work("a", escalation="")),
        ("error", "escalation-unknown", work("a", escalation="reveiw")),
        ("error", "milestone-unknown", work("a", dueDate="${milestone('lits')}")),
        ("warning", "deadline-after-milestone", work("a", dueDate="${days_after(milestone('list'), 3)}")),
        ("warning", "deadline-after-milestone", work("a", dueDate="2019-10-20")),
        ("error", "topic-unknown", '<serviceTask id="a" camunda:type="external" camunda:topic="clos"/>'),
        ("error", "guard-unknown", work("a", more="complet")),
        ("error", "function-unknown", work("a", dueDate="${day_after(now(), 3)}")),
        ("warning", "name-unknown", work("a", assignee="${post('town_office', twon)}")),
    ],
)
def test_each_rule_finds_its_fault_and_needs_the_facts(severity: str, rule: str, body: str) -> None:
    assert found(line(body)) == {(severity, rule, "a")}
    assert found(line(body), None) == set()
    assert found(line(body), Vocabulary()) <= {
        ("warning", "deadline-missing", "a"),
        ("warning", "escalation-missing", "a"),
    } | ({(severity, rule, "a")} if rule == "deadline-after-milestone" and "days_after" in body else set())


def test_good_work_is_not_spoken_about() -> None:
    assert found(line(work("a", more="complete", dueDate="2019-09-20"))) == set()


def test_names_come_from_forms_decisions_calls_and_loops() -> None:
    form = '<camunda:formData><camunda:formField id="ok" type="boolean" label="x"/></camunda:formData>'
    many = '<multiInstanceLoopCharacteristics camunda:collection="ok" camunda:elementVariable="one"><completionCondition>nrOfCompletedInstances > 1</completionCondition></multiInstanceLoopCharacteristics>'
    first = (
        work("a")
        .replace("<extensionElements>", f"<extensionElements>{form}")
        .replace("</userTask>", many.replace("> 1", "&gt; 1") + "</userTask>")
    )
    good = process(S + first + work("b", assignee="${one}") + E, "s -> a", "a -> b", "b -> e")
    assert found(good) == set()


def rework(verify: str, *more: str, body: str = "") -> str:
    return process(
        S + work("fix") + verify + '<exclusiveGateway id="g" default="g_fix"/>' + body + E,
        "s -> fix", "fix -> verify", "verify -> g", "g -> e : town = 1", "g -> fix", *more,
    )  # fmt: skip


def test_the_one_who_verifies_is_not_the_one_who_fixed() -> None:
    assert ("warning", "separation-missing", "verify") in found(rework(work("verify")))
    assert ("warning", "separation-missing", "verify") not in found(rework(work("verify", apart="fix")))


def test_work_that_goes_round_has_a_second_way_out() -> None:
    alone = rework(work("verify", apart="fix"))
    assert found(alone) == {("warning", "no-second-exit", "g")}
    explained = '<boundaryEvent id="b" attachedToRef="fix"><timerEventDefinition><timeDuration>P9D</timeDuration></timerEventDefinition></boundaryEvent>'
    assert found(rework(work("verify", apart="fix"), "b -> e", body=explained)) == set()


def test_shipped_diagrams_have_owners_deadlines_escalations_and_duties_kept_apart() -> None:
    for name, data in shipped().items():
        said = check(data, file=name, companions=shipped(), facts=Vocabulary())
        assert [entry for entry in said if entry.severity == "error"] == []
        assert {entry.rule for entry in said} <= {"no-second-exit"}, name
