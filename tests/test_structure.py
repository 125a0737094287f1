"""The shape of the code: no circle of files, not even for types, and one writer of instances and work items."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import huitoukan

ROOT = Path(huitoukan.__file__).parent.parent
PACKAGES = ("bpmn", "engine", "rectification", "notifications", "web", "huitoukan")


def modules() -> dict[str, Path]:
    """Every module of the product by its dotted name."""
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in files
    }


def imported(path: Path, known: dict[str, Path]) -> set[str]:
    """The product's modules that a file names in an import, wherever the import stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= (inner & known.keys()) or {node.module}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names & known.keys()


def test_no_circle_of_files() -> None:
    known = modules()
    graph = {name: imported(path, known) - {name} for name, path in known.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        raise AssertionError(" → ".join(circle.args[1])) from None


WRITER = "engine.instances.store"
WRITTEN = frozenset({"instances", "work_items"})
WRITES = ("insert", "update", "delete")
AS_TEXT = re.compile(
    r"\b(insert\s+into|update|delete\s+from)\s+[\"`]?(instances|work_items)\b", re.IGNORECASE
)


def writes(source: str) -> Iterator[str]:
    """The statements of a file that change instances or work items: built by SQLAlchemy or written as text."""
    tree = ast.parse(source)
    tables = WRITTEN | set(_other_names(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and AS_TEXT.search(node.value):
            yield node.value
        if isinstance(node, ast.Call):
            verb, subjects = _verb(node)
            if verb in WRITES and any(_last_name(subject) in tables for subject in subjects):
                yield ast.unparse(node)


def _other_names(tree: ast.AST) -> Iterator[str]:
    """What a file calls the two tables beside their own names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.asname for alias in node.names if alias.name in WRITTEN and alias.asname)
        elif isinstance(node, ast.Assign) and _last_name(node.value) in WRITTEN:
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _verb(call: ast.Call) -> tuple[str, list[ast.expr]]:
    """What is called, and on what: ``update(table)``, ``dialect.insert(table)`` or ``table.update()``."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr, [call.func.value, *call.args[:1]]
    return _last_name(call.func), call.args[:1]


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def test_one_file_writes_instances_and_work_items() -> None:
    found = {
        name: statements
        for name, path in modules().items()
        if not name.startswith("huitoukan.migrations.") and (statements := list(writes(path.read_text())))
    }
    assert list(found) == [WRITER], found


@pytest.mark.parametrize(
    "source",
    [
        "update(work_items).values(owner='')",
        "session.execute(postgresql.insert(schema.instances))",
        "work_items.delete()",
        "from engine.schema import work_items as work\nupdate(work)",
        "rows = work_items\ninsert(rows)",
        "text('UPDATE instances SET state = NULL')",
    ],
)
def test_a_write_is_noticed(source: str) -> None:
    assert list(writes(source))


NAMES = re.compile(r"^(person|post|ticket|household|village|case|campaign):")
NAMED_IN = {"engine.owners", "rectification.core.keys"}


def named_by_hand(source: str) -> Iterator[str]:
    """The keys and owners that a file puts together by hand."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr) and len(node.values) > 1:
            first = node.values[0]
            if isinstance(first, ast.Constant) and NAMES.match(str(first.value)):
                yield ast.unparse(node)


def test_keys_and_owners_are_made_in_one_place_each() -> None:
    found = {
        name: list(named_by_hand(path.read_text()))
        for name, path in modules().items()
        if name not in NAMED_IN and "migrations" not in name
    }
    assert {name: written for name, written in found.items() if written} == {}
    assert list(named_by_hand('f"ticket:{number}"')), "a key that is written by hand is noticed"
