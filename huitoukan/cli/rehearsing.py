"""`huitoukan model rehearse`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import orjson
import typer

from engine.clock import SystemClock
from engine.definitions.versions import Version
from engine.diagrams.reading import main_processes
from engine.errors import BadModel, DomainError, NotFound
from engine.json import Values
from engine.simulation.rehearsal import KEY, Beside, Rehearsal
from engine.simulation.rehearsal import rehearse as play
from engine.xml import UnreadableXml, parse_xml
from huitoukan.cli.console import fail, read_json


def rehearse(
    file: Path,
    process: str | None,
    key: str,
    start: str,
    answers: Path | None,
    also: list[str],
    as_json: bool,
) -> None:
    """Rehearse one file, with the files beside it as far as it needs them."""
    variables = _object(read_json(start, "--start"), "--start")
    decisions = (
        {}
        if answers is None
        else _object(read_json(_read(answers).decode("utf-8-sig"), str(answers)), str(answers))
    )
    others = [_beside(name) for name in also]
    version = _version(file, [other.process for other in others])
    names = list(main_processes(version.files[file.name]))
    if process is None and len(names) != 1 and others:
        beside = {other.process for other in others}
        names = [name for name in names if name not in beside]
    if process is None and len(names) != 1:
        fail(
            f"The file has {len(names)} executable processes ({', '.join(names)}); choose one with --process.",
            2,
        )
    try:
        result = play(
            version,
            process or names[0],
            key=key,
            start=variables,
            answers=decisions,
            also=others,
            at=SystemClock().now(),
        )
    except NotFound as fault:
        fail(f"{file}: {fault.words.en} {fault.words.zh}", 2)
    if as_json:
        typer.echo(orjson.dumps(result.as_json(), default=str).decode())
    else:
        _say(result)
    if result.incident is not None:
        raise typer.Exit(1)


def _beside(text: str) -> Beside:
    """``PROCESS``, ``PROCESS=KEY`` or ``PROCESS=KEY:{…}``."""
    process, _, more = text.partition("=")
    key, brace, variables = more.partition(":{")
    start = _object(read_json(f"{{{variables}", "--also"), "--also") if brace else {}
    return Beside(process, key or KEY, start)


def _version(file: Path, also: Iterable[str]) -> Version:
    """The file and, from its directory, the files that it refers to or that hold the processes beside it."""
    files = {file.name: _read(file)}
    try:
        parse_xml(files[file.name])
    except UnreadableXml as fault:
        fail(f"{file}: {fault.words.en} {fault.words.zh}")
    names, known = {*_references(files[file.name]), *also}, _declared(files[file.name])
    beside = {
        path.name: path
        for path in sorted(file.resolve().parent.glob("*"))
        if path.suffix in (".bpmn", ".dmn") and path.name != file.name
    }
    pending = True
    while pending and names:
        pending = False
        for name, path in list(beside.items()):
            data = _read(path)
            try:
                ids = _declared(data)
            except UnreadableXml:
                beside.pop(name)
                continue
            if ids & (names - known):
                files[name] = data
                beside.pop(name)
                names |= _references(data)
                known |= ids
                pending = True
    try:
        version = Version(0, {name: data.decode("utf-8") for name, data in files.items()})
        _ = version.specs, version.decisions
    except (BadModel, UnicodeDecodeError) as fault:
        fail(
            f"{file}: {fault.words.en} {fault.words.zh}"
            if isinstance(fault, DomainError)
            else f"{file}: {fault}"
        )
    return version


_REFERENCES = ("calledElement", "{http://camunda.org/schema/1.0/bpmn}decisionRef", "processId", "decisionId")


def _references(data: bytes) -> set[str]:
    return {
        value for element in parse_xml(data).iter() for name in _REFERENCES if (value := element.get(name))
    }


def _declared(data: bytes) -> set[str]:
    return {element.get("id", "") for element in parse_xml(data).iter("{*}process", "{*}decision")}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        fail(f"{path} cannot be read: {fault.strerror}.", 2)


def _object(value: object, what: str) -> Values:
    if not isinstance(value, Mapping):
        fail(f"{what} must be a JSON object.", 2)
    return dict(value)


def _say(result: Rehearsal) -> None:
    for step in result.trace:
        typer.echo(f"{step['at']}  {step['event']:<10} {step['name'] or step['element']}")
    for step in result.open:
        typer.echo(f"open: {step['name'] or step['element']}")
    if result.incident:
        typer.echo(f"{result.incident['message_zh']}\n{result.incident['message_en']}", err=True)
    typer.echo("ended" if result.ended else "not ended")
