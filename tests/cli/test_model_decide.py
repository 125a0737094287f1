"""`huitoukan model decide`: what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from huitoukan.cli import app

DMN = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d">
<decision id="d1" name="Approved/Declined 期限">{}</decision></definitions>"""
TABLE = """<decisionTable hitPolicy="UNIQUE">
<input label="a"><inputExpression typeRef="number"><text>Monthly Salary</text></inputExpression></input><output name="days"/>
<rule><inputEntry><text>&gt; 3</text></inputEntry><outputEntry><text>date("2019-09-24") + duration("P1D")</text></outputEntry></rule>
<rule><inputEntry><text>&gt; 8</text></inputEntry><outputEntry><text>"镇"</text></outputEntry></rule></decisionTable>"""


def decide(file: Path, given: Any, decision: str = "d1") -> tuple[int, dict[str, Any]]:
    """The exit code and what was printed."""
    text = given if isinstance(given, str) else json.dumps(given)
    done = CliRunner().invoke(
        app, ["model", "decide", str(file), "--decision", decision, "--input", text, "--json"]
    )
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, json.loads(done.stdout)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    names = '<informationRequirement><requiredInput href="#i"/></informationRequirement>'
    path = tmp_path / "a.dmn"
    inputs = '<inputData id="i" name="Monthly Salary"/></definitions>'
    path.write_text(DMN.format(names + TABLE).replace("</definitions>", inputs), encoding="utf-8")
    return path


def test_a_decision_is_asked_by_id_or_name(file: Path) -> None:
    for decision in ("d1", "Approved/Declined 期限"):
        assert decide(file, {"Monthly Salary": 4}, decision) == (0, {"result": "2019-09-25"})
    assert decide(file, {"Monthly Salary": 1}) == (0, {"result": None})


@pytest.mark.parametrize(
    ("given", "decision", "word"),
    [
        ({"Monthly Salary": 9}, "d1", "UNIQUE"),
        ({}, "d1", "Monthly Salary"),
        ({"Monthly Salary": 9}, "d9", "d9"),
        ("{", "d1", "JSON"),
        ("[1]", "d1", "JSON"),
    ],
)
def test_what_has_no_answer_is_said_and_ends_with_1(file: Path, given: Any, decision: str, word: str) -> None:
    code, answer = decide(file, given, decision)
    assert (code, list(answer)) == (1, ["error"])
    assert word in answer["error"]


@pytest.mark.parametrize("content", [None, b"", b"<a/>"])
def test_a_file_that_is_no_decision_is_said(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.dmn"
    if content is not None:
        path.write_bytes(content)
    code, answer = decide(path, {})
    assert (code, list(answer)) == (1, ["error"])


@pytest.mark.parametrize("name", ["m30_dur_add.dmn", "m37_dur_sum.dmn"])
def test_durations_of_decisions_are_values(name: str) -> None:
    assert decide(Path(__file__).parents[1] / "cases" / name, {}, "B") == (0, {"result": "P3D"})
