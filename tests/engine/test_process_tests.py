"""Tests of processes: what ships passes, and what does otherwise is told."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from engine.definitions.versions import Version
from engine.simulation.tests import read_test, run_tests
from huitoukan.application import shipped_files


def version(**changed: bytes) -> Version:
    return Version(0, {name: data.decode() for name, data in {**shipped_files(), **changed}.items()})


def test_the_shipped_processes_pass_their_tests() -> None:
    results = run_tests(version())
    assert len(results) >= 7
    assert [
        (result.test.file, [str(words) for words in result.problems])
        for result in results
        if not result.passed
    ] == []
    covered = {
        element for result in results for process, element in result.covered if process == "rectification"
    }
    assert {"dispatch", "reverify", "hang", "voided", "explanation_due"} <= covered


def test_a_step_that_moved_and_a_deadline_that_changed_are_told() -> None:
    files = shipped_files()
    drawn = files["rectification.bpmn"].replace(
        b"${judge('county', ticket)}", b"${post('city_office', county)}"
    )
    later = drawn.replace(
        b'camunda:dueDate="${workdays_after(now(), 1)}"', b'camunda:dueDate="${workdays_after(now(), 3)}"'
    )
    red = [
        run_test for run_test in run_tests(version(**{"rectification.bpmn": later})) if not run_test.passed
    ]
    told = [words.zh for entry in red for words in entry.problems]
    assert any("谁在何时前办理" in entry and "review_line" in entry for entry in told)


@pytest.mark.parametrize("text", ["", "[]", '{"process": "p"}', '{"process": "p", "at": "soon"}'])
def test_a_file_that_is_no_test_says_so(text: str) -> None:
    results = {
        run_test.test.file: run_test for run_test in run_tests(version(**{"x.test.json": text.encode()}))
    }
    assert "读不懂" in results["x.test.json"].problems[0].zh


def test_a_test_of_a_process_that_is_gone_says_so() -> None:
    test = orjson.loads(shipped_files()["rectification_void.test.json"])
    given = orjson.dumps({**test, "process": "gone"})
    results = {run_test.test.file: run_test for run_test in run_tests(version(**{"x.test.json": given}))}
    assert "没有流程" in results["x.test.json"].problems[0].zh


def test_a_kept_test_plays_several_instances_side_by_side() -> None:
    start = {"resp_person": 7, "town": "1", "county": "2", "dept": "post:line_dept@U1"}
    given: dict[str, Any] = {
        "process": "written_explanation",
        "key": "ticket:1",
        "at": "2019-09-02T09:00:00+08:00",
        "start": start,
    }
    given |= {
        "answers": {"write_explanation": None},
        "also": [{"process": "written_explanation", "key": "ticket:2", "start": start}],
    }
    kept = read_test("x.test.json", read_test("x.test.json", orjson.dumps(given)).as_file())
    played = kept.play(version())
    assert [(entry.key, entry.element) for entry in played.work] == [
        ("ticket:2", "write_explanation"),
        ("ticket:1", "write_explanation"),
    ]
