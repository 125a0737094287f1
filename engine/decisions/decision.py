"""A decision, and what it needs of others."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.decisions.types import ANY, Misfit, Type
from engine.expressions import Expression, ExpressionError, Functions, Scope, Value
from engine.expressions.meter import metered
from engine.expressions.numbers import said
from engine.expressions.operations import result
from engine.text import LocalizedText

_STEPS = 200_000
_SECONDS = 5.0
"""What a decision with all that it requires may use up: steps, and processor time."""
Logic = Callable[[Scope, Functions], Value]


def answer(expression: Expression | None, scope: Scope, functions: Functions) -> Value:
    """The value of an expression in a decision: what cannot be calculated is null (DMN 1.3, 10.3.2.13)."""
    return None if expression is None else expression.evaluate(scope, functions, nulls=True, plain=False)


class DecisionError(ExpressionError):
    """A decision that cannot be read or has no answer; ``element`` is the id of what is wrong."""

    def __init__(self, words: LocalizedText, element: str | None = None) -> None:
        super().__init__(words)
        self.element = element


def fitted(
    value: Value, type_: Type, decision: str, name: str, element: str | None, *, each: bool = False
) -> Value:
    """A value as the declared type of a variable wants it; ``each``: item by item.

    Raises:
        DecisionError: it is of another type.
    """
    try:
        return type_.fit_each(value) if each else type_.fit(value)
    except Misfit:
        raise DecisionError(
            LocalizedText(
                f"“{decision}”：“{name}”应为 {type_.name}，得到的是 {said(value)}。",
                f"“{decision}”: “{name}” is declared as {type_.name}, but gets {said(value)}.",
            ),
            element,
        ) from None


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a file: which element, its name, and why."""

    element: str | None
    name: str | None
    words: LocalizedText


@dataclass(eq=False)
class Decision:
    """One decision. ``inputs`` are the variables it reads, ``outputs`` what it gives, by name.

    ``types`` are the declared types of what it is given: input data, or parameters.
    """

    id: str
    name: str
    variable: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    logic: Logic = field(default=lambda _scope, _functions: None, repr=False)
    required: list[Decision] = field(default_factory=list, repr=False)
    models: list[Decision] = field(default_factory=list, repr=False)
    parameters: tuple[str, ...] = ()
    types: dict[str, Type] = field(default_factory=dict, repr=False)

    def evaluate(self, scope: Scope, functions: Functions | None = None) -> Value:
        """What the decision says about these variables.

        Raises:
            DecisionError, ExpressionError: with a sentence, when it says nothing or too much.
        """
        return metered(lambda _meter: result(self._decided(scope, functions or {}, {})), _STEPS, _SECONDS)

    def _decided(self, scope: Scope, functions: Functions, known: dict[str, Value]) -> Value:
        if self.id not in known:
            names = self.typed({name: scope[name] for name in self.types if name in scope})
            for other in self.required:
                names[other.variable] = names[other.id] = other._decided(scope, functions, known)
            inner = ChainMap(names, scope)  # type: ignore[arg-type]
            known[self.id] = self.logic(inner, self._with_models(inner, functions))
        return known[self.id]

    def typed(self, inputs: dict[str, Value]) -> dict[str, Value]:
        """What is given, as its declared types want it.

        Raises:
            DecisionError: something is of another type.
        """
        return {
            name: fitted(value, self.types.get(name, ANY), self.name, name, self.id)
            for name, value in inputs.items()
        }

    def _with_models(self, scope: Scope, functions: Functions) -> Functions:
        if not self.models:
            return functions
        own = {model.variable: _Called(model, scope, functions) for model in self.models}
        return ChainMap(own, functions)  # type: ignore[arg-type]


class _Called:
    """A business knowledge model as expressions and invocations call it."""

    def __init__(self, model: Decision, scope: Scope, functions: Functions) -> None:
        self._model, self._scope, self._functions = model, scope, functions

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of its parameters, in order."""
        return self._model.parameters

    def __call__(self, *values: Value) -> Value:
        model = self._model
        if len(values) != len(model.parameters):
            raise DecisionError(
                LocalizedText(
                    f"“{model.name}”需要 {len(model.parameters)} 个参数。",
                    f"“{model.name}” takes {len(model.parameters)} arguments.",
                ),
                model.id,
            )
        own = model.typed(dict(zip(model.parameters, values, strict=True)))
        inner = ChainMap(own, self._scope)  # type: ignore[arg-type]
        return model.logic(inner, model._with_models(inner, self._functions))


class Decisions(Mapping[str, Decision]):
    """The decisions of a file by id; they are also found by name."""

    def __init__(self, decisions: Sequence[Decision]) -> None:
        self._by_id = {decision.id: decision for decision in decisions}
        self._by_name = {decision.name: decision for decision in decisions}

    def __getitem__(self, key: str) -> Decision:
        return self._by_id[key] if key in self._by_id else self._by_name[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)
