"""A decision table and its hit policies (DMN 1.3, 8.2.8)."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from engine.decisions.decision import DecisionError, answer
from engine.decisions.types import Misfit, Type
from engine.expressions import Expression, ExpressionError, Functions, Scope, UnaryTests, Value
from engine.expressions.lists import total
from engine.expressions.numbers import said
from engine.expressions.operations import equal, in_writing, ordered
from engine.text import LocalizedText

POLICIES = ("UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER")
AGGREGATIONS = ("SUM", "MIN", "MAX", "COUNT")
LISTS = ("COLLECT", "RULE ORDER", "OUTPUT ORDER")
_SHOWN = 60
"""Characters of a value in a sentence."""


@dataclass(slots=True)
class Input:
    """A column of conditions. ``bound`` is the name under which rules find its value as its type wants it."""

    label: str
    expression: Expression | None
    variable: str | None
    bound: str | None
    type: Type
    allowed: UnaryTests | None


@dataclass(slots=True)
class Output:
    """A column of conclusions."""

    name: str
    type: Type
    allowed: list[Value] | None
    default: Expression | None


@dataclass(slots=True)
class TableRule:
    """A row: ``number`` counts from 1 as the modeler shows it."""

    number: int
    id: str | None
    tests: list[UnaryTests | None]
    results: list[Expression | None]


@dataclass(slots=True)
class Table:
    """A decision table, ready to be asked."""

    name: str
    id: str | None
    policy: str
    aggregation: str | None
    inputs: list[Input]
    outputs: list[Output]
    rules: list[TableRule]

    def evaluate(self, scope: Scope, functions: Functions) -> Value:
        values = [self._input(input_, scope, functions) for input_ in self.inputs]
        inputs = {
            column.bound: value for column, value in zip(self.inputs, values, strict=True) if column.bound
        }
        inner = ChainMap(inputs, scope) if inputs else scope  # type: ignore[arg-type]
        hits: list[TableRule] = []
        for rule in self.rules:
            if self._hit(rule, values, inner, functions):
                hits.append(rule)
                if self.policy == "FIRST":
                    break
        if not hits:
            return self._otherwise(inner, functions)
        if self.policy == "UNIQUE" and len(hits) > 1:
            raise self._stuck(
                f"{_numbers(hits, '、')}行同时命中，但命中策略是 UNIQUE。",
                f"rules {_numbers(hits, ', ')} match at once, but the hit policy is UNIQUE.",
            )
        return self._concluded(hits, [self._row(rule, inner, functions) for rule in hits])

    def _input(self, input_: Input, scope: Scope, functions: Functions) -> Value:
        value = answer(input_.expression, scope, functions)
        if not isinstance(value, (list, tuple, Mapping)):  # cells may look into those
            value = self._fitted(value, input_.type, input_.label)
        if (
            value is not None
            and input_.allowed is not None
            and not input_.allowed.matches(value, scope, functions)
        ):
            shown = in_writing(value)[:_SHOWN]
            raise self._stuck(
                f"“{input_.label}”的值“{shown}”不在允许的范围内。",
                f"the value “{shown}” of “{input_.label}” is not among those allowed.",
            )
        return value

    def _hit(self, rule: TableRule, values: list[Value], scope: Scope, functions: Functions) -> bool:
        try:
            return all(
                test is None or test.matches(value, scope, functions)
                for test, value in zip(rule.tests, values, strict=False)
            )
        except ExpressionError as error:
            raise self._stuck(
                f"第 {rule.number} 行：{error.words.zh}", f"rule {rule.number}: {error.words.en}", rule.id
            ) from None

    def _row(self, rule: TableRule, scope: Scope, functions: Functions) -> list[Value]:
        row: list[Value] = []
        for output, result in zip(self.outputs, rule.results, strict=False):
            try:
                value = answer(result, scope, functions)
            except ExpressionError as error:
                raise self._stuck(
                    f"第 {rule.number} 行：{error.words.zh}", f"rule {rule.number}: {error.words.en}", rule.id
                ) from None
            value = self._fitted(value, output.type, output.name, rule)
            if output.allowed is not None and not any(
                equal(value, permitted) for permitted in output.allowed
            ):
                shown = in_writing(value)[:_SHOWN]
                raise self._stuck(
                    f"第 {rule.number} 行的结果“{shown}”不在允许的范围内。",
                    f"the result “{shown}” of rule {rule.number} is not among those allowed.",
                    rule.id,
                )
            row.append(value)
        return row

    def _otherwise(self, scope: Scope, functions: Functions) -> Value:
        if any(output.default is not None for output in self.outputs):
            row = [
                self._fitted(answer(output.default, scope, functions), output.type, output.name)
                for output in self.outputs
            ]
            return [self._shaped(row)] if self.policy in LISTS and not self.aggregation else self._shaped(row)
        return 0 if self.aggregation == "COUNT" else None

    def _fitted(self, value: Value, type_: Type, column: str, rule: TableRule | None = None) -> Value:
        try:
            return type_.fit(value)
        except Misfit:
            zh, en = (f"第 {rule.number} 行的", f" of rule {rule.number}") if rule is not None else ("", "")
            raise self._stuck(
                f"{zh}列“{column}”应为 {type_.name}，得到的是 {said(value)}。",
                f"the column “{column}”{en} is declared as {type_.name}, but gets {said(value)}.",
                None if rule is None else rule.id,
            ) from None

    def _shaped(self, row: list[Value]) -> Value:
        return (
            row[0]
            if len(self.outputs) == 1
            else {column.name: value for column, value in zip(self.outputs, row, strict=True)}
        )

    def _concluded(self, hits: list[TableRule], rows: list[list[Value]]) -> Value:
        if self.policy == "ANY":
            for rule, row in zip(hits, rows, strict=True):
                if not equal(row, rows[0]):
                    raise self._stuck(
                        f"第 {hits[0].number} 行和第 {rule.number} 行同时命中而结果不同，但命中策略是 ANY。",
                        f"rules {hits[0].number} and {rule.number} match at once with different results, but the hit policy is ANY.",
                    )
        if self.policy in ("PRIORITY", "OUTPUT ORDER"):
            rows = sorted(rows, key=self._priority)
        if self.aggregation:
            return _aggregated(self.aggregation, [row[0] for row in rows])
        return [self._shaped(row) for row in rows] if self.policy in LISTS else self._shaped(rows[0])

    def _priority(self, row: list[Value]) -> list[int]:
        return [
            next((i for i, permitted in enumerate(output.allowed or []) if equal(permitted, value)), 0)
            for output, value in zip(self.outputs, row, strict=True)
        ]

    def _stuck(self, zh: str, en: str, element: str | None = None) -> DecisionError:
        return DecisionError(
            LocalizedText(f"决策表“{self.name}”：{zh}", f"Decision table “{self.name}”: {en}"),
            element or self.id,
        )


def _numbers(rules: list[TableRule], between: str) -> str:
    return between.join(("第 " if between == "、" else "") + str(rule.number) for rule in rules) + (
        " " if between == "、" else ""
    )


def _aggregated(how: str, values: list[Value]) -> Value:
    if how == "COUNT":
        return len(values)
    if how == "SUM":
        return total(values)
    sign = "<" if how == "MIN" else ">"
    return reduce(lambda best, value: value if ordered(sign, value, best) else best, values)
