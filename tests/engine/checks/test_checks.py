"""The checks as a whole: they accept what is shipped and what runs, and survive any bytes."""

from __future__ import annotations

import itertools
import random
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from time import thread_time
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.check import diagram
from engine import checks
from engine.checks import check
from engine.diagrams.reading import read_diagrams
from tests.engine.drawing import process
from tests.engine.test_expression_bounds import GREEDY

SHIPPED = Path(__file__).parents[3] / "bpmn"
S, E = '<startEvent id="s"/>', '<endEvent id="e"/>'


@cache
def shipped() -> dict[str, bytes]:
    return {entry.name: entry.read_bytes() for entry in sorted(SHIPPED.glob("*.*mn"))}


@pytest.mark.parametrize("name", sorted(shipped()))
def test_what_is_shipped_has_no_fault_at_all(name: str) -> None:
    assert check(shipped()[name], file=name, companions=shipped()) == []


def test_a_table_has_its_faults_found_by_cell() -> None:
    broken = shipped()["due_dates.dmn"].replace(b"&lt;= 2", b"&lt;= (")
    (one,) = check(broken, file="due_dates.dmn", companions={})
    assert (one.severity, one.rule, one.element) == ("error", "decision-table", "immediate_now_days_left")


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "readable"),
        (b"plain words", "readable"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "readable"),
        (b"<x>" * 300 + b"</x>" * 300, "readable"),
        (b"<x/>" * 1 + b" " * 2_100_000, "readable"),
        (b"<html/>", "not-a-model"),
        (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/WRONG"/>', "not-a-model"),
        (b'<process xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="p"/>', "not-a-model"),
        (b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>', "file-name"),
    ],
)
def test_what_is_no_diagram_is_refused_in_words(data: bytes, rule: str) -> None:
    assert ("error", rule) in {
        (entry.severity, entry.rule) for entry in check(data, file="a.bpmn", companions={})
    }


class Unheard(Exception):
    """Nothing that the product knows."""


RULE_FAULTS = [ValueError, TypeError, KeyError, AttributeError, RecursionError, MemoryError, OSError, Unheard]
RULES = [(room, place) for room in checks._ROOMS for place in range(len(room.RULES))]


