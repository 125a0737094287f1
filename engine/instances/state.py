"""The compact state of an instance: its live tokens and variables, nothing of the past.

About a kilobyte, whatever the age of the instance: history has its own table, and the diagram is
parsed once per version and never stored with the state.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import NotRequired, TypedDict

import orjson
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.diagrams.tokens import Host, Instance, Internal, Scope, SubScope, Token, Variables
from engine.expressions import Value
from engine.json import Json, JsonObject, Values
from engine.schema import instances

Rewriting = Callable[[JsonObject], JsonObject]
"""The variables of one scope to those that read otherwise from now on."""

StoredToken = tuple[int, str, int, Internal] | tuple[int, str, int, Internal, Values]
"""A token as it is stored: id, element, state, what it remembers, and its own variables where it has any."""


class StoredScope(TypedDict):
    """The inside of a sub-process as it is stored: the token that owns it, its diagram, its tokens."""

    o: int
    p: str
    t: list[StoredToken]
    d: NotRequired[Values]
    c: NotRequired[list[str]]


class StoredState(TypedDict):
    """An instance as it is stored: last id, variables, tokens, scopes inside, what is done, what is skipped."""

    n: int
    d: Values
    t: list[StoredToken]
    s: list[StoredScope]
    c: NotRequired[list[str]]
    k: NotRequired[list[str]]


def dump(instance: Instance) -> bytes:
    """The instance as bytes."""
    inner = [
        {
            "o": scope.owner.id,
            "p": scope.spec.name,
            "t": _tokens(scope),
            **({} if scope.variables is scope.owner.data else {"d": scope.variables}),
            **({"c": scope.done} if scope.done else {}),
        }
        for scope in instance.subprocesses.values()
    ]
    whole = {"n": instance.last_id, "d": instance.variables, "t": _tokens(instance), "s": inner}
    if instance.done:
        whole["c"] = instance.done
    if instance.skips:
        whole["k"] = sorted(instance.skips)
    return orjson.dumps(whole, option=orjson.OPT_NON_STR_KEYS)


def _tokens(scope: Scope) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for token in scope.tasks.values():
        row = token.id, token.task_spec.name, token.state, token.internal_data
        own = token.data.maps[0] if isinstance(token.data, ChainMap) else {}
        rows.append((*row, own) if "of" in token.internal_data else row)
    return rows


def load(state: bytes, spec: BpmnProcessSpec, specs: Mapping[str, BpmnProcessSpec], host: Host) -> Instance:
    """The instance as it was when it was stored.

    Raises:
        KeyError: the state names an element that this version of the diagram does not have.
    """
    read: StoredState = orjson.loads(state)
    instance = Instance(spec, specs, {**read["d"]}, host)
    instance.last_id = read["n"]
    instance.done = read.get("c", [])
    instance.skips = set(read.get("k", ()))
    _restore(instance, read["t"])
    for part in read["s"]:
        owner = instance.find(part["o"])
        assert owner is not None
        variables: Variables = {**part["d"]} if "d" in part else owner.data
        scope = SubScope(specs[part["p"]], owner, variables)
        scope.done = part.get("c", [])
        instance.subprocesses[owner.id] = scope
        _restore(scope, part["t"])
    return instance


def token_ids(state: bytes) -> set[int]:
    """The ids of the live tokens of a stored state."""
    read: StoredState = orjson.loads(state)
    return {row[0] for level in (read, *read["s"]) for row in level["t"]}


def variables(stored: bytes) -> Values:
    """The variables of an instance's outermost scope."""
    read: StoredState = orjson.loads(stored)
    return read["d"]


def get_variables(session: Session, number: int) -> Values | None:
    """The variables of an instance's outermost scope; None: it does not run."""
    stored = session.scalar(select(instances.c.state).where(instances.c.id == number))
    return None if stored is None else variables(stored)


def scopes(read: StoredState) -> list[Values]:
    """Every place of a stored state, read as JSON, where variables are kept: scopes, and tokens with their own."""
    tokens = [row for level in (read, *read["s"]) for row in level["t"]]
    own = [row[4] for row in tokens if len(row) == 5]
    return [read["d"], *(level["d"] for level in read["s"] if "d" in level), *own]


def rewritten(stored: bytes, rewriting: Rewriting) -> tuple[bytes, dict[str, list[Json]]]:
    """A stored state with its variables rewritten, and each that changed with its value before and after."""
    read: StoredState = orjson.loads(stored)
    result: dict[str, list[Json]] = {}
    for scope in scopes(read):
        for name, value in rewriting(scope).items():
            if scope.get(name) != value:
                result[name] = [scope.get(name), value]
                scope[name] = value
    return (orjson.dumps(read) if result else stored), result


def _restore(scope: Scope, rows: list[StoredToken]) -> None:
    for row in rows:
        number, name, standing, internal = row[:4]
        data: Variables = scope.variables
        if len(row) == 5:
            own: dict[str, Value] = {**row[4]}
            data = ChainMap(own, scope.tasks[internal["of"]].data)
        token = Token(scope, scope.element(name), number, data, standing)
        token.internal_data = internal
        token.stored = True
