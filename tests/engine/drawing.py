"""Small diagrams for tests, written the short way."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from engine.definitions.versions import Version
from engine.simulation.rehearsal import Beside, Rehearsal, rehearse

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="defs" targetNamespace="test">'
)
START = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)


def flows(*pairs: str) -> str:
    """Sequence flows from texts such as ``a -> b`` or ``g -> b : amount > 5`` or ``g => c`` (the default)."""
    out = []
    for pair in pairs:
        found = re.fullmatch(r"(\S+) (->|=>) (\S+)(?: : (.*))?", pair)
        assert found, pair
        source, _, target, condition = found.groups()
        inner = (
            f"<conditionExpression>{condition.replace('<', '&lt;')}</conditionExpression>"
            if condition
            else ""
        )
        out.append(
            f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'
        )
    return "".join(out)


def process(body: str, *pairs: str, name: str = "p", outside: str = "") -> str:
    """One executable process in a file of its own."""
    return f'{HEAD}{outside}<process id="{name}" isExecutable="true">{body}{flows(*pairs)}</process></definitions>'


def played(*files: str, main: str = "p", also: Sequence[str] = (), **how: Any) -> Rehearsal:
    """Rehearse diagrams, ``also`` other processes beside the main one; decisions may be among the files."""
    texts = {f"{i}.dmn" if "DMN" in text.split(">")[0] else f"{i}.bpmn": text for i, text in enumerate(files)}
    return rehearse(Version(0, texts), main, at=START, also=[Beside(entry) for entry in also], **how)


def completed(result: Rehearsal) -> list[str]:
    """Elements of the tasks that completed, in order."""
    return [entry["element"] for entry in result.trace if entry["event"] == "completed"]


def events(result: Rehearsal, event: str) -> list[str]:
    """Elements to which this happened, in order."""
    return [entry["element"] for entry in result.trace if entry["event"] == event]


def hours(result: Rehearsal, element: str, event: str) -> list[float]:
    """At which hour of the rehearsal something happened to an element."""
    return [
        (dt.datetime.fromisoformat(entry["at"]) - START).total_seconds() / 3600
        for entry in result.trace
        if (entry["element"], entry["event"]) == (element, event)
    ]