@pytest.mark.parametrize(
    ("room", "place"), RULES, ids=[f"{r.__name__}.{r.RULES[p].__name__}" for r, p in RULES]
)
def test_a_rule_that_fails_is_a_finding_and_the_others_go_on(
    room: ModuleType, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = process(
        S + '<scriptTask id="a"/>' + '<userTask id="u" name="做" />' + E, "s -> a", "a -> u", "u -> e"
    )
    whole = {entry.rule for entry in check(drawn.encode(), file="a.bpmn", companions={})}
    name = room.RULES[place].__name__
    for fault in RULE_FAULTS:

        def broken(_drawing: Any, fault: type[Exception] = fault) -> Any:
            raise fault("planted")

        broken.__name__ = name
        monkeypatch.setattr(
            room, "RULES", tuple(broken if at == place else rule for at, rule in enumerate(room.RULES))
        )
        found = check(drawn.encode(), file="a.bpmn", companions={})
        (failed,) = (entry for entry in found if entry.rule == "rule-failed")
        assert failed.severity == "error"
        assert name in failed.words.zh
        assert f"could not look at this file ({fault.__name__})" in failed.words.en
        assert len(whole - {entry.rule for entry in found}) <= 2, "only what this rule says is missing"


def test_all_conditions_of_a_file_share_one_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_SECONDS", 0.2)
    greedy = "${" + GREEDY["tried as alternatives"].replace("&", "&amp;") + " = 1}"
    tasks = "".join(f'<task id="t{i}"/>' for i in range(60))
    ways = [f"g -> t{i} : {greedy}" for i in range(60)]
    drawn = process(
        S + '<exclusiveGateway id="g" default="g_e"/>' + tasks + E,
        "s -> g",
        "g -> e",
        *ways,
        *(f"t{i} -> e" for i in range(60)),
    )
    begun = thread_time()
    result = [
        entry for entry in check(drawn.encode(), file="a.bpmn", companions={}) if entry.rule == "expression"
    ]
    assert len(result) == 60
    assert all("too many steps" in entry.words.en for entry in result)
    assert thread_time() - begun < 5, "one by one they would take half a minute"


@pytest.mark.parametrize("part", ["read_drawing", "parse_xml", "_writing"])
@pytest.mark.parametrize("fault", RULE_FAULTS)
def test_a_reader_that_fails_is_a_finding(
    part: str, fault: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **_more: Any) -> Any:
        raise fault("planted")

    monkeypatch.setattr(checks, part, broken)
    found = check(process(S + E, "s -> e").encode(), file="a.bpmn", companions={})
    assert [entry.rule for entry in found] == ["rule-failed"]


def test_files_are_told_apart_by_their_names_and_kept_as_utf_8() -> None:
    text = process(S + '<task id="a" name="中"/>' + E, "s -> a", "a -> e")
    assert not [
        entry for entry in check(text.encode(), file="a.bpmn", companions={}) if entry.severity == "error"
    ]
    assert "file-name" in {entry.rule for entry in check(text.encode(), file="a.xml", companions={})}
    chinese = f'<?xml version="1.0" encoding="GB18030"?>{text}'.encode("gb18030")
    assert "encoding" in {entry.rule for entry in check(chinese, file="a.bpmn", companions={})}
    ascii_only = f'<?xml version="1.0" encoding="ISO-8859-1"?>{text.replace("中", "x")}'.encode()
    assert "encoding" not in {entry.rule for entry in check(ascii_only, file="a.bpmn", companions={})}


def test_coordinates_that_are_no_numbers_are_found_before_they_stop_the_reader() -> None:
    broken = shipped()["household_visit.bpmn"].replace(b'x="', b'x="left', 1)
    assert "picture-broken" in {
        entry.rule for entry in check(broken, file="household_visit.bpmn", companions=shipped())
    }


def test_a_diagram_without_layout_is_accepted_with_a_hint() -> None:
    found = check(process(S + E, "s -> e").encode(), file="a.bpmn", companions={})
    assert [(entry.severity, entry.rule) for entry in found] == [("warning", "picture-missing")]


def test_what_is_drawn_only_to_be_read_is_held_to_less() -> None:
    text = process(
        S + '<exclusiveGateway id="g"/><task id="a"/><task id="b"/>' + E,
        "s -> g",
        "g -> a",
        "g -> b",
        "a -> e",
        "b -> e",
    )
    idle = text.replace('isExecutable="true"', 'isExecutable="false"')
    said = {entry.rule: entry.severity for entry in check(idle.encode(), file="a.bpmn", companions={})}
    assert said["condition-missing"] == "warning"
    assert said["not-executable"] == "warning"
    scripted = idle.replace('<task id="a"', '<scriptTask id="a"').encode()
    assert ("error", "unsupported-element") in {
        (entry.severity, entry.rule) for entry in check(scripted, file="a.bpmn", companions={})
    }


def test_thousands_of_steps_and_many_branches_are_checked_in_a_moment() -> None:
    names = [f"t{i}" for i in range(2_000)]
    long = process(
        S + "".join(f'<task id="{name}"/>' for name in names) + E,
        "s -> t0",
        *(f"{a} -> {b}" for a, b in itertools.pairwise(names)),
        "t1999 -> e",
    )
    assert not [
        entry for entry in check(long.encode(), file="a.bpmn", companions={}) if entry.severity == "error"
    ]
    wide = process(
        S
        + '<parallelGateway id="g"/><parallelGateway id="j"/>'
        + "".join(f'<task id="{name}"/><task id="{name}b"/>' for name in names[:60])
        + E,
        "s -> g",
        *(pair for name in names[:60] for pair in (f"g -> {name}", f"{name} -> {name}b", f"{name}b -> j")),
        "j -> e",
    )
    assert not [
        entry for entry in check(wide.encode(), file="a.bpmn", companions={}) if entry.severity == "error"
    ]


# -- any bytes ---------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data: bytes) -> None:
    assert check(data, file="a.bpmn", companions={"b.bpmn": data, "c.dmn": data})


def _lines(data: bytes) -> list[bytes]:
    """The file without its picture, which is most of it and matters least here."""
    return re.sub(rb"<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>", b"", data, flags=re.DOTALL).splitlines(True)


_SWAPS = [
    (rb'targetRef="[^"]*"', rb'targetRef="issue_found"'),
    (rb'attachedToRef="[^"]*"', rb'attachedToRef="verdict"'),
    (rb"userTask", rb"scriptTask"),
    (rb"exclusiveGateway", rb"parallelGateway"),
    (rb"exclusiveGateway", rb"inclusiveGateway"),
    (rb"serviceTask", rb"eventBasedGateway"),
    (rb"timerEventDefinition", rb"conditionalEventDefinition"),
    (rb' id="[^"]*"', rb' id="same"'),
    (rb' id="[^"]*"', rb""),
    (rb"\$\{", rb"${("),
    (rb"bpmn:", rb""),
    (rb'default="[^"]*"', rb'default="no"'),
    (rb'messageRef="[^"]*"', rb'messageRef=""'),
    (rb"subProcess", rb"callActivity"),
    (rb"endEvent", rb"startEvent"),
    (rb">", rb"/>"),
]


@pytest.mark.parametrize("name", sorted(shipped()))
def test_a_damaged_file_is_either_refused_or_can_be_read(name: str) -> None:
    chance = random.Random(name)
    lines = _lines(shipped()[name])
    for _ in range(40):
        damaged = list(lines)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(damaged))
            pattern, instead = chance.choice(_SWAPS)
            how = chance.choice(("drop", "double", "swap", "move", "all"))
            if how == "drop":
                damaged[at] = b""
            elif how == "double":
                damaged[at] *= 2
            elif how == "swap":
                damaged[at] = re.sub(pattern, instead, damaged[at])
            elif how == "move":
                damaged.insert(chance.randrange(len(damaged)), damaged[at])
            else:
                damaged = [re.sub(pattern, instead, entry) for entry in damaged]
        data = b"".join(damaged)
        found = check(data, file=name, companions=shipped())
        assert "unreadable-model" not in {entry.rule for entry in found}, found
        if name.endswith(".bpmn") and not any(entry.severity == "error" for entry in found):
            read_diagrams({name: data})


