"""`huitoukan model check`: what it prints and how it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from huitoukan.cli import app
from tests.engine.drawing import process

SHIPPED = Path(__file__).parents[2] / "bpmn"
S, E = '<startEvent id="s"/>', '<endEvent id="e"/>'
CALLER = process(S + '<callActivity id="c" calledElement="q"/>' + E, "s -> c", "c -> e")
CALLED = process(S + E, "s -> e", name="q")


def run(*files: Path, as_json: bool = True) -> tuple[int, list[dict[str, Any]], str]:
    """The exit code, the JSON lines, and the text."""
    words = ["model", "check", *map(str, files), *(["--json"] if as_json else [])]
    done = CliRunner().invoke(app, words)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return (
        done.exit_code,
        [json.loads(line) for line in done.output.splitlines()] if as_json else [],
        done.output,
    )


def test_all_that_is_shipped_is_accepted_in_one_call() -> None:
    files = sorted(SHIPPED.glob("*.*mn"))
    code, lines, _ = run(*files)
    assert code == 0
    assert lines == [{"file": str(file), "accepted": True, "findings": []} for file in files]


def test_one_shipped_file_finds_what_it_refers_to_beside_it() -> None:
    assert run(SHIPPED / "rectification.bpmn")[0] == 0


def test_a_fault_is_named_by_element_in_both_languages_and_ends_with_1(tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.bpmn", tmp_path / "good.bpmn"
    bad.write_text(process(S + '<scriptTask id="x" name="评分"/>' + E, "s -> x", "x -> e"), encoding="utf-8")
    good.write_text(CALLED, encoding="utf-8")
    code, lines, _ = run(bad, good)
    assert code == 1
    assert [line["accepted"] for line in lines] == [False, True]
    finding = next(line for line in lines[0]["findings"] if line["severity"] == "error")
    assert set(finding) == {"severity", "rule", "element", "name", "message_zh", "message_en"}
    assert (finding["rule"], finding["element"], finding["name"]) == ("unsupported-element", "x", "评分")
    assert "脚本任务" in finding["message_zh"]
    assert "script task" in finding["message_en"]


def test_files_given_together_and_neighbours_complete_each_other(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    caller, called = here / "a.bpmn", there / "b.bpmn"
    caller.write_text(CALLER, encoding="utf-8")
    called.write_text(CALLED, encoding="utf-8")
    assert run(caller)[0] == 1
    assert run(caller, called)[0] == 0
    (here / "broken.bpmn").write_text("<", encoding="utf-8")
    shutil.copy(called, here / "c.bpmn")
    assert run(caller)[0] == 0


def test_drafts_with_the_same_ids_do_not_disturb_each_other(tmp_path: Path) -> None:
    first, second = tmp_path / "a.bpmn", tmp_path / "b.bpmn"
    for entry in (first, second):
        entry.write_text(CALLED, encoding="utf-8")
    assert run(first, second)[0] == 0


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b"PK\x03\x04"])
def test_what_cannot_be_read_is_a_finding(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "a.bpmn"
    if content is not None:
        file.write_bytes(content)
    code, (line,), _ = run(file)
    assert code == 1
    assert not line["accepted"]
    assert line["findings"][0]["rule"] == "readable"


def test_people_read_it_in_chinese_and_english(tmp_path: Path) -> None:
    file = tmp_path / "a.bpmn"
    file.write_text(process(S + '<task id="a"/>' + E, "s -> e"), encoding="utf-8")
    code, _, text = run(file, as_json=False)
    assert code == 1
    assert "不能发布 not accepted" in text
    assert "从开始事件走不到" in text
    assert "cannot be reached" in text


@pytest.mark.parametrize(
    "case", sorted((Path(__file__).parents[1] / "cases").glob("*.*mn")), ids=lambda one: one.name
)
def test_no_case_ends_in_a_traceback(case: Path) -> None:
    _, (line,), _ = run(case)
    assert "rule-failed" not in {entry["rule"] for entry in line["findings"]}


def test_a_poisonous_condition_is_looked_at_without_a_traceback() -> None:
    code, (line,), _ = run(Path(__file__).parents[1] / "cases" / "n75_poison_demo.bpmn")
    assert (code, line["accepted"]) == (0, True), "nothing before nothing is an empty text, as in FEEL"
    assert [entry["rule"] for entry in line["findings"]] == ["picture-missing"]
