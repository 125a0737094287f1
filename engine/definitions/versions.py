"""Definition versions: the files published together, immutable, hashed, parsed once."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Final

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from engine.checks import Finding, check
from engine.database import rows_of
from engine.decisions import Decision, parse_decisions
from engine.diagrams.activities import CallActivity, SubProcess
from engine.diagrams.elements import Element
from engine.diagrams.events import CatchEvent, StartEvent
from engine.diagrams.reading import main_processes, read_diagrams, roles_in, starter_roles
from engine.errors import BadModel, NotFound
from engine.expressions import Value
from engine.host import ProcessHost, Values
from engine.schema import definitions, processes
from engine.text import LocalizedText

TEST_SUFFIX = ".test.json"
"""How the files end that say what a rehearsal of the version is expected to do."""

Files = tuple[tuple[str, bytes], ...]
"""What was published together, in the order of the names: the same files are read and checked once."""


@lru_cache(maxsize=32)
def _diagrams(files: Files) -> dict[str, BpmnProcessSpec]:
    return read_diagrams({name: data for name, data in files if name.endswith(".bpmn")})


@lru_cache(maxsize=32)
def _errors(files: Files) -> tuple[Finding, ...]:
    return tuple(
        finding
        for name, data in files
        if is_model(name)
        for finding in check(data, file=name, companions=dict(files))
        if finding.severity == "error"
    )


def is_model(name: str) -> bool:
    """Whether the checks read a file: tests of the process stand beside the models and are not drawn."""
    return not name.endswith(TEST_SUFFIX)


class Version:
    """One published version: what instances that run on it refer to."""

    def __init__(self, number: int, files: Mapping[str, str], scope: str = "") -> None:
        self.id = number
        self.scope = scope
        self.files = {name: text.encode() for name, text in files.items()}

    @cached_property
    def specs(self) -> dict[str, BpmnProcessSpec]:
        """Every process and every inside of a sub-process."""
        return _diagrams(tuple(sorted(self.files.items())))

    @cached_property
    def decisions(self) -> dict[str, Decision]:
        """Every decision table by id and by name."""
        result: dict[str, Decision] = {}
        for name, data in self.files.items():
            if name.endswith(".dmn"):
                read = parse_decisions(data)
                result.update({name: read[name] for name in read})
        return result

    @cached_property
    def file_of(self) -> dict[str, str]:
        """Process id to the file that draws it."""
        return {
            process: name
            for name, data in self.files.items()
            if name.endswith(".bpmn")
            for process in main_processes(data)
        }

    @cached_property
    def process_of(self) -> dict[str, str]:
        """Spec name (a process or the inside of a sub-process) to the process whose diagram shows it."""
        result: dict[str, str] = {}
        for process in self.file_of:
            pending = [process]
            while pending:
                name = pending.pop()
                result[name] = process
                for element in self.specs[name].task_specs.values():
                    if isinstance(element, SubProcess) and not isinstance(element, CallActivity):
                        pending.append(element.inside)
        return result

    @cached_property
    def elements(self) -> dict[tuple[str, str], Element]:
        """(process, element id) to the element."""
        return {
            (process, element.bpmn_id): element
            for name, process in self.process_of.items()
            for element in self.specs[name].task_specs.values()
        }

    def spec(self, process: str) -> BpmnProcessSpec:
        """The spec of a process of this version."""
        if process not in self.specs:
            raise NotFound(LocalizedText(f"没有流程“{process}”。", f"There is no process “{process}”."))
        return self.specs[process]

    def starters(self, process: str) -> frozenset[str]:
        """The roles whose holders may start a process by hand; none of one that only the domain starts."""
        file = self.file_of.get(process)
        return frozenset() if file is None else starter_roles(self.files[file]).get(process, frozenset())

    def plain_start(self, process: str) -> StartEvent:
        """The start event with which a person begins, with the form that they fill in.

        Raises:
            NotFound: the process begins with events alone.
        """
        for start in self.spec(process).bpmn_start_events:
            if start.event.kind == "none":
                return start  # type: ignore[no-any-return]
        raise NotFound()

    def sendable(self, name: str) -> tuple[CatchEvent, frozenset[str]] | None:
        """Where a message is caught that people may send, and the roles that may; None: nobody may send it.

        What is caught at two places is sent by nobody: it would not be known which form counts.
        """
        caught = [
            element
            for element in self.elements.values()
            if isinstance(element, CatchEvent)
            and not isinstance(element, StartEvent)
            and element.event.kind == "message"
            and element.event.name == name
        ]
        if len(caught) != 1:
            return None
        roles = roles_in(caught[0].particulars.properties.get("senders", ""))
        return (caught[0], frozenset(roles)) if roles else None


class Definitions:
    """The versions that this server has read so far; a version never changes, so neither does its cache."""

    def __init__(self, world: ProcessHost) -> None:
        self._world = world
        self._read: dict[int, Version] = {}

    def remember(self, version: Version) -> None:
        """Take a version as it was read already."""
        self._read[version.id] = version

    def version(self, session: Session, number: int) -> Version:
        """The version with this id."""
        if number not in self._read:
            row = session.execute(
                select(definitions.c.files, definitions.c.scope).where(definitions.c.id == number)
            ).one_or_none()
            if row is None:
                raise NotFound()
            self._read[number] = Version(number, row.files, row.scope)
        return self._read[number]

    def property_values(self, session: Session, number: int, element: str | None, name: str) -> set[str]:
        """What a property says of the elements of this name in a version, whichever process shows them."""
        drawn = self.version(session, number).elements
        values = (
            part.particulars.properties.get(name) for (_process, own), part in drawn.items() if own == element
        )
        return {value for value in values if value}

    def current(self, session: Session, process: str, scope: str = "") -> Version:
        """The version of a process that is in force in a scope: its own, else the nearest above.

        Raises:
            NotFound: none is.
        """
        known = dict(rows_of(session, _current_of, {"process": process}))
        return self._in_force(session, process, known, scope)

    def above(self, session: Session, version: Version) -> Version | None:
        """The version that would be in force in a version's scope without it: that of the nearest scope above."""
        above = self._world.scopes_above(session, version.scope)[1:]
        for process in version.file_of:
            known = dict(rows_of(session, _current_of, {"process": process}))
            next_ = next((known[scope] for scope in above if scope in known), None)
            if next_ is not None:
                return self.version(session, next_)
        return None

    def for_start(self, session: Session, process: str, key: str, variables: Mapping[str, Value]) -> Version:
        """The version on which an instance with this key and these variables starts.

        Where the installation's is the only one, nobody is asked where it lies.

        Raises:
            NotFound: none is in force there.
        """
        known = dict(rows_of(session, _current_of, {"process": process}))
        scope = "" if known.keys() <= {""} else self._world.scope_of(session, key, variables)
        return self._in_force(session, process, known, scope)

    def _in_force(self, session: Session, process: str, known: Mapping[str, int], scope: str) -> Version:
        nearest = self._nearest(session, known, scope)
        if nearest is None:
            raise NotFound(
                LocalizedText(f"没有已发布的流程“{process}”。", f"No process “{process}” is published.")
            )
        return self.version(session, nearest)

    def _nearest(self, session: Session, known: Mapping[str, int], scope: str) -> int | None:
        if not scope or known.keys() <= {""}:
            return known.get("")
        above = self._world.scopes_above(session, scope)
        return next((known[scope] for scope in above if scope in known), None)

    def started_by(
        self, session: Session, kind: str, name: str, key: str, variables: Mapping[str, Value]
    ) -> list[tuple[Version, str, str]]:
        """(version, process, start event) of every process that this message or signal starts where it belongs."""
        current: dict[str, dict[str, int]] = defaultdict(dict)
        rows = rows_of(session, _all_current, {})
        for row in rows:
            current[row.process][row.scope] = row.definition_id
        scope = self._world.scope_of(session, key, variables) if any(row.scope for row in rows) else ""
        starts: list[tuple[Version, str, str]] = []
        for process, known in current.items():
            number = self._nearest(session, known, scope)
            if number is not None:
                version = self.version(session, number)
                starts += [(version, process, start) for start in _starts(version, process, kind, name)]
        return starts

    def scopes_started_by(
        self, session: Session, signal: str, key: str, variables: Mapping[str, Value]
    ) -> list[tuple[str, Values]]:
        """(process, what its instance knows) of everything that a signal starts.

        One that belongs nowhere starts every version that is in force anywhere, each for its own scope.
        """
        rows = rows_of(session, _all_current, {})
        if not any(row.scope for row in rows) or self._world.scope_of(session, key, variables):
            started = self.started_by(session, "signal", signal, key, variables)
            return [(process, {}) for _version, process, _start in started]
        return [
            (row.process, self.begins_with(session, row.process, row.scope))
            for row in rows
            for _start in _starts(self.version(session, row.definition_id), row.process, "signal", signal)
        ]

    def begins_with(self, session: Session, process: str, scope: str) -> Values:
        """What an instance of a process knows that is started for a whole scope."""
        known = {definition for definition, _number in rows_of(session, _current_of, {"process": process})}
        return {} if known <= {""} else self._world.begins_with(session, scope, known - {scope})


