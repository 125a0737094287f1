"""What handlers and guards read, declared: the variables of a service task and the fields of a form, with their types.

A declaration is read once, where the work begins; the checks of diagrams read the same declaration.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial, update_wrapper
from typing import Generic, Self, TypeVar, dataclass_transform

from engine.expressions import Value
from engine.host import Step, Values
from engine.json import as_float, as_int, as_list, as_object
from engine.text import LocalizedText

Convert = Callable[[object], object]


class InputMissing(Exception):
    """A handler needs a variable that the diagram does not give, or gives as something else."""

    def __init__(self, name: str, value: object) -> None:
        super().__init__(name)
        self.words = (
            LocalizedText(
                f"这一步需要“{name}”，而流程里没有给出；请检查流程图的表单和变量。",
                f"This step needs “{name}”, which the process has not given; check the diagram's forms and variables.",
            )
            if value is None
            else LocalizedText(
                f"这一步需要的“{name}”不对：{value}",
                f"This step needs “{name}”, which cannot be used as it is: {value}",
            )
        )


@dataclass(frozen=True, slots=True)
class _Input:
    name: str
    convert: Convert
    may_be_empty: bool
    default: Callable[[], object] | None


@dataclass_transform(frozen_default=True, kw_only_default=True)
class HandlerInput:
    """The variables or form fields that some code reads: one annotated attribute each.

    An attribute without a default must be given by whoever draws the diagram; ``None`` in its type says that
    it may be empty. An attribute with a default may be left out.
    """

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True, kw_only=True)(cls)

    @classmethod
    def read(cls, values: Mapping[str, Value], *, lenient: bool = False) -> Self:
        """The values under these names.

        ``lenient``: what is of another type counts as empty where it may be empty, so that a guard can say what is wrong.

        Raises:
            InputMissing: something is not given, or is of another type.
        """
        return cls(
            **{
                declared.name: _taken(declared, values.get(declared.name), lenient)
                for declared in _inputs(cls)
            }
        )

    @classmethod
    def declared(cls) -> frozenset[str]:
        """All names that are read."""
        return frozenset(declared.name for declared in _inputs(cls))

    @classmethod
    def needed(cls) -> frozenset[str]:
        """The names that must be given."""
        return frozenset(declared.name for declared in _inputs(cls) if declared.default is None)


class NoInput(HandlerInput):
    """Nothing is read."""


def _taken(declared: _Input, value: object, lenient: bool) -> object:
    if value is None or (value == "" and declared.may_be_empty):
        if declared.default is not None:
            return declared.default()
        if declared.may_be_empty:
            return None
        raise InputMissing(declared.name, None)
    try:
        return declared.convert(value)
    except (TypeError, ValueError):
        if lenient and declared.may_be_empty:
            return None
        raise InputMissing(declared.name, value) from None


_known: dict[type[HandlerInput], tuple[_Input, ...]] = {}


def _inputs(kind: type[HandlerInput]) -> tuple[_Input, ...]:
    if kind not in _known:
        hints = typing.get_type_hints(kind)
        _known[kind] = tuple(_input(field, hints[field.name]) for field in _fields(kind))
    return _known[kind]


def _fields(kind: type) -> tuple[dataclasses.Field[object], ...]:
    """The attributes; ``dataclass_transform`` does not tell the type checker that these are dataclasses."""
    return dataclasses.fields(kind)


def _input(field: dataclasses.Field[object], hint: object) -> _Input:
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    default: Callable[[], object] | None = None
    if field.default is not dataclasses.MISSING:
        default = partial(_same, field.default)
    elif field.default_factory is not dataclasses.MISSING:
        default = field.default_factory
    return _Input(field.name, _CONVERT[kinds[0]], type(None) in kinds, default)


def _same(value: object) -> object:
    return value


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)


def _numbers(value: object) -> list[int]:
    return [as_int(item) for item in as_list(value)]


_CONVERT: dict[object, Convert] = {
    int: as_int,
    float: as_float,
    str: _text,
    bool: bool,
    list[int]: _numbers,
    Mapping[str, object]: as_object,
}
"""How a value becomes what an attribute's type says."""

Inputs = TypeVar("Inputs", bound=HandlerInput)
Result = Mapping[str, Value] | None


class Service(Generic[Inputs]):
    """A handler with its declaration: what its topic needs of a diagram, and the variables that it gives."""

    def __init__(
        self, work: Callable[[Step, Inputs], Result], inputs: type[Inputs], gives: frozenset[str]
    ) -> None:
        self._work = work
        self.inputs: type[HandlerInput] = inputs
        self._read = inputs.read
        self.gives = gives
        update_wrapper(self, work)

    def __call__(self, step: Step) -> Result:
        return self._work(step, self._read(step.variables))


class FormGuard(Generic[Inputs]):
    """A guard with its declaration: the fields that it needs in the task's form, and the variables that it reads."""

    def __init__(
        self,
        work: Callable[[Step, Inputs], Mapping[str, LocalizedText]],
        form: type[Inputs],
        inputs: type[HandlerInput],
    ) -> None:
        self._work = work
        self.form: type[HandlerInput] = form
        self._read = partial(form.read, lenient=True)
        self.inputs = inputs
        update_wrapper(self, work)

    def __call__(self, step: Step, values: Values) -> Mapping[str, LocalizedText]:
        return self._work(step, self._read(values))


def service(
    inputs: type[Inputs], *gives: str
) -> Callable[[Callable[[Step, Inputs], Result]], Service[Inputs]]:
    """Declare a handler: the variables that it reads, and the names of those that it gives."""
    return lambda work: Service(work, inputs, frozenset(gives))


def guard(
    form: type[Inputs], *, reads: type[HandlerInput] = NoInput
) -> Callable[[Callable[[Step, Inputs], Mapping[str, LocalizedText]]], FormGuard[Inputs]]:
    """Declare a guard: the fields of the form that it looks at, and the variables that it reads."""
    return lambda work: FormGuard(work, form, reads)
