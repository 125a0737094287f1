"""From a tree of nodes to one Python closure per node, and what the closures need at run time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from engine.expressions.errors import ExpressionError, refused
from engine.expressions.evaluation import Evaluation
from engine.expressions.functions import BUILT_IN
from engine.expressions.meter import FAULTS, as_error, spend
from engine.expressions.numbers import is_number, number
from engine.expressions.operations import (
    MOST_ITEMS,
    compare,
    fold,
    holds_one,
    item_at,
    lies_in,
    step_into,
    too_long,
    truth,
    walked_through,
)
from engine.expressions.patterns import pattern_problem
from engine.expressions.syntax import Part, SyntaxNode
from engine.expressions.value import Interval, Value

Run = Callable[[Evaluation], Value]


@dataclass
class Compiler:
    """Compiles one tree; remembers which names and functions the outside must give."""

    names: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    bound: list[str] = field(default_factory=list)

    def compile(self, node: SyntaxNode) -> Run:
        """The closure of a node."""
        return getattr(self, f"_{node.kind}")(node)  # type: ignore[no-any-return]

    # -- values --------------------------------------------------------------------------

    def _constant(self, node: SyntaxNode) -> Run:
        value = node.constant()
        return lambda _m: value

    def _name(self, node: SyntaxNode) -> Run:
        name = node.word(0)
        self._note(name)

        def run(m: Evaluation) -> Value:
            try:
                return m.scope[name]
            except KeyError:
                raise refused(
                    f"没有名为“{name}”的字段或变量。", f"There is no field or variable “{name}”."
                ) from None

        return run

    def _note(self, name: str) -> None:
        if name not in self.bound:
            self.names.add(name)

    def _leniently(self, node: SyntaxNode) -> Run:
        """A name or path that is null, not an error, where its root is unknown."""
        if node.kind == "name":
            name = node.word(0)
            self._note(name)
            return lambda m: m.scope.get(name)
        if node.kind == "path":
            inner, step = self._leniently(node.node(0)), node.word(1)
            return lambda m: step_into(inner(m), step)
        return self.compile(node)

    def _listed(self, node: SyntaxNode) -> Run:
        items = (
            [self.compile(part) for part in node.nodes(0)]
            if node.parts and isinstance(node.parts[0], tuple)
            else []
        )
        return lambda m: [item(m) for item in items]

    def _context(self, node: SyntaxNode) -> Run:
        entries: list[tuple[str, Run]] = []
        before = len(self.bound)
        for part in node.nodes(0):
            entries.append((part.word(0), self.compile(part.node(1))))
            self.bound.append(part.word(0))
        del self.bound[before:]

        def run(m: Evaluation) -> Value:
            made: dict[str, Value] = {}
            inner = m.with_names(made)
            for key, value in entries:
                made[key] = value(inner)
            return made

        return run

    def _interval(self, node: SyntaxNode) -> Run:
        low, high = self.compile(node.node(0)), self.compile(node.node(1))
        with_low, with_high = bool(node.constant(2)), bool(node.constant(3))
        return lambda m: Interval(low(m), high(m), with_low, with_high)

    # -- truth ---------------------------------------------------------------------------

    def _either(self, node: SyntaxNode) -> Run:
        return self._chain(node, decisive=True)

    def _both(self, node: SyntaxNode) -> Run:
        return self._chain(node, decisive=False)

    def _chain(self, node: SyntaxNode, *, decisive: bool) -> Run:
        parts = [self.compile(part) for part in node.nodes(0)]

        def run(m: Evaluation) -> bool | None:
            unknown = False
            for part in parts:
                value = truth(part(m))
                if value is decisive:
                    return decisive
                unknown = unknown or value is None
            return None if unknown else not decisive

        return run

    def _opposite(self, node: SyntaxNode) -> Run:
        inner = self.compile(node.node(0))

        def run(m: Evaluation) -> bool | None:
            value = truth(inner(m))
            return None if value is None else not value

        return run

    def _compare(self, node: SyntaxNode) -> Run:
        sign, left, right = node.word(0), node.node(1), node.node(2)
        lenient = sign in ("=", "!=") and any(
            side.kind == "constant" and side.parts[0] is None for side in (left, right)
        )
        how = self._leniently if lenient else self.compile
        element, other = how(left), how(right)
        return lambda m: compare(sign, element(m), other(m))

    def _between(self, node: SyntaxNode) -> Run:
        value, low, high = (self.compile(node.node(place)) for place in range(3))
        return lambda m: lies_in(Interval(low(m), high(m), True, True), value(m))

    def _member(self, node: SyntaxNode) -> Run:
        value, passes = self.compile(node.node(0)), self.tests(node.node(1))
        return lambda m: passes(m, value(m))

    def tests(self, node: SyntaxNode, *, cell: bool = False) -> Callable[[Evaluation, Value], bool | None]:
        """A closure that says whether a value passes any of several unary tests.

        In a ``cell`` a condition on other things than the value stands for itself.
        """
        tests = [self._one_test(part, cell) for part in node.nodes(0)]

        def run(m: Evaluation, value: Value) -> bool | None:
            unknown = False
            for test in tests:
                result = test(m, value)
                if result:
                    return True
                unknown = unknown or result is None
            return None if unknown else False

        return run

    def _one_test(self, node: SyntaxNode, cell: bool) -> Callable[[Evaluation, Value], bool | None]:
        if node.kind == "bound":
            sign, limit = node.word(0), self.compile(node.node(1))
            return lambda m, value: compare(sign, value, limit(m))
        compiled = self.compile(node)
        if _asks(node):
            return lambda m, _value: truth(compiled(m))
        if not cell or node.kind == "constant":
            return lambda m, value: holds_one(value, compiled(m))

        def run(m: Evaluation, value: Value) -> bool | None:
            value_of_test = compiled(m)
            return (
                value_of_test
                if isinstance(value_of_test, bool) and not isinstance(value, bool)
                else holds_one(value, value_of_test)
            )

        return run

    def _choice(self, node: SyntaxNode) -> Run:
        condition, then, otherwise = (self.compile(node.node(place)) for place in range(3))
        return lambda m: then(m) if truth(condition(m)) else otherwise(m)

    # -- arithmetic ----------------------------------------------------------------------

    def _fold(self, node: SyntaxNode) -> Run:
        first = self.compile(node.node(0))
        rest = [(sign, self.compile(part)) for sign, part in zip(node.words(1), node.nodes(2), strict=True)]

        def run(m: Evaluation) -> Value:
            value = first(m)
            for sign, other in rest:
                value = m.worked_out(fold, sign, value, other(m))
                if isinstance(value, str):
                    m.spend(len(value) // 64)
            return value

        return run

    def _negate(self, node: SyntaxNode) -> Run:
        inner = self.compile(node.node(0))

        def run(m: Evaluation) -> Value:
            value = inner(m)
            return -number(value) if is_number(value) else m.worked_out(fold, "*", value, -1)

        return run

    # -- lists ---------------------------------------------------------------------------

    def _path(self, node: SyntaxNode) -> Run:
        inner, name = self.compile(node.node(0)), node.word(1)
        return lambda m: step_into(inner(m), name)

    def _filtered(self, node: SyntaxNode) -> Run:
        inner = self.compile(node.node(0))
        cost = node.node(1).size
        condition, names = self._inside(node.node(1))
        indexed = _is_position(node.node(1))

        def run(m: Evaluation) -> Value:
            value = inner(m)
            if value is None:
                return None
            items = list(value) if isinstance(value, (list, tuple)) else [value]
            result: list[Value] = []
            for item in items:
                m.spend(cost)
                answer = condition(m.with_names(names(item)))
                if is_number(answer):
                    return item_at(items, answer)
                if truth(answer):
                    result.append(item)
            return None if indexed and not items else result

        return run

    def _inside(self, node: SyntaxNode) -> tuple[Run, Callable[[Value], dict[str, Value]]]:
        """A filter's condition: ``item`` and the item's own entries are in scope."""
        self.bound.append("item")
        condition = self.compile(node)
        self.bound.pop()

        def names(item: Value) -> dict[str, Value]:
            if not isinstance(item, Mapping):
                return {"item": item}
            spend(len(item))
            return {**item, "item": item}

        return condition, names

    def _turns(self, turns: tuple[SyntaxNode, ...]) -> Callable[[Evaluation], Iterator[dict[str, Value]]]:
        sources: list[tuple[str, Run, Run | None]] = []
        for turn in turns:
            last = turn.node(2) if turn.parts[2] is not None else None
            first = self.compile(turn.node(1))
            sources.append((turn.word(0), first, self.compile(last) if last is not None else None))
        names = [name for name, _, _ in sources]

        def run(m: Evaluation) -> Iterator[dict[str, Value]]:
            lists = [
                walked_through(Interval(first(m), last(m), True, True) if last else first(m))
                for _, first, last in sources
            ]
            rounds = 1
            for items in lists:
                rounds *= max(len(items), 1)
            if rounds > MOST_ITEMS:
                raise too_long()
            return (dict(zip(names, values, strict=True)) for values in product(*lists))

        return run

    def _body(
        self, turns: tuple[SyntaxNode, ...], body: SyntaxNode
    ) -> tuple[Callable[[Evaluation], Iterator[dict[str, Value]]], Run]:
        rounds = self._turns(turns)
        names = [turn.word(0) for turn in turns]
        self.bound.extend(names)
        inner = self.compile(body)
        del self.bound[len(self.bound) - len(names) :]
        return rounds, inner

    def _loop(self, node: SyntaxNode) -> Run:
        rounds, body = self._body(node.nodes(0), node.node(1))
        cost = node.node(1).size

        def run(m: Evaluation) -> list[Value]:
            result = []
            for names in rounds(m):
                m.spend(cost)
                result.append(body(m.with_names(names)))
            return result

        return run

    def _quantified(self, node: SyntaxNode) -> Run:
        rounds, body = self._body(node.nodes(0), node.node(1))
        cost, decisive = node.node(1).size, bool(node.constant(2))

        def run(m: Evaluation) -> bool | None:
            unknown = False
            for names in rounds(m):
                m.spend(cost)
                value = truth(body(m.with_names(names)))
                if value is decisive:
                    return decisive
                unknown = unknown or value is None
            return None if unknown else not decisive

        return run

    # -- calls ---------------------------------------------------------------------------

    def _call(self, node: SyntaxNode) -> Run:
        name, argument_nodes = node.word(0), node.nodes(1)
        if name == "is defined":
            return self._is_defined(argument_nodes)
        arguments = [self.compile(argument) for argument in argument_nodes]
        if name not in BUILT_IN:
            return self._host_call(name, arguments)
        function = BUILT_IN[name]
        if not function.least <= len(arguments) <= function.most:
            raise refused(
                f"函数 {name}() 的参数个数不对。", f"The function {name}() has the wrong number of arguments."
            )
        _check_pattern(name, argument_nodes)
        work = function.work

        def run(m: Evaluation) -> Value:
            values = [argument(m) for argument in arguments]
            m.spend(1 + sum(map(_weight, values)))
            result = m.worked_out(work, *values)
            m.spend(_weight(result))
            return result

        return run

    def _is_defined(self, arguments: tuple[SyntaxNode, ...]) -> Run:
        if len(arguments) != 1:
            raise refused("函数 is defined() 需要一个参数。", "The function is defined() takes one argument.")
        value = self._leniently(arguments[0])
        return lambda m: value(m) is not None

    def _host_call(self, name: str, arguments: list[Run]) -> Run:
        self.calls.add(name)

        def run(m: Evaluation) -> Value:
            m.spend(10)
            try:
                function = m.functions[name]
            except KeyError:
                raise refused(f"没有名为“{name}”的函数。", f"There is no function “{name}”.") from None
            values = [argument(m) for argument in arguments]
            try:
                return function(*values)
            except ExpressionError:
                raise
            except FAULTS as fault:
                if getattr(fault, "words", None) is not None:
                    raise as_error(fault) from fault
                raise refused(
                    f"函数 {name}() 的参数不对。", f"The function {name}() cannot work with these arguments."
                ) from fault

        return run


def _check_pattern(name: str, arguments: tuple[SyntaxNode, ...]) -> None:
    """A pattern that is written down is read when the expression is, so that a check can refuse it."""
    if name in ("matches", "replace", "split") and arguments[1].kind == "constant":
        pattern = arguments[1].constant()
        problem = pattern_problem(pattern) if isinstance(pattern, str) else None
        if problem is not None:
            raise problem


def _asks(node: SyntaxNode) -> bool:
    """Whether a test speaks of the tested value as ``?`` and so is a condition by itself."""
    pending: list[Part] = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, tuple):
            pending.extend(part)
        elif isinstance(part, SyntaxNode):
            if part.kind == "name" and part.parts[0] == "?":
                return True
            pending.extend(part.parts)
    return False


def _weight(value: Value) -> int:
    if isinstance(value, str):
        return len(value) // 64
    return len(value) // 4 if isinstance(value, (list, tuple, dict)) else 0


def _is_position(node: SyntaxNode) -> bool:
    """Whether a filter is a plain position, such as ``[1]`` or ``[-1]``."""
    inner = node.node(0) if node.kind == "negate" else node
    return inner.kind == "constant" and is_number(inner.parts[0])
