"""A form as a whole: which fields are shown, what must be filled in, what stands there before anybody types."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.errors import WrongValues
from engine.expressions import Expression, ExpressionError, Functions, Scope, Value
from engine.forms.fields import Field
from engine.forms.limits import keep_limits
from engine.forms.values import WrongValue, read_value
from engine.json import Json, Values
from engine.text import LocalizedText

_STRANGE: Final = LocalizedText("表单里没有这一项。", "The form has no such field.")


@dataclass(frozen=True, slots=True)
class FormReading:
    """What came of reading sent values: clean ones, and a sentence per field that is wrong."""

    values: Values
    problems: dict[str, LocalizedText]


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a task, in their order."""

    fields: tuple[Field, ...] = ()

    def read(
        self,
        values: Mapping[str, object],
        scope: Scope | None = None,
        functions: Functions | None = None,
    ) -> FormReading:
        """Take what people sent: clean it, and say what is wrong. A field that is not shown is empty.

        ``scope`` are the instance's variables, which conditions of fields may name.
        """
        clean: Values = {}
        problems: dict[str, LocalizedText] = {}
        for field in self.fields:
            if field.readonly:
                continue
            try:
                clean[field.id] = read_value(field, values.get(field.id))
            except WrongValue as fault:
                problems[field.id] = fault.words
                clean[field.id] = None
        names = self._names(clean, scope or {})
        hidden = self._hidden(names, functions or {}, problems)
        for field in self.fields:
            if field.id in hidden:
                if not field.readonly:
                    clean[field.id] = None
                problems.pop(field.id, None)
            elif not field.readonly and field.id not in problems:
                self._judge(field, clean[field.id], names, functions or {}, problems)
        return FormReading({key: value for key, value in clean.items() if key not in problems}, problems)

    def take(
        self,
        values: Mapping[str, object],
        scope: Scope | None = None,
        functions: Functions | None = None,
    ) -> Values:
        """What a program sent, cleaned; a value for which there is no field is refused, not passed over.

        Raises:
            WrongValues: with a sentence per field.
        """
        problems = self.strange(values)
        reading = self.read(values, scope, functions)
        if problems or reading.problems:
            raise WrongValues({**reading.problems, **problems})
        return reading.values

    def strange(self, values: Mapping[str, object]) -> dict[str, LocalizedText]:
        """A sentence for each value for which there is no field that may be filled in."""
        known = {field.id for field in self.fields if not field.readonly}
        return {name: _STRANGE for name in values if name not in known}

    def prefilled(self, scope: Scope, functions: Functions | None = None) -> dict[str, Value]:
        """What stands in the form before anybody typed: the instance's variables, else the defaults."""
        result: dict[str, Value] = {}
        for field in self.fields:
            value = scope.get(field.id)
            if value is None and field.default_from is not None:
                try:
                    value = field.default_from.evaluate(scope, functions or {})
                except ExpressionError:
                    value = None
            result[field.id] = field.default if value is None else value
        return result

    def _names(self, clean: Values, scope: Scope) -> Scope:
        fixed = {field.id: scope.get(field.id) for field in self.fields if field.readonly}
        return ChainMap(clean, fixed, scope)  # type: ignore[arg-type]

    def _hidden(self, names: Scope, functions: Functions, problems: dict[str, LocalizedText]) -> set[str]:
        """Fields that are not shown; a hidden field is empty for the conditions of the others."""
        hidden: set[str] = set()
        for _ in range(len(self.fields)):
            view: Scope = ChainMap(dict.fromkeys(hidden), names)  # type: ignore[arg-type]
            now = {
                field.id
                for field in self.fields
                if field.shown_if is not None
                and not _holds(field, field.shown_if, view, functions, problems, True)
            }
            if now == hidden:
                break
            hidden = now
        if isinstance(names, ChainMap):
            names.maps.insert(0, dict.fromkeys(hidden))
        return hidden

    def _judge(
        self,
        field: Field,
        value: Json,
        names: Scope,
        functions: Functions,
        problems: dict[str, LocalizedText],
    ) -> None:
        if value is None or value == []:
            required = field.required or (
                field.required_if is not None
                and _holds(field, field.required_if, names, functions, problems, False)
            )
            if required and field.id not in problems:
                choosing = field.type in (
                    "choice",
                    "choices",
                    "yes_no_na",
                    "person",
                    "unit",
                    "area",
                    "household",
                )
                problems[field.id] = (
                    LocalizedText("请选择。", "Please choose.")
                    if choosing
                    else LocalizedText("请填写。", "Please fill this in.")
                )
            return
        try:
            keep_limits(field, value, names, functions)
        except WrongValue as fault:
            problems[field.id] = fault.words
        except ExpressionError as error:
            problems[field.id] = error.words


def _holds(
    field: Field,
    condition: Expression,
    names: Scope,
    functions: Functions,
    problems: dict[str, LocalizedText],
    otherwise: bool,
) -> bool:
    try:
        return condition.evaluate(names, functions) is True
    except ExpressionError as error:
        problems.setdefault(field.id, error.words)
        return otherwise
