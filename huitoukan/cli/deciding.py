"""`huitoukan model decide`."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import typer

from engine.clock import SystemClock
from engine.decisions import parse_decisions
from engine.expressions import ExpressionError
from engine.expressions.operations import in_writing
from engine.json import Values
from engine.text import LocalizedText


class _NoAnswer(Exception):
    """Why there is no result, in words."""

    def __init__(self, words: LocalizedText) -> None:
        super().__init__(words.en)
        self.words = words


def decide(file: Path, name: str, values: str, as_json: bool) -> int:
    """Print what a decision says; 0 when it says something, 1 when it cannot."""
    try:
        answer = _decided(file, name, values)
        text = _written({"result": answer}) if as_json else in_writing(answer)
    except (_NoAnswer, ExpressionError) as fault:
        message = f"{fault.words.en} {fault.words.zh}"
        typer.echo(_written({"error": message}) if as_json else message, err=not as_json)
        return 1
    typer.echo(text)
    return 0


def _decided(file: Path, name: str, text: str) -> Any:
    values = _values(text)
    try:
        decisions = parse_decisions(file.read_bytes())
    except OSError as fault:
        words = LocalizedText(
            f"文件“{file}”读不了。", f"The file “{file}” cannot be read: {fault.strerror or fault}."
        )
        raise _NoAnswer(words) from None
    if name not in decisions:
        known = "、".join(f"“{decision.name}”" for decision in decisions.values())
        words = LocalizedText(
            f"没有决策“{name}”；有：{known}。", f"There is no decision “{name}”; there are {known}."
        )
        raise _NoAnswer(words)
    now = SystemClock().now()
    return decisions[name].evaluate(values, {"now": lambda: now, "today": now.date})


def _values(text: str) -> Values:
    try:
        values = json.loads(text)
    except ValueError as fault:
        words = LocalizedText(f"--input 不是 JSON：{fault}。", f"--input is not valid JSON: {fault}.")
        raise _NoAnswer(words) from None
    except RecursionError:
        raise _NoAnswer(LocalizedText("--input 嵌套过深。", "--input is nested too deeply.")) from None
    if not isinstance(values, dict):
        raise _NoAnswer(LocalizedText("--input 应是一个 JSON 对象。", "--input must be a JSON object."))
    return values


def _written(answer: Values) -> str:
    return json.dumps(answer, ensure_ascii=False, default=_moment)


def _moment(value: dt.date) -> str:
    return value.isoformat()
