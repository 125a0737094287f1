"""Small diagrams that once went wrong, rehearsed: in memory, they do what they do in an installation."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from engine.definitions.versions import Version
from engine.simulation.rehearsal import Beside, Rehearsal, rehearse
from tests.engine.drawing import START, completed
from tests.forked import run

CASES = Path(__file__).parent / "cases"
FILES = sorted(CASES.glob("*.bpmn"))
STARTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "n03": {"a": True, "b": True},
    "n24b": {"x": 5},
    "n73": {"place": "x", "sep": ""},
}


def text_of(name: str) -> str:
    return next(CASES.glob(f"{name}_*.bpmn")).read_text()


def rehearsed(*names: str, process: str = "p", **how: Any) -> Rehearsal:
    version = Version(0, {f"{name}.bpmn": text_of(name) for name in names})
    return rehearse(version, process, at=START, start=STARTS.get(names[0]), **how)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.partition("_")[0])
def test_checking_and_rehearsing_any_case_ends_in_words(file: Path, tmp_path: Path) -> None:
    checked = run(tmp_path, "model", "check", str(file), "--json")
    assert json.loads(checked.stdout)["findings"]
    process = re.findall('process id="(.*?)"', file.read_text())[0]
    start = json.dumps(STARTS.get(file.name.partition("_")[0], {}))
    done = run(tmp_path, "model", "rehearse", str(file), "--process", process, "--start", start, "--json")
    told = json.loads(done.stdout)
    assert "Traceback" not in checked.stderr + done.stderr
    assert told["trace"]
    assert (told["incident"] is None) is (file.name[:3] not in ("n10", "n81"))


@pytest.mark.parametrize(
    ("name", "done"),
    [
        ("n03", ["after"]),
        ("n38", ["A", "after"]),
        ("n43", ["H"]),
        ("n45", ["N"]),
        ("n70", ["go", "after"]),
    ],
)
def test_a_case_does_what_bpmn_says(name: str, done: list[str]) -> None:
    result = rehearsed(name)
    assert [entry for entry in completed(result) if entry != "normal"] == done
    assert result.ended


def test_an_error_that_nobody_catches_stops_the_rehearsal() -> None:
    result = rehearsed("n10")
    assert result.incident is not None
    assert (result.incident["process"], result.incident["element"]) == ("p", "err")
    assert "E1" in result.incident["message_zh"]
    assert "normal" not in completed(result)
    assert not result.ended


def test_a_call_with_mappings_in_alone_brings_nothing_back() -> None:
    assert rehearsed("n24b", answers={"Q": {"x": 9}}).variables["x"] == 5


def test_a_message_reaches_the_own_ticket_alone() -> None:
    result = rehearsed(
        "n70", key="ticket:1", also=[Beside("p", "ticket:2")], answers={"go": [{}, None], "after": None}
    )
    assert [
        (entry["key"], entry["element"]) for entry in result.open if entry["element"] in ("go", "after")
    ] == [
        ("ticket:1", "after"),
        ("ticket:2", "go"),
    ]


def test_what_fails_keeps_nobody_else_from_going_on() -> None:
    poisoned = Beside("p", "ticket:1", {"place": 5, "sep": []})
    result = rehearsed("n72", "n73", process="q", key="ticket:2", also=[poisoned], answers={"later": None})
    assert result.incident is not None
    assert (result.incident["process"], result.incident["key"]) == ("p", "ticket:1")
    assert ("ticket:2", "later") in [(entry["key"], entry["element"]) for entry in result.open]
    ends = dt.datetime.fromisoformat(result.trace[-1]["at"])
    assert ends - START == dt.timedelta(hours=2)


def test_a_required_field_without_an_answer_stops_the_step() -> None:
    result = rehearsed("n81")
    assert result.incident is not None
    assert result.incident["element"] == "A"
    assert result.incident["message_zh"] == "“A”：“F”请填写。"
    assert result.incident["message_en"] == "“A”: “F”: Please fill this in."
    assert [entry["element"] for entry in result.open] == ["A"]
    assert completed(result) == []
