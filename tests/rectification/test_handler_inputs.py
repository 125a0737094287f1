"""What handlers and guards read is declared, and a diagram that does not give it is found before it is published."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.checks import Vocabulary, check
from engine.inputs import FormGuard, HandlerInput, InputMissing, Service
from rectification.process.host import GUARDS, HANDLERS
from rectification.process.vocabulary import BEGINS_WITH, GUARD_NEEDS, SENT, TOPIC_NEEDS

BPMN = Path(__file__).parents[2] / "bpmn"
FACTS = Vocabulary(
    topic_needs=TOPIC_NEEDS, guard_needs=GUARD_NEEDS, messages_bring=SENT, begins_with=BEGINS_WITH
)
RULES = ("field-missing", "input-missing", "rule-failed")


def beside(path: Path) -> dict[str, bytes]:
    return {
        file.name: file.read_bytes() for file in path.parent.iterdir() if file.suffix in (".bpmn", ".dmn")
    }


def get_findings(path: Path, data: bytes) -> set[tuple[str, str, str]]:
    files = {**beside(path), path.name: data}
    read = check(data, file=path.name, companions=files, facts=FACTS)
    return {(finding.rule, finding.element, finding.words.en) for finding in read if finding.rule in RULES}


def without_field(path: Path, name: str) -> bytes:
    text = path.read_text("utf-8")
    pattern = rf'<camunda:formField id="{name}"(?:[^>]*/>|.*?</camunda:formField>)'
    assert re.search(pattern, text, re.DOTALL)
    return re.sub(pattern, "", text, flags=re.DOTALL).encode()


@pytest.mark.parametrize("path", sorted(BPMN.rglob("*.bpmn")), ids=lambda path: path.stem)
def test_shipped_diagrams_give_what_is_read(path: Path) -> None:
    assert get_findings(path, path.read_bytes()) == set()


def test_a_field_that_a_guard_needs_is_missed() -> None:
    path = BPMN / "rectification.bpmn"
    assert any(
        rule == "field-missing" and "“measure”" in words
        for rule, _, words in get_findings(path, without_field(path, "measure"))
    )


@pytest.mark.parametrize("name", ["transfer_taken", "extension_granted", "asked_date", "due_date"])
def test_a_variable_that_a_service_needs_is_missed(name: str) -> None:
    path = BPMN / "rectification.bpmn"
    missing = get_findings(path, without_field(path, name))
    assert any(rule == "input-missing" and f"“{name}”" in words for rule, _, words in missing)


def test_a_field_that_may_be_left_out_is_not_missed() -> None:
    path = BPMN / "rectification.bpmn"
    assert get_findings(path, without_field(path, "transfer_note")) == set()


@pytest.mark.parametrize("topic", sorted(HANDLERS))
def test_every_handler_declares_what_it_reads(topic: str) -> None:
    handler = HANDLERS[topic]
    assert isinstance(handler, Service)
    assert handler.inputs.declared()


@pytest.mark.parametrize("name", sorted(GUARDS))
def test_every_guard_declares_what_it_reads(name: str) -> None:
    guard = GUARDS[name]
    assert isinstance(guard, FormGuard)
    assert guard.form.declared() | guard.inputs.declared()


def test_every_process_of_the_campaign_says_what_it_begins_with() -> None:
    processes = {
        name
        for path in BPMN.glob("*.bpmn")
        for name in re.findall(r'<(?:bpmn:)?process id="([^"]+)"', path.read_text("utf-8"))
    }
    assert processes == BEGINS_WITH.keys() - {""}


class Sample(HandlerInput):
    """One attribute of each kind."""

    number: int
    text: str = ""
    maybe: int | None = None
    kept: Mapping[str, object] = dataclasses.field(default_factory=dict)
    numbers: list[int] = dataclasses.field(default_factory=list)


def test_values_are_read_by_their_types() -> None:
    read = Sample.read({"number": "17", "text": 5, "numbers": ["1", 2], "kept": {"a": 1}, "other": 1})
    assert read == Sample(number=17, text="5", numbers=[1, 2], kept={"a": 1})
    assert Sample.needed() == {"number"}


@pytest.mark.parametrize("value", [None, "many", [1]])
def test_what_is_missing_or_wrong_is_said(value: str | list[int] | None) -> None:
    with pytest.raises(InputMissing) as fault:
        Sample.read({"number": value})
    assert "“number”" in fault.value.words.en


def test_a_guard_takes_what_is_wrong_for_empty() -> None:
    assert Sample.read({"number": 1, "maybe": "x"}, lenient=True).maybe is None
