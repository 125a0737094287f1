"""Reads one decision table: its columns and rows."""

from __future__ import annotations

from lxml import etree

from engine.decisions.reader import Reader
from engine.decisions.tables import AGGREGATIONS, POLICIES, Input, Output, Table, TableRule
from engine.expressions import ExpressionError, UnaryTests, Value

_CAMUNDA = "{http://camunda.org/schema/1.0/dmn}"


class TableReader:
    """Reads one decision table."""

    def __init__(self, reader: Reader, node: etree._Element, name: str) -> None:
        self.reader = reader
        self.names: list[str] = []
        policy = node.get("hitPolicy", "UNIQUE")
        aggregation = node.get("aggregation")
        if policy not in POLICIES:
            reader.problem(
                f"不认识的命中策略“{policy}”。", f"The hit policy “{policy}” is not known.", node.get("id")
            )
        if aggregation and (policy != "COLLECT" or aggregation not in AGGREGATIONS):
            reader.problem(
                f"命中策略 {policy} 不能用汇总“{aggregation}”。",
                f"The hit policy {policy} cannot have the aggregation “{aggregation}”.",
                node.get("id"),
            )
        inputs = [self._input(child) for child in reader.children(node, "input")]
        outputs = [self._output(output, i, name) for i, output in enumerate(reader.children(node, "output"))]
        if not outputs:
            reader.problem("决策表没有输出列。", "The decision table has no output.", node.get("id"))
        if aggregation and len(outputs) > 1:
            reader.problem(
                "汇总只能用于一个输出列。", "An aggregation wants a single output.", node.get("id")
            )
        own = {input_.variable for input_ in inputs}
        rules = [
            self._rule(rule, i, len(inputs), len(outputs))
            for i, rule in enumerate(reader.children(node, "rule"), 1)
        ]
        self.names = [name for name in self.names if name not in own]
        self.table = Table(name, node.get("id"), policy, aggregation, inputs, outputs, rules)

    def _input(self, node: etree._Element) -> Input:
        inner = self.reader.child(node, "inputExpression")
        variable = node.get(f"{_CAMUNDA}inputVariable")
        compiled = self.reader.expression(inner, node.get("id"))
        label = node.get("label") or (compiled.text if compiled else variable or "")
        if compiled is None and not self.reader.text(inner):
            if variable:
                compiled = self.reader.compiled(self.reader.read_expression, variable, node.get("id"))
            else:
                self.reader.problem(
                    f"输入列“{label}”没有表达式。", f"The input “{label}” has no expression.", node.get("id")
                )
        self.names += sorted(compiled.names) if compiled else []
        allowed = self.reader.text(self.reader.child(node, "inputValues"))
        tests = self.reader.compiled(self.reader.read_tests, allowed, node.get("id")) if allowed else None
        is_name = compiled is not None and compiled.names == {" ".join(compiled.text.split())}
        bound = variable or (next(iter(compiled.names)) if compiled is not None and is_name else None)
        return Input(label, compiled, variable, bound, self.reader.type_of(inner), tests)

    def _output(self, node: etree._Element, index: int, name: str) -> Output:
        allowed = self.reader.text(self.reader.child(node, "outputValues"))
        listed = (
            self.reader.compiled(self.reader.read_expression, f"[{allowed}]", node.get("id"))
            if allowed
            else None
        )
        values: list[Value] | None = None
        if listed is not None:
            try:
                members = listed.evaluate({}, plain=False)
                values = list(members) if isinstance(members, (list, tuple)) else [members]
            except ExpressionError as error:
                self.reader.problem(
                    f"“{allowed}”：{error.words.zh}", f"“{allowed}”: {error.words.en}", node.get("id")
                )
        default = self.reader.expression(self.reader.child(node, "defaultOutputEntry"), node.get("id"))
        return Output(
            node.get("name") or (name if index == 0 else f"output{index + 1}"),
            self.reader.type_of(node),
            values,
            default,
        )

    def _rule(self, node: etree._Element, number: int, inputs: int, outputs: int) -> TableRule:
        tests = [self._cell(child) for child in self.reader.children(node, "inputEntry")]
        results = [
            self.reader.expression(child, child.get("id"))
            for child in self.reader.children(node, "outputEntry")
        ]
        if len(tests) != inputs or len(results) != outputs:
            self.reader.problem(
                f"第 {number} 行的格数与列数不符。",
                f"Rule {number} has another number of cells than the table has columns.",
                node.get("id"),
            )
        for test in (*tests, *results):
            self.names += sorted(test.names) if test else []
        return TableRule(number, node.get("id"), tests, results)

    def _cell(self, node: etree._Element) -> UnaryTests | None:
        self.reader.refuse_language(node, node.get("id"))
        return self.reader.compiled(self.reader.read_tests, self.reader.text(node), node.get("id"))