def _starts(version: Version, process: str, kind: str, name: str) -> list[str]:
    """The start events of a process that a message or signal of this name sets off."""
    starts = version.spec(process).bpmn_start_events
    return [start.name for start in starts if start.event.kind == kind and start.event.name == name]


_current_of: Final = select(processes.c.scope, processes.c.definition_id).where(
    processes.c.process == bindparam("process"), processes.c.current
)
_all_current: Final = (
    select(processes.c.process, processes.c.scope, processes.c.definition_id)
    .where(processes.c.current)
    .order_by(processes.c.definition_id, processes.c.process, processes.c.scope)
)


def publish(
    session: Session,
    files: Mapping[str, bytes],
    by: str,
    now: dt.datetime,
    note: str = "",
    scope: str = "",
) -> int:
    """Publish files as one version of a scope; files that are current there change nothing. Returns its id.

    Raises:
        BadModel: naming every fault that the checks find.
    """
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + files[name] + b"\0")
    session.execute(_one_at_a_time)
    known = _current_with(session, digest.hexdigest(), scope)
    if known is not None:
        return known
    faults = _errors(tuple(sorted(files.items())))
    if faults:
        raise BadModel(
            LocalizedText("；".join(f.words.zh for f in faults), "; ".join(f.words.en for f in faults))
        )
    number = 1 + (session.execute(select(func.max(definitions.c.number))).scalar_one() or 0)
    texts = {name: data.decode() for name, data in files.items()}
    row = {
        "hash": digest.hexdigest(),
        "scope": scope,
        "number": number,
        "published_at": now,
        "published_by": by,
        "note": note,
        "files": texts,
    }
    result = session.execute(insert(definitions).returning(definitions.c.id), row).scalar_one()
    version = Version(result, texts)
    for process, file in version.file_of.items():
        same = (processes.c.process == process, processes.c.scope == scope, processes.c.current)
        session.execute(update(processes).where(*same).values(current=False))
        title = version.spec(process).description or process
        row = {"definition_id": result, "process": process, "scope": scope, "name": title, "file": file}
        session.execute(insert(processes), {**row, "current": True})
    return int(result)


def give_up_own(session: Session, version: Version) -> bool:
    """Let a version be in force in its scope no more, so that those above are; whether it was until now."""
    session.execute(_one_at_a_time)
    own = (processes.c.definition_id == version.id, processes.c.current)
    return bool(
        session.execute(
            update(processes).where(*own).values(current=False).returning(processes.c.process)
        ).all()
    )


_one_at_a_time: Final = select(definitions.c.id).order_by(definitions.c.id).limit(1).with_for_update()
"""Whoever publishes holds the first version: of two at once, the second sees what the first made current."""


def _current_with(session: Session, digest: str, scope: str) -> int | None:
    """The version of a scope with these very files, when none of its processes was published anew there since."""
    same = (definitions.c.hash == digest, definitions.c.scope == scope)
    newest = select(definitions.c.id).where(*same).order_by(definitions.c.id.desc())
    known = session.execute(newest.limit(1)).scalar_one_or_none()
    if known is None:
        return None
    overtaken = select(processes.c.process).where(processes.c.definition_id == known, ~processes.c.current)
    return None if session.execute(overtaken.limit(1)).first() else int(known)
