"""Everything that is wrong with a diagram or a decision table, said before it is published."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from lxml import etree

from engine.checks import (
    business,
    by_hand,
    compensation,
    events,
    expressions,
    flow,
    inputs,
    references,
    tasks,
    throws,
    tokens,
    unread,
    unsupported,
)
from engine.checks.facts import Vocabulary
from engine.checks.finding import Finding
from engine.checks.model import B, Drawing, local, read_drawing
from engine.checks.tables import tables
from engine.diagrams.reading import read_diagrams
from engine.errors import BadModel
from engine.expressions.meter import metered
from engine.text import LocalizedText
from engine.xml import UnreadableXml, parse_xml

__all__ = ["Finding", "Vocabulary", "check"]

_ROOMS = (
    unsupported,
    unread,
    references,
    events,
    throws,
    tasks,
    expressions,
    flow,
    tokens,
    compensation,
    by_hand,
    business,
    inputs,
)
_ONLY_WHEN_RUN = {
    "event-unnamed",
    "reference-nameless",
    "message-missing",
    "decision-missing",
    "called-missing",
    "called-unknown",
    "called-start",
    "condition-missing",
    "start-missing",
    "subprocess-empty",
    "subprocess-start",
    "end-missing",
    "loop-endless",
    "ring-without-wait",
    "no-way-out",
    "unreachable",
    "start-alone",
}
"""Rules about what happens when a process runs: hints only where it is drawn to be read."""
_STEPS = 2_000_000
_SECONDS = 10.0
"""What all expressions of a file that are worked out while it is checked may use up together."""
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


def check(
    data: bytes, *, file: str, companions: Mapping[str, bytes], facts: Vocabulary | None = None
) -> list[Finding]:
    """All findings about one file, read together with the files that it is published with.

    With the ``facts`` of the installation the rules of its business speak too.

    Never raises: whatever the bytes are, what is wrong with them is a finding, and so is a rule that fails.
    """
    findings = _watched("reading", file, lambda: _read(data, file, companions, facts))
    return metered(lambda _meter: list(dict.fromkeys(findings)), _STEPS, _SECONDS)


def _read(
    data: bytes, file: str, companions: Mapping[str, bytes], facts: Vocabulary | None
) -> Iterator[Finding]:
    try:
        root = parse_xml(data)
    except UnreadableXml as fault:
        yield Finding("error", "readable", "", file, fault.words)
        return
    yield from _writing(data, file)
    if local(root) != "definitions" or "/DMN/" not in (etree.QName(root).namespace or ""):
        yield from _diagram(root, data, file, companions, facts)
    else:
        yield from _suffix(file, ".dmn")
        yield from tables(data)


def _watched(rule: str, file: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """What a rule finds; one that fails is a finding itself, and the others go on."""
    try:
        yield from look()
    except Exception as fault:
        kind = type(fault).__name__
        words = LocalizedText(
            f"检查规则“{rule}”没能看完这个文件（{kind}），所以文件没有查全；请把文件交给管理员。",
            f"The rule “{rule}” could not look at this file ({kind}), so it is not checked in full; hand the file to an administrator.",
        )
        yield Finding("error", "rule-failed", "", file, words)


def _writing(data: bytes, file: str) -> Iterator[Finding]:
    """Files are kept as UTF-8 text."""
    declared = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf"))
    name = declared.group(1).decode().lower() if declared else "utf-8"
    try:
        data.decode()
    except UnicodeDecodeError:
        name = name if name != "utf-8" else "?"
    if name not in ("utf-8", "utf8", "us-ascii", "ascii") and not data.isascii():
        yield Finding(
            "error",
            "encoding",
            "",
            file,
            LocalizedText(
                f"文件的编码是 {name}；请用 UTF-8 保存。",
                f"The file is written in {name}; save it as UTF-8.",
            ),
        )


def _suffix(file: str, text: str) -> Iterator[Finding]:
    """The reader tells diagrams from tables by the name of the file."""
    if not file.endswith(text):
        yield Finding(
            "error",
            "file-name",
            "",
            file,
            LocalizedText(
                f"文件名“{file}”应以 {text} 结尾；请改名。",
                f"The name of the file “{file}” must end in {text}; rename it.",
            ),
        )


def _diagram(
    root: etree._Element, data: bytes, file: str, companions: Mapping[str, bytes], facts: Vocabulary | None
) -> Iterator[Finding]:
    if root.tag != f"{B}definitions":
        yield Finding(
            "error",
            "not-a-model",
            "",
            file,
            LocalizedText(
                "文件不是 BPMN 2.0 流程图，也不是 DMN 决策表；请用 Camunda Modeler 画图并保存。",
                "The file is neither a BPMN 2.0 diagram nor a DMN table; draw it in Camunda Modeler.",
            ),
        )
        return
    yield from _suffix(file, ".bpmn")
    drawing = read_drawing(root, file, companions)
    drawing.facts = facts
    findings = [
        finding
        for room in _ROOMS
        for rule in room.RULES
        for finding in _watched(
            f"{room.__name__.rpartition('.')[2]}.{rule.__name__}", file, partial(rule, drawing)
        )
    ]
    findings = _milder(findings, drawing)
    yield from findings
    if not any(finding.severity == "error" for finding in findings):
        yield from _read_for_good(data, file)


def _milder(findings: list[Finding], drawing: Drawing) -> list[Finding]:
    idle = {
        thing.id
        for scope in drawing.scopes
        if not scope.executable
        for thing in [scope, *scope.nodes, *scope.flows]
    }
    return [
        replace(finding, severity="warning")
        if finding.rule in _ONLY_WHEN_RUN and finding.element in idle
        else finding
        for finding in findings
    ]


def _read_for_good(data: bytes, file: str) -> Iterator[Finding]:
    """What no rule objects to is read as it will be read to run; a last refusal is better than a crash."""
    try:
        read_diagrams({file: data})
    except BadModel as fault:
        yield Finding("error", "unreadable-model", "", file, fault.words)
    except Exception as fault:
        words = LocalizedText(f"{file} 无法读取：{fault}", f"{file} cannot be read: {fault}")
        yield Finding("error", "unreadable-model", "", file, words)
