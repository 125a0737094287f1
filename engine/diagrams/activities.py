"""Activities with something inside: sub-processes, calls, loops and multiple instances."""

from __future__ import annotations

import copy
from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from SpiffWorkflow.util.task import TaskState

from engine.diagrams.elements import Element
from engine.diagrams.events import CatchEvent
from engine.diagrams.tokens import Scope, SubScope, Token, Variables
from engine.expressions import Expression, Functions, Value
from engine.text import LocalizedText

MOST_INSTANCES = 1_000
"""Instances of one multi-instance activity."""
DEEPEST = 50
"""Scopes inside scopes."""


class SubProcess(Element):
    """bpmn:subProcess: its own tokens, the variables of the scope around it."""

    finished_event = "left"

    def __init__(self, *args: Any, inside: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.inside = inside

    def work(self, token: Token) -> bool | None:
        top = token.instance
        spec = top.subprocess_specs.get(self.inside)
        if spec is None:
            raise self.stuck(
                LocalizedText(f"没有找到流程“{self.inside}”。", f"The process “{self.inside}” was not found.")
            )
        if _depth(token.workflow) >= DEEPEST:
            raise self.stuck(LocalizedText("子流程嵌套过深。", "Sub-processes are nested too deeply."))
        scope = SubScope(spec, token, self.variables_inside(token))
        top.subprocesses[token.id] = scope
        token._set_state(TaskState.STARTED)
        start = self.start_inside(spec.bpmn_start_events)
        if start is None:
            raise self.stuck(
                LocalizedText("里面没有普通的开始事件。", "There is no plain start event inside.")
            )
        scope.open(start)
        return None

    def start_inside(self, starts: Iterable[Element]) -> str | None:
        """The start event from which the inside begins."""
        return next((start.name for start in starts if start.plain), None)

    def variables_inside(self, token: Token) -> Variables:
        """An embedded sub-process works on the variables around it."""
        return token.data

    def scope_finished(self, token: Token, scope: Scope) -> None:
        if token.id in token.workflow.tasks:
            token.complete()


class EventSubProcess(SubProcess, CatchEvent):
    """bpmn:subProcess triggered by an event: it listens as long as its scope is open (BPMN 2.0, 13.5.4).

    An interrupting one takes the place of everything else in the scope; the scope then ends with it.
    Any other runs beside, as often as its event happens.
    """

    listens = True

    def __init__(self, *args: Any, interrupting: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.interrupting = interrupting

    def _reached(self, token: Token) -> None:
        """Listening is not yet arriving: the status changes when the event happens."""

    def caught(self, token: Token, payload: Mapping[str, Value]) -> None:
        if self.interrupting:
            token.internal_data.pop("listens")
            for other in list(token.workflow.tasks.values()):
                if other is not token:
                    token.workflow.drop(other)
        else:
            self.wait_again(token, "listens")
        token.instance.gone(token)
        token.data.update(payload)
        super()._reached(token)
        token._ready()

    def start_inside(self, starts: Iterable[Element]) -> str | None:
        return next((start.name for start in starts), None)


@dataclass(frozen=True, slots=True)
class Handover:
    """One camunda:in or camunda:out: a variable or an expression, and its name on the other side."""

    target: str
    source: Expression


@dataclass(frozen=True, slots=True)
class Handovers:
    """What passes between a call activity and the process it calls, in one direction."""

    everything: bool = True
    named: tuple[Handover, ...] = ()

    def passed(self, variables: Mapping[str, Value], functions: Functions) -> dict[str, Value]:
        """The variables on the other side."""
        passed = copy.deepcopy(dict(variables)) if self.everything else {}
        for handover in self.named:
            passed[handover.target] = copy.deepcopy(handover.source.evaluate(variables, functions))
        return passed


class CallActivity(SubProcess):
    """bpmn:callActivity: another process with variables of its own.

    Only what camunda:in and camunda:out name goes in and comes back; where there is neither, all variables do.
    """

    def __init__(
        self, *args: Any, ins: Handovers = Handovers(), outs: Handovers = Handovers(), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.ins = ins
        self.outs = outs

    def variables_inside(self, token: Token) -> Variables:
        return self.ins.passed(token.data, token.instance.host.functions(token))

    def scope_finished(self, token: Token, scope: Scope) -> None:
        token.data.update(self.outs.passed(scope.variables, token.instance.host.functions(token)))
        super().scope_finished(token, scope)


def _depth(scope: Scope) -> int:
    depth = 0
    while scope.owner is not None:
        scope, depth = scope.owner.workflow, depth + 1
    return depth


@dataclass(frozen=True, slots=True)
class Repeat:
    """Loop characteristics: one activity many times (BPMN 2.0, 10.3.8)."""

    sequential: bool
    collection: Expression | None = None
    cardinality: Expression | None = None
    item: str | None = None
    output: str | None = None
    output_item: Expression | None = None
    until: Expression | None = None
    loop_while: Expression | None = None
    test_before: bool = False
    maximum: int | None = None
    is_loop: bool = False

    def begin(self, body: Token) -> None:
        """The activity was reached: make its instances, or pass when there is nothing to do."""
        body._set_state(TaskState.STARTED)
        items = self._items(body)
        body.internal_data["multi"] = {
            "items": items,
            "next": 0,
            "done": 0,
            "out": [None] * (0 if items is None else len(items)),
        }
        if self.is_loop:
            if self.test_before and not self._goes_on(body):
                self._finish(body)
            else:
                self._spawn(body)
        elif not items:
            self._finish(body)
        elif self.sequential:
            self._spawn(body)
        else:
            for _ in items:
                if body.id in body.workflow.tasks:
                    self._spawn(body)

    def instance_done(self, body: Token, token: Token) -> None:
        """One instance completed: collect what it produced, then go on or finish."""
        multi = body.internal_data["multi"]
        index = token.internal_data["index"]
        if self.output and self.output_item is not None:
            multi["out"][index] = token.instance.evaluate(self.output_item, token)
        produced = {
            k: v
            for k, v in cast("ChainMap[str, Value]", token.data).maps[0].items()
            if k not in (self.item, "loopCounter", *_COUNTERS)
        }
        body.data.update(produced)
        multi["done"] += 1
        if self.is_loop:
            if self._goes_on(body):
                self._spawn(body)
            else:
                self._finish(body)
            return
        enough = self.until is not None and self._holds(body, token, self.until)
        if enough or multi["done"] == len(multi["items"] or ()):
            self._finish(body)
        elif self.sequential:
            self._spawn(body)

    def _items(self, body: Token) -> list[Value] | None:
        if self.is_loop:
            return None
        top = body.instance
        if self.collection is not None:
            collection = top.evaluate(self.collection, body)
            items = (
                list(collection.values())
                if isinstance(collection, Mapping)
                else list(collection)
                if isinstance(collection, (list, tuple))
                else None
            )
            if items is None:
                raise body.task_spec.stuck(
                    LocalizedText(
                        f"“{self.collection.text}”不是列表。", f"“{self.collection.text}” is not a list."
                    )
                )
        else:
            assert self.cardinality is not None
            count = top.evaluate(self.cardinality, body)
            if isinstance(count, str) and count.strip().isdigit():
                count = int(count)
            if (
                isinstance(count, bool)
                or not isinstance(count, (int, float))
                or count != int(count)
                or count < 0
            ):
                raise body.task_spec.stuck(
                    LocalizedText(
                        f"次数“{self.cardinality.text}”不是自然数。",
                        f"The cardinality “{self.cardinality.text}” is not a whole number.",
                    )
                )
            if count > MOST_INSTANCES:
                raise self._too_many(body, int(count))
            items = list(range(int(count)))
        if len(items) > MOST_INSTANCES:
            raise self._too_many(body, len(items))
        return items

    def _too_many(self, body: Token, count: int) -> Exception:
        return body.task_spec.stuck(
            LocalizedText(
                f"要产生 {count} 个实例，上限是 {MOST_INSTANCES}。",
                f"{count} instances are wanted; the limit is {MOST_INSTANCES}.",
            )
        )

    def _spawn(self, body: Token) -> None:
        multi = body.internal_data["multi"]
        index = multi["next"]
        multi["next"] += 1
        local: dict[str, Value] = {"loopCounter": index}
        if self.item and multi["items"] is not None:
            local[self.item] = copy.deepcopy(multi["items"][index])
        body.workflow.enter(body.task_spec.name, ChainMap(local, body.data), of=body.id, index=index)

    def _finish(self, body: Token) -> None:
        multi = body.internal_data.pop("multi")
        for other in list(body.workflow.tasks.values()):
            if other.internal_data.get("of") == body.id:
                body.workflow.drop(other)
        if self.output:
            body.data[self.output] = multi["out"]
        body._set_state(TaskState.COMPLETED)
        body.workflow.leave(body)

    def _holds(self, body: Token, token: Token, condition: Expression) -> bool:
        multi = body.internal_data["multi"]
        total = len(multi["items"] or [])
        done = multi["done"]
        extra = {
            "nrOfInstances": total,
            "nrOfCompletedInstances": done,
            "nrOfActiveInstances": multi["next"] - done,
            "loopCounter": token.data.get("loopCounter", 0),
        }
        return body.instance.evaluate(condition, token, extra) is True

    def _goes_on(self, body: Token) -> bool:
        done = body.internal_data["multi"]["done"]
        if self.maximum is not None and done >= self.maximum:
            return False
        if done >= MOST_INSTANCES:
            raise self._too_many(body, done + 1)
        if self.loop_while is None:
            return True
        return body.instance.evaluate(self.loop_while, body, {"loopCounter": done}) is True


_COUNTERS = ("nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances")
