"""Decision tables and expressions of a .dmn file (OMG DMN 1.1 to 1.5), evaluated in our own FEEL.

A single output gives its value, several give a dictionary by name; no rule that matches gives null
(COUNT gives 0). Required decisions and business knowledge models of the same file are worked out
first and stand in scope under their names.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from lxml import etree

from engine.expressions import Expression, ExpressionError, UnaryTests, compile_expression, compile_unary
from engine.expressions.moments import as_moment
from engine.expressions.operations import equal, fold, in_writing, ordered
from engine.expressions.values import to_boolean, to_number
from engine.words import Words
from engine.xml import UnreadableXml, parse_xml

Functions = Mapping[str, Callable[..., Any]]
Logic = Callable[[Mapping[str, Any], Functions], Any]

_CAMUNDA = "{http://camunda.org/schema/1.0/dmn}"
_DMN = re.compile(r"https?://www\.omg\.org/spec/DMN/.+")
_POLICIES = ("UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER")
_LISTS = ("COLLECT", "RULE ORDER", "OUTPUT ORDER")
_AGGREGATIONS = ("SUM", "MIN", "MAX", "COUNT")
_NUMBERS = ("number", "integer", "long", "double")


class DecisionError(ExpressionError):
    """A decision that cannot be read or has no answer; ``element`` is the id of what is wrong."""

    def __init__(self, words: Words, element: str | None = None) -> None:
        super().__init__(words)
        self.element = element


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a file: which element, its name, and why."""

    element: str | None
    name: str | None
    words: Words


@dataclass(eq=False)
class Decision:
    """One decision. ``inputs`` are the variables it reads, ``outputs`` what it gives, by name."""

    id: str
    name: str
    variable: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    logic: Logic = field(default=lambda _scope, _functions: None, repr=False)
    required: list[Decision] = field(default_factory=list, repr=False)
    models: list[Decision] = field(default_factory=list, repr=False)
    parameters: tuple[str, ...] = ()

    def evaluate(self, scope: Mapping[str, Any], functions: Functions | None = None) -> Any:
        """What the decision says about these variables.

        Raises:
            DecisionError, ExpressionError: with a sentence, when it says nothing or too much.
        """
        return self._decided(scope, functions or {}, {})

    def _decided(self, scope: Mapping[str, Any], functions: Functions, known: dict[str, Any]) -> Any:
        if self.id not in known:
            names: dict[str, Any] = {}
            for other in self.required:
                names[other.variable] = names[other.id] = other._decided(scope, functions, known)
            inner = ChainMap(names, scope)  # type: ignore[arg-type]
            known[self.id] = self.logic(inner, self._with_models(inner, functions))
        return known[self.id]

    def _with_models(self, scope: Mapping[str, Any], functions: Functions) -> Functions:
        if not self.models:
            return functions
        own = {model.variable: _callable(model, scope, functions) for model in self.models}
        return ChainMap(own, functions)  # type: ignore[arg-type]


def _callable(model: Decision, scope: Mapping[str, Any], functions: Functions) -> Callable[..., Any]:
    def call(*values: Any) -> Any:
        if len(values) != len(model.parameters):
            raise DecisionError(
                Words(
                    f"“{model.name}”需要 {len(model.parameters)} 个参数。",
                    f"“{model.name}” takes {len(model.parameters)} arguments.",
                ),
                model.id,
            )
        inner = ChainMap(dict(zip(model.parameters, values, strict=True)), scope)  # type: ignore[arg-type]
        return model.logic(inner, model._with_models(inner, functions))

    return call


class Decisions(Mapping[str, Decision]):
    """The decisions of a file by id; they are also found by name."""

    def __init__(self, found: Sequence[Decision]) -> None:
        self._by_id = {one.id: one for one in found}
        self._by_name = {one.name: one for one in found}

    def __getitem__(self, key: str) -> Decision:
        return self._by_id[key] if key in self._by_id else self._by_name[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)


