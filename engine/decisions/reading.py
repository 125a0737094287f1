"""Reads .dmn files: the decisions, their boxed expressions, and what they require."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping

from lxml import etree

from engine.decisions.columns import TableReader
from engine.decisions.decision import (
    Decision,
    DecisionError,
    Decisions,
    Logic,
    Problem,
    answer,
    fitted,
)
from engine.decisions.reader import Reader
from engine.decisions.tables import LISTS
from engine.expressions import Functions, Scope, Value
from engine.text import LocalizedText
from engine.xml import UnreadableXml, parse_xml

_DMN = re.compile(r"https?://www\.omg\.org/spec/DMN/.+")


def parse_decisions(data: bytes) -> Decisions:
    """Read a .dmn file.

    Raises:
        DecisionError: with a sentence about the first thing that is wrong.
    """
    decisions, problems = read_decisions(data)
    if problems:
        raise DecisionError(problems[0].words, problems[0].element)
    return decisions


def read_decisions(data: bytes) -> tuple[Decisions, list[Problem]]:
    """Read a .dmn file and say everything that is wrong with it; decisions that can be read are given."""
    try:
        root = parse_xml(data)
    except UnreadableXml as fault:
        return Decisions(()), [Problem(None, None, fault.words)]
    if etree.QName(root).localname != "definitions" or not _DMN.fullmatch(etree.QName(root).namespace or ""):
        words = LocalizedText(
            "文件不是 DMN 决策表（请用 Camunda Modeler 新建 DMN 图）。",
            "The file is not a DMN diagram (draw one in Camunda Modeler).",
        )
        return Decisions(()), [Problem(None, None, words)]
    return DecisionsReader(root).read()


class DecisionsReader(Reader):
    """Reads the decisions of one file."""

    def read(self) -> tuple[Decisions, list[Problem]]:
        nodes = [*self.children(self.root, "decision"), *self.children(self.root, "businessKnowledgeModel")]
        result = {node.get("id", ""): self._decision(node) for node in nodes}
        self._refuse_doubles()
        for node in nodes:
            self._require(node, result)
        self._refuse_cycles(result)
        decisions = [result[node.get("id", "")] for node in self.children(self.root, "decision")]
        if not decisions:
            self.here = self.root
            self.problem("文件里没有决策。", "The file has no decision.")
        return Decisions(decisions), self.problems

    # -- decisions -------------------------------------------------------------------------

    def _decision(self, node: etree._Element) -> Decision:
        self.here = node
        name: str = node.get("name") or node.get("id") or ""
        variable = self.child(node, "variable")
        made = Decision(
            node.get("id") or "", name, name if variable is None else variable.get("name") or name
        )
        if not node.get("id"):
            self.problem("没有 id。", "It has no id.")
        body = node
        encapsulated = self.child(node, "encapsulatedLogic")
        if encapsulated is not None:
            parameters = self.children(encapsulated, "formalParameter")
            made.parameters = tuple(parameter.get("name", "") for parameter in parameters)
            made.types = {parameter.get("name", ""): self.type_of(parameter) for parameter in parameters}
            body = encapsulated
        logic, names, made.outputs = self._boxed(body, made.variable)
        made.logic = self._typed(logic, variable, made, collects=self._collects(body))
        made.inputs = tuple(dict.fromkeys(names))
        return made

    def _collects(self, node: etree._Element) -> bool:
        """Whether the table in a node gives a list: its variable's type is then that of an item."""
        table = self.child(node, "decisionTable")
        return table is not None and table.get("hitPolicy") in LISTS and not table.get("aggregation")

    def _typed(
        self, logic: Logic, variable: etree._Element | None, made: Decision, *, collects: bool = False
    ) -> Logic:
        """The logic, whose value is then of the type that its variable declares."""
        type_of_variable = self.type_of(variable)
        if not type_of_variable.is_known:
            return logic
        name = ("" if variable is None else variable.get("name")) or made.variable

        def evaluate(scope: Scope, functions: Functions) -> Value:
            return fitted(logic(scope, functions), type_of_variable, made.name, name, made.id, each=collects)

        return evaluate

    def _boxed(self, node: etree._Element, variable: str) -> tuple[Logic, list[str], tuple[str, ...]]:
        """The logic of the boxed expression in a node, the names it reads, and its outputs."""
        table = self.child(node, "decisionTable")
        if table is not None:
            read = TableReader(self, table, variable)
            return read.table.evaluate, read.names, tuple(output.name for output in read.table.outputs)
        for name, how in (
            ("literalExpression", self._literal),
            ("context", self._context),
            ("invocation", self._invocation),
            ("list", self._list),
            ("relation", self._relation),
        ):
            inner = self.child(node, name)
            if inner is not None:
                logic, names = how(inner)
                return logic, names, (variable,)
        self.problem(
            "里面没有决策表或表达式（其他形式不支持）。",
            "It has no decision table or expression (other forms are not supported).",
        )
        return (lambda _scope, _functions: None), [], (variable,)

    def _literal(self, node: etree._Element) -> tuple[Logic, list[str]]:
        compiled = self.expression(node, node.get("id"))
        names = sorted(compiled.names) if compiled else []
        return (lambda scope, functions: answer(compiled, scope, functions)), names

    def _context(self, node: etree._Element) -> tuple[Logic, list[str]]:
        entries: list[tuple[str | None, Logic]] = []
        here = self.here
        owner = Decision(here.get("id") or "", here.get("name") or here.get("id") or "", "")
        names: list[str] = []
        made: list[str] = []
        for drawn in self.children(node, "contextEntry"):
            variable = self.child(drawn, "variable")
            name = None if variable is None else variable.get("name")
            logic, needed, _ = self._boxed(drawn, name or "")
            logic = self._typed(logic, variable, owner, collects=self._collects(drawn))
            names += [name for name in needed if name not in made]
            entries.append((name, logic))
            if name:
                made.append(name)

        def evaluate(scope: Scope, functions: Functions) -> Value:
            values: dict[str, Value] = {}
            inner = ChainMap(values, scope)  # type: ignore[arg-type]
            for name, logic in entries:
                value = logic(inner, functions)
                if name is None:
                    return value
                values[name] = value
            return dict(values)

        return evaluate, names

    def _invocation(self, node: etree._Element) -> tuple[Logic, list[str]]:
        called = self.text(self.child(node, "literalExpression"))
        bindings = []
        names: list[str] = []
        for binding in self.children(node, "binding"):
            parameter = self.child(binding, "parameter")
            logic, needed, _ = self._boxed(binding, "")
            bindings.append((parameter.get("name", "") if parameter is not None else "", logic))
            names += needed

        def evaluate(scope: Scope, functions: Functions) -> Value:
            if called not in functions:
                raise DecisionError(
                    LocalizedText(f"没有名为“{called}”的函数。", f"There is no function “{called}”."),
                    node.get("id"),
                )
            function = functions[called]
            inputs = {name: logic(scope, functions) for name, logic in bindings}
            order = getattr(function, "parameters", tuple(inputs))
            return function(*(inputs.get(name) for name in order))

        return evaluate, names

    def _list(self, node: etree._Element) -> tuple[Logic, list[str]]:
        compiled = [
            expression
            for expression in (
                self.expression(part, part.get("id")) for part in self.children(node, "literalExpression")
            )
            if expression
        ]
        names = [name for expression in compiled for name in sorted(expression.names)]
        return (
            lambda scope, functions: [answer(expression, scope, functions) for expression in compiled]
        ), names

    def _relation(self, node: etree._Element) -> tuple[Logic, list[str]]:
        columns = [child.get("name", "") for child in self.children(node, "column")]
        rows = [
            [self.expression(cell, cell.get("id")) for cell in self.children(row, "literalExpression")]
            for row in self.children(node, "row")
        ]
        names = [name for row in rows for cell in row if cell for name in sorted(cell.names)]

        def evaluate(scope: Scope, functions: Functions) -> Value:
            return [
                {column: answer(cell, scope, functions) for column, cell in zip(columns, row, strict=False)}
                for row in rows
            ]

        return evaluate, names

    # -- what decisions need of each other -------------------------------------------------

    def _require(self, node: etree._Element, decisions: Mapping[str, Decision]) -> None:
        self.here = node
        made = decisions[node.get("id", "")]
        for kind, name, into in (
            ("informationRequirement", "requiredDecision", made.required),
            ("knowledgeRequirement", "requiredKnowledge", made.models),
        ):
            for requirement in self.children(node, kind):
                reference = self.child(requirement, name)
                if reference is None:
                    self._type_input(requirement, made)
                    continue
                target = decisions.get(reference.get("href", "").removeprefix("#"))
                if target is None:
                    shown = reference.get("href", "")
                    self.problem(
                        f"它依赖的“{shown}”不在这个文件里。",
                        f"It requires “{shown}”, which is not in this file.",
                    )
                else:
                    into.append(target)
        inputs = {name for decision in made.required for name in (decision.variable, decision.id)}
        made.inputs = tuple(name for name in made.inputs if name not in inputs)

    def _type_input(self, requirement: etree._Element, made: Decision) -> None:
        """The declared type of the input data that a requirement names."""
        reference = self.child(requirement, "requiredInput")
        target = "" if reference is None else reference.get("href", "").removeprefix("#")
        for data in self.children(self.root, "inputData"):
            variable = self.child(data, "variable")
            if target and data.get("id") == target and self.type_of(variable).is_known:
                named = None if variable is None else variable.get("name")
                name = " ".join((named or data.get("name") or "").split())
                made.types[name] = self.type_of(variable)

    def _refuse_cycles(self, decisions: Mapping[str, Decision]) -> None:
        for made in decisions.values():
            pending, visited = [*made.required, *made.models], set[str]()
            while pending:
                decision = pending.pop()
                if decision is made:
                    self.problems.append(
                        Problem(
                            made.id,
                            made.name,
                            LocalizedText(
                                f"决策“{made.name}”依赖它自己。",
                                f"The decision “{made.name}” requires itself.",
                            ),
                        )
                    )
                    made.required, made.models = [], []
                    break
                if decision.id not in visited:
                    visited.add(decision.id)
                    pending += [*decision.required, *decision.models]

    def _refuse_doubles(self) -> None:
        names: set[str] = set()
        for node in self.root.iter(f"{{{self.namespace}}}*"):
            number = node.get("id")
            if number and number in names:
                self.problems.append(
                    Problem(
                        number,
                        node.get("name"),
                        LocalizedText(
                            f"id“{number}”用了不止一次。", f"The id “{number}” is used more than once."
                        ),
                    )
                )
            names.add(number or "")
