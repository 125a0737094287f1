"""The compact state of an instance: its live tokens and variables, nothing of the past.

About a kilobyte, whatever the age of the instance: history has its own table, and the diagram is
parsed once per version and never stored with the state.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.diagrams.tokens import Host, Instance, Scope, SubScope, Token, Variables
from engine.schema import instances

Rewriting = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""The variables of one scope to those that read otherwise from now on."""


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


def _tokens(scope: Scope) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for token in scope.tasks.values():
        row: list[Any] = [token.id, token.task_spec.name, token.state, token.internal_data]
        if "of" in token.internal_data:
            row.append(token.data.maps[0])  # type: ignore[attr-defined]
        rows.append(row)
    return rows


def load(state: bytes, spec: BpmnProcessSpec, specs: Mapping[str, BpmnProcessSpec], host: Host) -> Instance:
    """The instance as it was when it was stored.

    Raises:
        KeyError: the state names an element that this version of the diagram does not have.
    """
    read = orjson.loads(state)
    instance = Instance(spec, specs, read["d"], host)
    instance.last_id = read["n"]
    instance.done = read.get("c", [])
    instance.skips = set(read.get("k", ()))
    _restore(instance, read["t"])
    for part in read["s"]:
        owner = instance.find(part["o"])
        assert owner is not None
        variables: Variables = part.get("d", owner.data)
        scope = SubScope(specs[part["p"]], owner, variables)
        scope.done = part.get("c", [])
        instance.subprocesses[owner.id] = scope
        _restore(scope, part["t"])
    return instance


def token_ids(state: bytes) -> set[int]:
    """The ids of the live tokens of a stored state."""
    read = orjson.loads(state)
    return {row[0] for level in (read, *read["s"]) for row in level["t"]}


def variables(stored: bytes) -> dict[str, Any]:
    """The variables of an instance's outermost scope."""
    read: dict[str, Any] = orjson.loads(stored)["d"]
    return read


def get_variables(session: Session, number: int) -> dict[str, Any] | None:
    """The variables of an instance's outermost scope; None: it does not run."""
    stored = session.scalar(select(instances.c.state).where(instances.c.id == number))
    return None if stored is None else variables(stored)


def scopes(read: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every place of a stored state, read as JSON, where variables are kept: scopes, and tokens with their own."""
    levels = [read, *read["s"]]
    local = [row[4] for level in levels for row in level["t"] if len(row) > 4]
    return [*(level["d"] for level in levels if "d" in level), *local]


def rewritten(stored: bytes, rewriting: Rewriting) -> tuple[bytes, dict[str, list[Any]]]:
    """A stored state with its variables rewritten, and each that changed with its value before and after."""
    read = orjson.loads(stored)
    result: dict[str, list[Any]] = {}
    for scope in scopes(read):
        for name, value in rewriting(scope).items():
            if scope.get(name) != value:
                result[name] = [scope.get(name), value]
                scope[name] = value
    return (orjson.dumps(read) if result else stored), result


def _restore(scope: Scope, rows: list[list[Any]]) -> None:
    for number, name, state, internal, *local in rows:
        data: Variables = scope.variables
        if local:
            data = ChainMap(local[0], scope.tasks[internal["of"]].data)
        token = Token(scope, scope.element(name), number, data, state)
        token.internal_data = internal
        token.stored = True
