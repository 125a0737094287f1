"""`huitoukan model check`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson
import typer
from lxml import etree

from engine.checks import Finding, check
from engine.text import LocalizedText
from engine.xml import UnreadableXml, parse_xml

_REFERENCES = (
    "calledElement",
    "{http://camunda.org/schema/1.0/bpmn}decisionRef",
    "processId",
    "decisionId",
)
_REASONS: dict[type[OSError], str] = {
    FileNotFoundError: "没有这个文件",
    IsADirectoryError: "这是一个目录",
    PermissionError: "没有读取权限",
}


def model_check(files: list[Path], as_json: bool) -> int:
    """Print every finding about every file; 1 when one of them is not accepted, else 0."""
    shelf = _Shelf(files)
    accepted = True
    for path in files:
        findings = _findings(path, shelf)
        good = not any(finding.severity == "error" for finding in findings)
        accepted = accepted and good
        if as_json:
            typer.echo(orjson.dumps(_as_json(path, good, findings)).decode())
        else:
            _say(path, good, findings)
    return 0 if accepted else 1


def _findings(path: Path, shelf: _Shelf) -> list[Finding]:
    try:
        data = path.read_bytes()
    except OSError as fault:
        zh = _REASONS.get(type(fault), "系统不让读取")
        words = LocalizedText(f"文件读不了：{zh}。", f"The file cannot be read: {fault.strerror or fault}.")
        return [Finding("error", "readable", "", path.name, words)]
    return check(data, file=path.name, companions=shelf.companions(path, data))


class _Shelf:
    """The files given, then those beside them: looked into only for what a file refers to.

    Files that nothing refers to stay out: drafts and copies in one directory may use the same ids.
    """

    def __init__(self, files: list[Path]) -> None:
        self.declared: dict[str, tuple[Path, bytes]] = {}
        self.references: dict[Path, set[str]] = {}
        self.unread = list(dict.fromkeys(path.resolve().parent for path in files))
        for path in files:
            self._take(path.resolve())

    def _take(self, path: Path) -> None:
        """Remember what a file declares and what it refers to; what comes first is kept."""
        root, data = _read(path)
        if root is None or path in self.references:
            return
        self.references[path] = _referred(root)
        for node in root.iter("{*}process", "{*}decision"):
            for name in (
                node.get("id"),
                node.get("name") if etree.QName(node).localname == "decision" else "",
            ):
                if name:
                    self.declared.setdefault(name, (path, data))

    def _find(self, name: str) -> tuple[Path, bytes] | None:
        """The file that declares a process or a decision; neighbours are read when one is missing."""
        while name not in self.declared and self.unread:
            for path in _listed(self.unread.pop(0)):
                self._take(path)
        return self.declared.get(name)

    def companions(self, path: Path, data: bytes) -> dict[str, bytes]:
        """The file itself and all files that it needs, by name."""
        result = {path.name: data}
        here = path.resolve()
        names = list(self.references.get(here, ()))
        own, _ = _read(here)
        mine = set() if own is None else {node.get("id") for node in own.iter("{*}process")}
        visited: set[str] = set()
        while names:
            name = names.pop()
            where = None if name in visited or name in mine else self._find(name)
            visited.add(name)
            if where is None:
                continue
            other, text = where
            if other != here and other.name not in result:
                result[other.name] = text
                names += self.references[other]
        return result


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in (".bpmn", ".dmn"))
    except OSError:
        return []


def _read(path: Path) -> tuple[etree._Element | None, bytes]:
    try:
        data = path.read_bytes()
        return parse_xml(data), data
    except (OSError, UnreadableXml):
        return None, b""


def _referred(root: etree._Element) -> set[str]:
    return {value for element in root.iter() for name in _REFERENCES if (value := element.get(name))}


def _as_json(path: Path, accepted: bool, findings: list[Finding]) -> Mapping[str, object]:
    return {
        "file": str(path),
        "accepted": accepted,
        "findings": [
            {
                "severity": finding.severity,
                "rule": finding.rule,
                "element": finding.element,
                "name": finding.name,
                "message_zh": finding.words.zh,
                "message_en": finding.words.en,
            }
            for finding in findings
        ],
    }


_SEVERITY = {"error": "错误 error", "warning": "提示 warning"}


def _say(path: Path, accepted: bool, findings: list[Finding]) -> None:
    typer.echo(f"{path}: {'可以发布 accepted' if accepted else '不能发布 not accepted'}")
    for finding in findings:
        where = f" [{finding.element}]" if finding.element else ""
        typer.echo(
            f"  {_SEVERITY[finding.severity]} {finding.rule}{where}\n    {finding.words.zh}\n    {finding.words.en}"
        )
