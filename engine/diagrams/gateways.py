"""Gateways: where tokens part and meet (BPMN 2.0, 10.6 and 13.4)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.diagrams.elements import Element, default_of, taken
from engine.diagrams.tokens import Scope, Token


class ChoiceGateway(Element):
    """What exclusive and inclusive gateways share: what they chose is worked out once."""

    def next_names(self, token: Token) -> list[str]:
        return list(token.internal_data.get("chosen", ()))


class ExclusiveGateway(ChoiceGateway):
    """The first outgoing flow whose condition holds, in the order of the file; else the default."""

    def work(self, token: Token) -> bool | None:
        if not self.ways:
            return True
        chosen = next((way.target for way in self.ways if way.holds(token)), None)
        token.internal_data["chosen"] = [chosen or default_of(self)]
        return True


class ParallelGateway(Element):
    """Waits for one token on each incoming flow, then puts one on each outgoing flow.

    A token too many stays on its flow for the next round (BPMN 2.0, table 13.1).
    """

    def begin(self, token: Token) -> bool:
        if len(self.sources) <= 1:
            return True
        waiting = [
            t
            for t in token.workflow.tasks.values()
            if t.task_spec is self and t.state in (TaskState.WAITING, TaskState.FUTURE)
        ]
        needed = Counter(self.sources)
        consumed = _one_on_each_flow(token, waiting, needed)
        if needed.total():
            token._set_state(TaskState.WAITING)
            return False
        _merge(token, consumed)
        return True


class InclusiveGateway(ChoiceGateway):
    """Waits for every token that can still arrive, then puts one on each flow whose condition holds."""

    looks_again = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reach: dict[str, frozenset[str]] | None = None

    def begin(self, token: Token) -> bool:
        if len(self.sources) <= 1:
            return True
        waiting = [
            t
            for t in token.workflow.tasks.values()
            if t.task_spec is self and t.state in (TaskState.WAITING, TaskState.FUTURE)
        ]
        arrived = {t.internal_data["came"] for t in waiting}
        if self._more_to_come(token.workflow, arrived):
            token._set_state(TaskState.WAITING)
            return False
        _merge(token, _one_on_each_flow(token, waiting, Counter(self.sources)))
        return True

    def work(self, token: Token) -> bool | None:
        if self.ways:
            token.internal_data["chosen"] = taken(self, token)
        return True

    def _more_to_come(self, scope: Scope, arrived: set[str]) -> bool:
        """BPMN 2.0, 13.4.3: a token elsewhere that can reach an empty incoming flow, and no full one."""
        reach = self._sources_reached_from(scope)
        empty = set(self.sources) - arrived
        for token in scope.live():
            if token.task_spec is self or "of" in token.internal_data:
                continue
            ahead = reach.get(token.task_spec.name, frozenset())
            if ahead & empty and not ahead & arrived:
                return True
        return False

    def _sources_reached_from(self, scope: Scope) -> dict[str, frozenset[str]]:
        """For each element: through which incoming flows of this gateway its tokens may come."""
        if self._reach is None:
            result: dict[str, set[str]] = {}
            for source in set(self.sources):
                backwards, visited = [source], {source}
                while backwards:
                    name = backwards.pop()
                    result.setdefault(name, set()).add(source)
                    element = scope.element(name)
                    hosts = [
                        s.name for s in scope.spec.task_specs.values() if name in getattr(s, "boundary", ())
                    ]
                    for before in [*element.sources, *hosts]:
                        if before != self.name and before not in visited:
                            visited.add(before)
                            backwards.append(before)
            self._reach = {name: frozenset(sources) for name, sources in result.items()}
        return self._reach


class EventBasedGateway(Element):
    """The first of the events behind it to happen decides; the others are cancelled."""

    def next_names(self, token: Token) -> list[str]:
        return []

    def work(self, token: Token) -> bool | None:
        for name in self.flows:
            token.workflow.enter(name, token.data, came=self.name, race=token.id)
        return True


def _one_on_each_flow(token: Token, waiting: list[Token], flows: Counter[str]) -> list[Token]:
    """The tokens that one round of a join consumes: at most one for each flow, several where two come from one element.

    Flows that got none are left in ``flows``.
    """
    consumed: list[Token] = []
    for other in [token, *(arrival for arrival in waiting if arrival is not token)]:
        if flows[other.internal_data["came"]] > 0:
            flows[other.internal_data["came"]] -= 1
            consumed.append(other)
    return consumed


def _merge(token: Token, consumed: list[Token]) -> None:
    for other in consumed:
        if other is not token:
            other._set_state(TaskState.COMPLETED)
            token.workflow.tasks.pop(other.id, None)
            token.instance.gone(other)