@pytest.mark.parametrize("levels", [60, 300])
def test_nesting_without_end_is_said(levels: int) -> None:
    inner = "".join(
        f'<subProcess id="n{i}"><startEvent id="s{i}"/><endEvent id="e{i}"/>'
        f'<sequenceFlow id="a{i}" sourceRef="s{i}" targetRef="n{i + 1}"/><sequenceFlow id="b{i}" sourceRef="n{i + 1}" targetRef="e{i}"/>'
        for i in range(levels)
    )
    text = process(
        f'<startEvent id="s"/>{inner}<task id="n{levels}"/>{"</subProcess>" * levels}<endEvent id="e"/>',
        "s -> n0",
        "n0 -> e",
    )
    result = [
        entry for entry in check(text.encode(), file="a.bpmn", companions={}) if entry.severity == "error"
    ]
    assert [entry.rule for entry in result] == ["nested-too-deeply" if levels == 60 else "readable"]
    assert "嵌套" in result[0].words.zh or "层" in result[0].words.zh


def test_a_thousand_elements_and_a_chain_of_two_thousand_have_nothing_to_fear() -> None:
    ids = [f"t{i}" for i in range(2_000)]
    tasks = "".join(f'<userTask id="{number}" camunda:assignee="x"/>' for number in ids)
    chain = process(
        f'<startEvent id="s"/>{tasks}<endEvent id="e"/>',
        "s -> t0",
        *(f"{a} -> {b}" for a, b in pairwise(ids)),
        "t1999 -> e",
    )
    for data in (chain.encode(), diagram(1_000)):
        found = check(data, file="a.bpmn", companions={})
        assert {entry.rule for entry in found} == {"picture-missing"}
