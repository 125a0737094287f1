"""Many values handed to the database as one parameter, where a placeholder for each would take longer than the answer.

The values travel as one JSON text: what SQLite and PostgreSQL both take apart again, each with its own function.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    Select,
    Subquery,
    bindparam,
    cast,
    literal_column,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from engine.database import BigId, read_each

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


def in_list(column: ColumnElement[Any] | Any, values: str | Sequence[object]) -> ColumnElement[bool]:
    """Whether a column of numbers or text is one of these ``values``; a name stands for the parameter that will hold the list."""
    parameter = (
        _parameter(values) if isinstance(values, str) else bindparam(None, values, JSON(), unique=True)
    )
    element = _elements(parameter).table_valued("value")
    condition: ColumnElement[bool] = column.in_(select(cast(_text(element.c.value), _plain(column.type))))
    return condition


def values_by_key(
    session: Session,
    key: InstrumentedAttribute[Key],
    value: InstrumentedAttribute[Value],
    keys: Iterable[Key],
) -> dict[Key, Value]:
    """One column of many rows by the column that tells them apart; rows that there are not are left out.

    A reading transaction asks once for each row.
    """
    return _by_key(session, select(key, value), key, str(value), keys)


def objects_by_key(
    session: Session, model: type[Value], key: InstrumentedAttribute[Key], keys: Iterable[Key]
) -> dict[Key, Value]:
    """The same of whole objects."""
    return _by_key(session, select(key, model), key, model.__name__, keys)


def _by_key(
    session: Session,
    query: Select[Key, Value],
    key: InstrumentedAttribute[Key],
    name: str,
    keys: Iterable[Key],
) -> dict[Key, Value]:
    def read(keys: Sequence[Key]) -> dict[Key, tuple[Value, ...]]:
        rows = session.execute(query.where(in_list(key, keys))).all()
        return {**dict.fromkeys(keys, ()), **{row[0]: (row[1],) for row in rows}}

    known = read_each(session, ("by key", str(key), name), keys, read)
    return {key: values[0] for key, values in known.items() if values}


def parameter_rows(name: str, **columns: TypeEngine[Any]) -> Subquery:
    """A table of the rows that the parameter ``name`` holds: a list of lists, a value for each column."""
    element = _elements(_parameter(name)).table_valued("value")
    fields = [
        cast(_field(element.c.value, literal_column(str(place))), kind).label(column)
        for place, (column, kind) in enumerate(columns.items())
    ]
    return select(*fields).subquery(name)


def _parameter(name: str) -> BindParameter[object]:
    return bindparam(name, type_=JSON())


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return BigId if kind.python_type is int else kind


class _elements(FunctionElement[object]):
    """The elements of a JSON list, each a row."""

    inherit_cache = True


class _text(FunctionElement[object]):
    """A JSON element that is no list, as text."""

    inherit_cache = True


class _field(FunctionElement[object]):
    """One field of a JSON list."""

    inherit_cache = True


@compiles(_elements, "sqlite")
def _elements_sqlite(element: _elements, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_elements, "postgresql")
def _elements_postgresql(element: _elements, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements({compiler.process(element.clauses, **options)})"


@compiles(_text, "sqlite")
def _text_sqlite(element: _text, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(_text, "postgresql")
def _text_postgresql(element: _text, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)} #>> '{{}}')"


@compiles(_field, "sqlite")
def _field_sqlite(element: _field, compiler: SQLCompiler, **options: Any) -> str:
    value, place = (compiler.process(clause, **options) for clause in element.clauses)
    return f"json_extract({value}, '$[{place}]')"


@compiles(_field, "postgresql")
def _field_postgresql(element: _field, compiler: SQLCompiler, **options: Any) -> str:
    value, place = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({value} ->> {place})"
