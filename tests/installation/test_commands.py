"""The command `huitoukan`: each subcommand says in a sentence what it did, or what is wrong with what it was given."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forked import run


def test_the_command_is_installed() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("huitoukan"), "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "Usage" in done.stdout


@pytest.mark.parametrize(
    "command",
    [
        ["serve"], ["demo"], ["migrate"], ["user", "add"], ["user", "list"], ["user", "password"], ["user", "post"], ["user", "open"], ["user", "close"], ["token", "create"], ["model", "check"], ["model", "rehearse"],
        ["import", "households"], ["audit", "verify"], ["backup", "create"], ["backup", "verify"], ["backup", "restore"],
    ],
)  # fmt: skip
def test_every_command_explains_itself(tmp_path: Path, command: list[str]) -> None:
    done = run(tmp_path, *command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_an_installation_is_made_by_commands_alone(tmp_path: Path) -> None:
    where = ["--data", str(tmp_path / "data")]
    assert "from version nothing" in run(tmp_path, "migrate", *where).stdout
    person = ["user", "add", "zhang", "--name", "张管理", "--role", "admin", *where]
    assert "zhang" in run(tmp_path, *person, words="一个足够长的密码\n").stdout
    again = run(tmp_path, *person, words="一个足够长的密码\n")
    assert again.returncode == 1
    assert again.stderr.strip() == "There is already an account zhang; see huitoukan user list."
    token = run(tmp_path, "token", "create", "zhang", *where)
    assert token.stdout.startswith("htk_")
    assert run(tmp_path, "audit", "verify", *where).returncode == 0


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["demo", "--size", "huge"], "The sizes are small and county"),
        (["token", "create", "nobody"], "Nobody signs in as nobody."),
        (["user", "add", "x", "--name", "X", "--role", "admin@"], "A post is written ROLE@SCOPE"),
        (["user", "add", "x", "--name", "X", "--role", "king@1"], "A post is written ROLE@SCOPE"),
        (["model", "rehearse", "missing.bpmn"], "missing.bpmn"),
        (["model", "rehearse", __file__], "XML"),
        (["import", "households", "missing.csv"], "cannot be read"),
    ],
)
def test_bad_input_gets_a_sentence_and_never_a_traceback(
    tmp_path: Path, given: list[str], sentence: str
) -> None:
    more = [] if given[0] == "model" else ["--data", str(tmp_path / "data")]
    if given[0] == "token":
        run(tmp_path, "migrate", *more)
    done = run(tmp_path, *given, *more)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_demo_is_not_built_into_a_database_in_use(tmp_path: Path) -> None:
    where = ["--data", str(tmp_path / "data")]
    run(tmp_path, "migrate", *where)
    run(tmp_path, "user", "add", "zhang", "--name", "张", *where, words="一个足够长的密码\n")
    done = run(tmp_path, "demo", "--port", "0", "--json", *where)
    assert done.returncode == 1
    assert "in use for real work" in done.stderr


def test_a_rehearsal_is_printed_as_json(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "bpmn" / "written_explanation.bpmn"
    start = '{"ticket": 1, "resp_person": 7, "town": "1", "county": "2", "dept": "post:line_dept@U1"}'
    command = ["model", "rehearse", str(shipped), "--start", start, "--json"]
    done = run(tmp_path, *command)
    assert "“起草情况说明”：“原因”请选择。" in json.loads(done.stdout)["incident"]["message_zh"]
    assert done.returncode == 1
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps(EXPLAINED))
    beside = ["--also", f"written_explanation=ticket:2:{start}", "--key", "ticket:1"]
    told = json.loads(run(tmp_path, *command, *beside, "--answers", str(answers)).stdout)
    assert {"trace", "ended", "open", "variables", "incident"} <= set(told)
    assert told["incident"] is None, told["incident"]
    assert told["ended"]
    completed = [(step["key"], step["element"]) for step in told["trace"] if step["event"] == "completed"]
    assert {("ticket:1", "write_explanation"), ("ticket:2", "write_explanation")} <= set(completed)
    assert "no process" in run(tmp_path, *command, "--also", "gone").stderr
    another = json.loads(run(tmp_path, *command, "--also", "progress_statement=ticket:1").stdout)
    assert "progress_statement" in {step["process"] for step in another["trace"]}


EXPLAINED = {
    "write_explanation": {
        "reason_code": "construction",
        "explanation": "危房改造主体已完工，抹灰与门窗要等天气转暖。",
        "plan": "十月底前完成抹灰与门窗，完工后申请复查。",
        "protection": "已安排临时住所",
        "review_date": "2019-10-31",
        "explanation_evidence": [1],
    },
    "town_review": {"town_decision": "agree"},
    "dept_review": {"dept_decision": "agree"},
    "county_review": {"county_decision": "agree"},
    "approve": {"approved": True},
}