def parse_decisions(data: bytes) -> Decisions:
    """Read a .dmn file.

    Raises:
        DecisionError: with a sentence about the first thing that is wrong.
    """
    found, problems = read_decisions(data)
    if problems:
        raise DecisionError(problems[0].words, problems[0].element)
    return found


def read_decisions(data: bytes) -> tuple[Decisions, list[Problem]]:
    """Read a .dmn file and say everything that is wrong with it; decisions that can be read are given."""
    try:
        root = parse_xml(data)
    except UnreadableXml as fault:
        return Decisions(()), [Problem(None, None, fault.words)]
    if etree.QName(root).localname != "definitions" or not _DMN.fullmatch(etree.QName(root).namespace or ""):
        words = Words(
            "文件不是 DMN 决策表（请用 Camunda Modeler 新建 DMN 图）。",
            "The file is not a DMN diagram (draw one in Camunda Modeler).",
        )
        return Decisions(()), [Problem(None, None, words)]
    return _Reader(root).read()


class _Reader:
    """Reads one file; collects problems instead of stopping at the first."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.namespace = etree.QName(root).namespace
        self.problems: list[Problem] = []
        self.here = root

    def read(self) -> tuple[Decisions, list[Problem]]:
        nodes = [*self._children(self.root, "decision"), *self._children(self.root, "businessKnowledgeModel")]
        found = {node.get("id", ""): self._decision(node) for node in nodes}
        self._refuse_doubles()
        for node in nodes:
            self._require(node, found)
        self._refuse_cycles(found)
        decisions = [found[node.get("id", "")] for node in self._children(self.root, "decision")]
        if not decisions:
            self.here = self.root
            self._problem("文件里没有决策。", "The file has no decision.")
        return Decisions(decisions), self.problems

    def _problem(self, zh: str, en: str, element: str | None = None) -> None:
        label = self.here.get("name") or self.here.get("id") or ""
        self.problems.append(
            Problem(
                element or self.here.get("id"),
                self.here.get("name"),
                Words(f"“{label}”：{zh}", f"“{label}”: {en}"),
            )
        )

    def _children(self, node: etree._Element, name: str) -> list[etree._Element]:
        return node.findall(f"{{{self.namespace}}}{name}")

    def _child(self, node: etree._Element, name: str) -> etree._Element | None:
        return node.find(f"{{{self.namespace}}}{name}")

    def _text(self, node: etree._Element | None) -> str:
        inner = None if node is None else self._child(node, "text")
        return "" if inner is None else (inner.text or "").strip()

    # -- decisions -------------------------------------------------------------------------

    def _decision(self, node: etree._Element) -> Decision:
        self.here = node
        name: str = node.get("name") or node.get("id") or ""
        variable = self._child(node, "variable")
        made = Decision(
            node.get("id") or "", name, name if variable is None else variable.get("name") or name
        )
        if not node.get("id"):
            self._problem("没有 id。", "It has no id.")
        body = node
        encapsulated = self._child(node, "encapsulatedLogic")
        if encapsulated is not None:
            made.parameters = tuple(
                one.get("name", "") for one in self._children(encapsulated, "formalParameter")
            )
            body = encapsulated
        made.logic, names, made.outputs = self._boxed(body, made.variable)
        made.inputs = tuple(dict.fromkeys(names))
        return made

    def _boxed(self, node: etree._Element, variable: str) -> tuple[Logic, list[str], tuple[str, ...]]:
        """The logic of the boxed expression in a node, the names it reads, and its outputs."""
        table = self._child(node, "decisionTable")
        if table is not None:
            read = _TableReader(self, table, variable)
            return read.table.evaluate, read.names, tuple(one.name for one in read.table.outputs)
        for name, how in (
            ("literalExpression", self._literal),
            ("context", self._context),
            ("invocation", self._invocation),
            ("list", self._list),
            ("relation", self._relation),
        ):
            inner = self._child(node, name)
            if inner is not None:
                logic, names = how(inner)
                return logic, names, (variable,)
        self._problem(
            "里面没有决策表或表达式（其他形式不支持）。",
            "It has no decision table or expression (other forms are not supported).",
        )
        return (lambda _scope, _functions: None), [], (variable,)

    def _literal(self, node: etree._Element) -> tuple[Logic, list[str]]:
        compiled = self.expression(node, node.get("id"))
        return (compiled.evaluate if compiled else lambda _scope, _functions: None), sorted(
            compiled.names
        ) if compiled else []

    def _context(self, node: etree._Element) -> tuple[Logic, list[str]]:
        entries: list[tuple[str | None, Logic]] = []
        names: list[str] = []
        made: list[str] = []
        for entry in self._children(node, "contextEntry"):
            variable = self._child(entry, "variable")
            name = None if variable is None else variable.get("name")
            logic, needed, _ = self._boxed(entry, name or "")
            names += [one for one in needed if one not in made]
            entries.append((name, logic))
            if name:
                made.append(name)

        def evaluate(scope: Mapping[str, Any], functions: Functions) -> Any:
            values: dict[str, Any] = {}
            inner = ChainMap(values, scope)  # type: ignore[arg-type]
            for name, logic in entries:
                value = logic(inner, functions)
                if name is None:
                    return value
                values[name] = value
            return dict(values)

        return evaluate, names

    def _invocation(self, node: etree._Element) -> tuple[Logic, list[str]]:
        called = self._text(self._child(node, "literalExpression"))
        bindings = []
        names: list[str] = []
        for binding in self._children(node, "binding"):
            parameter = self._child(binding, "parameter")
            logic, needed, _ = self._boxed(binding, "")
            bindings.append((parameter.get("name", "") if parameter is not None else "", logic))
            names += needed

        def evaluate(scope: Mapping[str, Any], functions: Functions) -> Any:
            if called not in functions:
                raise DecisionError(
                    Words(f"没有名为“{called}”的函数。", f"There is no function “{called}”."), node.get("id")
                )
            return functions[called](*(logic(scope, functions) for _, logic in bindings))

        return evaluate, names

    def _list(self, node: etree._Element) -> tuple[Logic, list[str]]:
        compiled = [
            one
            for one in (
                self.expression(part, part.get("id")) for part in self._children(node, "literalExpression")
            )
            if one
        ]
        names = [name for one in compiled for name in sorted(one.names)]
        return (lambda scope, functions: [one.evaluate(scope, functions) for one in compiled]), names

    def _relation(self, node: etree._Element) -> tuple[Logic, list[str]]:
        columns = [one.get("name", "") for one in self._children(node, "column")]
        rows = [
            [self.expression(cell, cell.get("id")) for cell in self._children(row, "literalExpression")]
            for row in self._children(node, "row")
        ]
        names = [name for row in rows for cell in row if cell for name in sorted(cell.names)]

        def evaluate(scope: Mapping[str, Any], functions: Functions) -> Any:
            return [
                {
                    column: cell.evaluate(scope, functions) if cell else None
                    for column, cell in zip(columns, row, strict=False)
                }
                for row in rows
            ]

        return evaluate, names

    def expression(self, node: etree._Element | None, element: str | None) -> Expression | None:
        """Compile the text of a node; None when there is none or it cannot be read."""
        text = self._text(node)
        self.refuse_language(node, element)
        return self.compiled(compile_expression, text, element) if text else None

    def refuse_language(self, node: etree._Element | None, element: str | None) -> None:
        """Only FEEL is evaluated."""
        language = "" if node is None else node.get("expressionLanguage", "")
        if language and "feel" not in language.lower() and language.lower() != "juel":
            self._problem(
                f"表达式语言“{language}”不支持，请改用 FEEL。",
                f"The expression language “{language}” is not supported; use FEEL.",
                element,
            )

    def compiled(self, how: Callable[[str], Any], text: str, element: str | None) -> Any:
        """Compile a text of this file; None, and a problem, when it cannot be read."""
        try:
            return how(text)
        except ExpressionError as error:
            self._problem(f"“{text[:80]}”：{error.words.zh}", f"“{text[:80]}”: {error.words.en}", element)
            return None

    # -- what decisions need of each other -------------------------------------------------

    def _require(self, node: etree._Element, found: Mapping[str, Decision]) -> None:
        self.here = node
        made = found[node.get("id", "")]
        for kind, name, into in (
            ("informationRequirement", "requiredDecision", made.required),
            ("knowledgeRequirement", "requiredKnowledge", made.models),
        ):
            for requirement in self._children(node, kind):
                reference = self._child(requirement, name)
                if reference is None:
                    continue
                target = found.get(reference.get("href", "").removeprefix("#"))
                if target is None:
                    shown = reference.get("href", "")
                    self._problem(
                        f"它依赖的“{shown}”不在这个文件里。",
                        f"It requires “{shown}”, which is not in this file.",
                    )
                else:
                    into.append(target)
        given = {name for one in made.required for name in (one.variable, one.id)}
        made.inputs = tuple(name for name in made.inputs if name not in given)

    def _refuse_cycles(self, found: Mapping[str, Decision]) -> None:
        for made in found.values():
            pending, seen = [*made.required, *made.models], set[str]()
            while pending:
                one = pending.pop()
                if one is made:
                    self.problems.append(
                        Problem(
                            made.id,
                            made.name,
                            Words(
                                f"决策“{made.name}”依赖它自己。",
                                f"The decision “{made.name}” requires itself.",
                            ),
                        )
                    )
                    made.required, made.models = [], []
                    break
                if one.id not in seen:
                    seen.add(one.id)
                    pending += [*one.required, *one.models]

    def _refuse_doubles(self) -> None:
        seen: set[str] = set()
        for node in self.root.iter(f"{{{self.namespace}}}*"):
            number = node.get("id")
            if number and number in seen:
                self.problems.append(
                    Problem(
                        number,
                        node.get("name"),
                        Words(f"id“{number}”用了不止一次。", f"The id “{number}” is used more than once."),
                    )
                )
            seen.add(number or "")


@dataclass(slots=True)
class _Input:
    """A column of conditions."""

    label: str
    expression: Expression | None
    variable: str | None
    type: str
    allowed: UnaryTests | None


@dataclass(slots=True)
class _Output:
    """A column of conclusions."""

    name: str
    type: str
    allowed: list[Any] | None
    default: Expression | None


@dataclass(slots=True)
class _Rule:
    """A row: ``number`` counts from 1 as the modeler shows it."""

    number: int
    id: str | None
    tests: list[UnaryTests | None]
    results: list[Expression | None]


@dataclass(slots=True)
class _Table:
    """A decision table, ready to be asked."""

    name: str
    id: str | None
    policy: str
    aggregation: str | None
    inputs: list[_Input]
    outputs: list[_Output]
    rules: list[_Rule]

    def evaluate(self, scope: Mapping[str, Any], functions: Functions) -> Any:
        values = [self._input(one, scope, functions) for one in self.inputs]
        given = {one.variable: value for one, value in zip(self.inputs, values, strict=True) if one.variable}
        inner = ChainMap(given, scope) if given else scope  # type: ignore[arg-type]
        hits: list[_Rule] = []
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

    def _input(self, one: _Input, scope: Mapping[str, Any], functions: Functions) -> Any:
        value = None if one.expression is None else one.expression.evaluate(scope, functions)
        value = _converted(value, one.type)
        if value is not None and one.allowed is not None and not one.allowed.matches(value, scope, functions):
            shown = in_writing(value)
            raise self._stuck(
                f"“{one.label}”的值“{shown}”不在允许的范围内。",
                f"the value “{shown}” of “{one.label}” is not among those allowed.",
            )
        return value

    def _hit(self, rule: _Rule, values: list[Any], scope: Mapping[str, Any], functions: Functions) -> bool:
        try:
            return all(
                test is None or test.matches(value, scope, functions)
                for test, value in zip(rule.tests, values, strict=False)
            )
        except ExpressionError as error:
            raise self._stuck(
                f"第 {rule.number} 行：{error.words.zh}", f"rule {rule.number}: {error.words.en}", rule.id
            ) from None

    def _row(self, rule: _Rule, scope: Mapping[str, Any], functions: Functions) -> list[Any]:
        row: list[Any] = []
        for output, entry in zip(self.outputs, rule.results, strict=False):
            try:
                value = None if entry is None else _converted(entry.evaluate(scope, functions), output.type)
            except ExpressionError as error:
                raise self._stuck(
                    f"第 {rule.number} 行：{error.words.zh}", f"rule {rule.number}: {error.words.en}", rule.id
                ) from None
            if output.allowed is not None and not any(equal(value, one) for one in output.allowed):
                shown = in_writing(value)
                raise self._stuck(
                    f"第 {rule.number} 行的结果“{shown}”不在允许的范围内。",
                    f"the result “{shown}” of rule {rule.number} is not among those allowed.",
                    rule.id,
                )
            row.append(value)
        return row

    def _otherwise(self, scope: Mapping[str, Any], functions: Functions) -> Any:
        if any(one.default is not None for one in self.outputs):
            row = [
                None if one.default is None else _converted(one.default.evaluate(scope, functions), one.type)
                for one in self.outputs
            ]
            return (
                [self._shaped(row)] if self.policy in _LISTS and not self.aggregation else self._shaped(row)
            )
        return 0 if self.aggregation == "COUNT" else None

    def _shaped(self, row: list[Any]) -> Any:
        return (
            row[0]
            if len(self.outputs) == 1
            else {one.name: value for one, value in zip(self.outputs, row, strict=True)}
        )

    def _concluded(self, hits: list[_Rule], rows: list[list[Any]]) -> Any:
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
        return [self._shaped(row) for row in rows] if self.policy in _LISTS else self._shaped(rows[0])

    def _priority(self, row: list[Any]) -> list[int]:
        return [
            next((i for i, one in enumerate(output.allowed or []) if equal(one, value)), 0)
            for output, value in zip(self.outputs, row, strict=True)
        ]

    def _stuck(self, zh: str, en: str, element: str | None = None) -> DecisionError:
        return DecisionError(
            Words(f"决策表“{self.name}”：{zh}", f"Decision table “{self.name}”: {en}"), element or self.id
        )


def _numbers(rules: list[_Rule], between: str) -> str:
    return between.join(("第 " if between == "、" else "") + str(rule.number) for rule in rules) + (
        " " if between == "、" else ""
    )


def _aggregated(how: str, values: list[Any]) -> Any:
    if how == "COUNT":
        return len(values)
    if how == "SUM":
        total = reduce(lambda left, right: fold("+", left, right), values)
        return float(total) if total != int(total) else int(total)
    sign = "<" if how == "MIN" else ">"
    return reduce(lambda best, one: one if ordered(sign, one, best) else best, values)


def _converted(value: Any, wanted: str) -> Any:
    """A value as its column's type wants it; what cannot be converted stays as it is."""
    if value is None or isinstance(value, (list, dict)):
        return value
    try:
        if wanted in _NUMBERS and isinstance(value, str):
            number = to_number(value)
            return number if number is None or isinstance(number, int) else float(number)
        if wanted == "boolean" and isinstance(value, str):
            return to_boolean(value)
    except ExpressionError:
        return value
    if wanted == "string" and not isinstance(value, str):
        return in_writing(value)
    return as_moment(value) if wanted in ("date", "dateTime", "dateAndTime", "time") else value


