"""What people may set going is declared whole, or the check says what is missing."""

from __future__ import annotations

import pytest

from engine.checks import Vocabulary, check
from engine.definitions.versions import Version
from tests.engine.drawing import process

FACTS = Vocabulary(roles=frozenset({"town_office", "county_office"}))
START, END = '<startEvent id="s"/>', '<endEvent id="e"/>'
MESSAGE = '<message id="m" name="told"/>'
FIELD = (
    '<extensionElements><camunda:formData><camunda:formField id="why" label="Why" type="string"/>'
    "</camunda:formData></extensionElements>"
)
STARTABLE = 'camunda:isStartableInTasklist="true"'
BY_TOWN = f'{STARTABLE} camunda:candidateStarterGroups="town_office"'


def drawn(attributes: str = "", start: str = START, body: str = "", *more: str, outside: str = "") -> str:
    ways = ("s -> r", "r -> e") if body else ("s -> e",)
    text = process(start + body + END, *ways, *more, outside=outside)
    return text.replace('isExecutable="true"', f'isExecutable="true" {attributes}', 1)


def rules(text: str, **beside: str) -> set[tuple[str, str]]:
    """(severity, rule) of every finding about starting, sending and their forms."""
    files = {"a.bpmn": text.encode(), **{f"{name}.bpmn": one.encode() for name, one in beside.items()}}
    found = check(files["a.bpmn"], file="a.bpmn", companions=files, facts=FACTS)
    wanted = ("starter", "sender", "role-unknown", "form-ignored")
    return {(entry.severity, entry.rule) for entry in found if entry.rule.startswith(wanted)}


def receives(senders: str, inner: str = "") -> str:
    said = f'<camunda:properties><camunda:property name="senders" value="{senders}"/></camunda:properties>'
    return f'<receiveTask id="r" messageRef="m"><extensionElements>{said}{inner}</extensionElements></receiveTask>'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (drawn(), set()),
        (drawn(BY_TOWN, f'<startEvent id="s">{FIELD}</startEvent>'), set()),
        (drawn(STARTABLE), {("error", "starter-missing")}),
        (drawn(f'{STARTABLE} camunda:candidateStarterGroups="town_ofice"'), {("error", "role-unknown")}),
        (drawn('camunda:candidateStarterGroups="town_office"'), {("warning", "starter-unused")}),
        (drawn(f'{BY_TOWN} camunda:candidateStarterUsers="5"'), {("error", "starter-users")}),
        (
            drawn(BY_TOWN, '<startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent>', outside=MESSAGE),
            {("error", "starter-event")},
        ),
        (drawn("", f'<startEvent id="s">{FIELD}</startEvent>'), {("warning", "form-ignored")}),
        (drawn("", START, receives("town_office"), outside=MESSAGE), set()),
        (drawn("", START, receives("mayor"), outside=MESSAGE), {("error", "role-unknown")}),
        (
            drawn("", START, receives("town_office").replace("receiveTask", "userTask"), outside=MESSAGE),
            {("error", "senders-misplaced")},
        ),
    ],
)  # fmt: skip
def test_a_declaration_is_whole_or_named(text: str, expected: set[tuple[str, str]]) -> None:
    assert rules(text) == expected


def test_a_message_of_people_is_caught_at_one_place_in_all_files_published_together() -> None:
    alone = drawn("", START, receives("town_office"), outside=MESSAGE)
    other = drawn("", START, '<receiveTask id="q" messageRef="m"/>', outside=MESSAGE).replace('"p"', '"q"')
    other = other.replace("s -> r", "s -> q")
    assert rules(alone) == set()
    assert rules(alone, other=other) == {("error", "senders-several")}


def test_what_is_not_declared_is_for_nobody() -> None:
    plain = Version(1, {"a.bpmn": drawn("", START, '<receiveTask id="r" messageRef="m"/>', outside=MESSAGE)})
    assert plain.starters("p") == frozenset()
    assert plain.sendable("told") is None
    told = Version(2, {"a.bpmn": drawn(BY_TOWN, START, receives("town_office, x"), outside=MESSAGE)})
    assert told.starters("p") == {"town_office"}
    declared = told.sendable("told")
    assert declared is not None
    assert (declared[0].bpmn_id, declared[1]) == ("r", frozenset({"town_office", "x"}))
    assert told.sendable("another") is None
    assert (
        Version(3, {"a.bpmn": drawn('camunda:candidateStarterGroups="town_office"')}).starters("p")
        == frozenset()
    )