class _TableReader:
    """Reads one decision table."""

    def __init__(self, reader: _Reader, node: etree._Element, name: str) -> None:
        self.reader = reader
        self.names: list[str] = []
        policy = node.get("hitPolicy", "UNIQUE")
        aggregation = node.get("aggregation")
        if policy not in _POLICIES:
            reader._problem(
                f"不认识的命中策略“{policy}”。", f"The hit policy “{policy}” is not known.", node.get("id")
            )
        if aggregation and (policy != "COLLECT" or aggregation not in _AGGREGATIONS):
            reader._problem(
                f"命中策略 {policy} 不能用汇总“{aggregation}”。",
                f"The hit policy {policy} cannot have the aggregation “{aggregation}”.",
                node.get("id"),
            )
        inputs = [self._input(one) for one in reader._children(node, "input")]
        outputs = [self._output(one, i, name) for i, one in enumerate(reader._children(node, "output"))]
        if not outputs:
            reader._problem("决策表没有输出列。", "The decision table has no output.", node.get("id"))
        if aggregation and len(outputs) > 1:
            reader._problem(
                "汇总只能用于一个输出列。", "An aggregation wants a single output.", node.get("id")
            )
        own = {one.variable for one in inputs}
        rules = [
            self._rule(one, i, len(inputs), len(outputs))
            for i, one in enumerate(reader._children(node, "rule"), 1)
        ]
        self.names = [one for one in self.names if one not in own]
        self.table = _Table(name, node.get("id"), policy, aggregation, inputs, outputs, rules)

    def _input(self, node: etree._Element) -> _Input:
        inner = self.reader._child(node, "inputExpression")
        variable = node.get(f"{_CAMUNDA}inputVariable")
        compiled = self.reader.expression(inner, node.get("id"))
        label = node.get("label") or (compiled.text if compiled else variable or "")
        if compiled is None and not self.reader._text(inner):
            if variable:
                compiled = self.reader.compiled(compile_expression, variable, node.get("id"))
            else:
                self.reader._problem(
                    f"输入列“{label}”没有表达式。", f"The input “{label}” has no expression.", node.get("id")
                )
        self.names += sorted(compiled.names) if compiled else []
        allowed = self.reader._text(self.reader._child(node, "inputValues"))
        tests = self.reader.compiled(compile_unary, allowed, node.get("id")) if allowed else None
        return _Input(
            label, compiled, variable, _type("" if inner is None else inner.get("typeRef", "")), tests
        )

    def _output(self, node: etree._Element, index: int, name: str) -> _Output:
        allowed = self.reader._text(self.reader._child(node, "outputValues"))
        listed = self.reader.compiled(compile_expression, f"[{allowed}]", node.get("id")) if allowed else None
        values: list[Any] | None = None
        if listed is not None:
            try:
                values = listed.evaluate({})
            except ExpressionError as error:
                self.reader._problem(
                    f"“{allowed}”：{error.words.zh}", f"“{allowed}”: {error.words.en}", node.get("id")
                )
        default = self.reader.expression(self.reader._child(node, "defaultOutputEntry"), node.get("id"))
        return _Output(
            node.get("name") or (name if index == 0 else f"output{index + 1}"),
            _type(node.get("typeRef", "")),
            values,
            default,
        )

    def _rule(self, node: etree._Element, number: int, inputs: int, outputs: int) -> _Rule:
        tests = [self._cell(one) for one in self.reader._children(node, "inputEntry")]
        results = [
            self.reader.expression(one, one.get("id")) for one in self.reader._children(node, "outputEntry")
        ]
        if len(tests) != inputs or len(results) != outputs:
            self.reader._problem(
                f"第 {number} 行的格数与列数不符。",
                f"Rule {number} has another number of cells than the table has columns.",
                node.get("id"),
            )
        for one in (*tests, *results):
            self.names += sorted(one.names) if one else []
        return _Rule(number, node.get("id"), tests, results)

    def _cell(self, node: etree._Element) -> UnaryTests | None:
        self.reader.refuse_language(node, node.get("id"))
        return self.reader.compiled(compile_unary, self.reader._text(node), node.get("id"))  # type: ignore[no-any-return]


def _type(reference: str) -> str:
    return reference.rpartition(":")[2]
