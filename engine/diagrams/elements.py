"""What every element of a diagram does with a token, and the tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskState

from engine.diagrams.particulars import Particulars
from engine.diagrams.tokens import BusinessError, Repetition, Scope, Stuck, Token
from engine.errors import DomainError
from engine.expressions import Expression, ExpressionError, Value
from engine.text import LocalizedText


@dataclass(frozen=True, slots=True)
class SequenceFlow:
    """A sequence flow where conditions count: its target, and the condition on it."""

    target: str
    condition: Expression | None = None
    default: bool = False

    def holds(self, token: Token) -> bool:
        """Whether the token may take it."""
        if self.condition is None:
            return not self.default
        value = token.instance.evaluate(self.condition, token)
        if not isinstance(value, bool) and value is not None:
            raise token.task_spec.stuck(
                LocalizedText(
                    f"条件“{self.condition.text}”的结果不是“是”或“否”。",
                    f"The condition “{self.condition.text}” is neither true nor false.",
                )
            )
        return bool(value)


def taken(element: Element, token: Token) -> list[str]:
    """The targets of all flows whose conditions hold; else that of the default flow."""
    try:
        result = [way.target for way in element.ways if way.holds(token)]
    except ExpressionError as error:
        raise element.stuck(error.words) from None
    return result or [default_of(element)]


def default_of(element: Element) -> str:
    """Where a token goes when no condition holds."""
    for way in element.ways:
        if way.default:
            return way.target
    raise element.stuck(
        LocalizedText(
            "没有任何条件成立，也没有默认流向。", "No condition holds and there is no default flow."
        )
    )


class Element(BpmnSpecMixin):  # type: ignore[misc]
    """A node of the diagram. Subclasses say what happens when a token comes, runs and leaves."""

    listens: ClassVar[bool] = False
    plain: ClassVar[bool] = False
    looks_again: ClassVar[bool] = False
    finished_event: ClassVar[str] = "passed"

    def __init__(
        self, wf_spec: Any, bpmn_id: str, particulars: Particulars | None = None, **kwargs: Any
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.particulars = particulars or Particulars()
        self.flows: list[str] = []
        self.sources: list[str] = []
        self.boundary: list[str] = []
        self.ways: list[SequenceFlow] = []
        self.undo: str | None = None
        self.repeat: Repetition | None = None
        self.manual = False

    # -- SpiffWorkflow's life cycle of a task, without prediction and without copies ------

    def test(self) -> None:
        """Shape is checked when a diagram is published, not on every step."""

    def _predict(self, *_args: object, **_more: object) -> None:
        """Nothing is predicted: tokens are made when they are reached."""

    def _update_hook(self, token: Token) -> bool:
        if self.repeat is not None and "of" not in token.internal_data:
            self._reached(token)
            self.repeat.begin(token)
            return False
        if "of" not in token.internal_data:
            self._reached(token)
        return self.begin(token)

    def _reached(self, token: Token) -> None:
        token.instance.reached(self.particulars.status)
        for name in self.boundary:
            token.workflow.enter(name, token.data, host=token.id)

    def _on_ready_hook(self, token: Token) -> None:
        token.instance.ready(token)

    def _run(self, token: Token) -> bool | None:
        if self.bpmn_id in token.instance.skips:
            token.instance.skips.discard(self.bpmn_id)
            token.instance.note(token, "skipped")
            return True
        try:
            return self.work(token)
        except BusinessError as error:
            if not throw_error(token, error.code):
                raise self.stuck(
                    LocalizedText(
                        f"抛出了错误“{error.code}”，但没有错误边界事件接住它。",
                        f"The error “{error.code}” was thrown and no error boundary event catches it.",
                    )
                ) from None
            return None
        except ExpressionError as error:
            raise self.stuck(error.words) from None
        except DomainError as refusal:
            if not refusal.place[0]:
                refusal.place = self.bpmn_id, self.bpmn_name or ""
            raise

    def _on_complete(self, token: Token) -> None:
        token.instance.note(token, self.finished_event)
        token.workflow.leave(token)

    # -- what a kind of element overrides -------------------------------------------------

    def begin(self, token: Token) -> bool:
        """A token came. True: it is ready; False: it waits or works."""
        return True

    def work(self, token: Token) -> bool | None:
        """The token runs. True completes it; None leaves it started."""
        return True

    def next_names(self, token: Token) -> list[str]:
        """Where the completed token goes on: one token for each name."""
        return taken(self, token) if self.ways else self.flows

    def catches(self, kind: str) -> bool:
        """Whether it waits for events of this kind."""
        return False

    def undone(self, token: Token) -> None:
        """An activity that this element set going to undo another one is complete."""
        raise AssertionError("not a compensation event")

    def scope_finished(self, token: Token, scope: Scope) -> None:
        """A scope inside this activity is complete."""
        raise AssertionError("not an activity with a scope")

    def stuck(self, words: LocalizedText) -> Stuck:
        """The failure of this element, in words that name it."""
        label = self.bpmn_name or self.bpmn_id
        return Stuck(
            LocalizedText(f"“{label}”：{words.zh}", f"“{label}”: {words.en}"),
            self.bpmn_id,
            self.bpmn_name or "",
        )


class PlainTask(Element):
    """A task of no kind: done as soon as it is reached."""

    finished_event = "completed"


class UserTask(Element):
    """Work for a person; manual tasks too. Stands on a desk until somebody completes it."""

    finished_event = "completed"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.manual = True

    def work(self, token: Token) -> bool | None:
        return True


class ServiceTask(Element):
    """Work that the installation does: the handler of its topic runs in the same transaction."""

    finished_event = "completed"

    def work(self, token: Token) -> bool | None:
        topic = self.particulars.topic
        if topic:
            result = token.instance.host.serve(topic, token)
            if result:
                token.data.update(result)
        return True


class BusinessRuleTask(Element):
    """A decision table is asked; what it says becomes variables.

    With a result variable the shape follows Camunda's mapDecisionResult; without one every output
    becomes a variable of its name.
    """

    finished_event = "completed"

    def work(self, token: Token) -> bool | None:
        particulars = self.particulars
        result = token.instance.host.decide(particulars.decision or "", token)
        if particulars.result_variable:
            token.data[particulars.result_variable] = _mapped(result, particulars.map_result)
        elif isinstance(result, Mapping):
            token.data.update(result)
        elif result is not None:
            token.data[particulars.decision or "result"] = result
        return True


def _mapped(result: Value, how: str | None) -> Value:
    rows = result if isinstance(result, list) else [] if result is None else [result]
    if how == "resultList":
        return rows
    if how == "collectEntries":
        return [_only(row) for row in rows]
    if how == "singleEntry":
        return _only(rows[0]) if rows else None
    return result


def _only(row: Value) -> Value:
    return next(iter(row.values())) if isinstance(row, Mapping) and len(row) == 1 else row


def interrupt(token: Token, by: Token) -> None:
    """An interrupting boundary event ``by`` takes the place of the activity ``token``."""
    by.internal_data.pop("host", None)
    token.workflow.drop(token)


def throw_error(token: Token, code: str | None) -> bool:
    """Send a BPMN error outwards from a token to the nearest error boundary event; False: nobody caught it."""
    return _throw_outwards(token, "error", code, own=True)


def throw_outwards(token: Token, kind: str, code: str | None) -> bool:
    """Send an error or an escalation out of the scope in which ``token`` stands."""
    return _throw_outwards(token, kind, code, own=False)


def _throw_outwards(token: Token, kind: str, code: str | None, *, own: bool) -> bool:
    """From the inside out: the events on an activity, then the event sub-processes of its scope (10.5.7).

    What an event sub-process throws itself is never caught by those of the same scope.
    """
    activity: Token | None = token if own else None
    scope = token.workflow
    while True:
        for waiting in _catchers(scope, kind, activity):
            catcher = next((t for t in waiting if code and t.task_spec.event.name == code), None)
            catcher = catcher or next((t for t in waiting if not t.task_spec.event.name), None)
            if catcher is not None:
                catcher.task_spec.caught(catcher, catcher.task_spec.event.payload(code))
                return True
        if scope.owner is None:
            return False
        activity, scope = scope.owner, scope.owner.workflow


def _catchers(scope: Scope, kind: str, activity: Token | None) -> list[list[Token]]:
    """Who may catch what comes out of an activity of the scope, the nearest first."""
    waiting = [t for t in scope.tasks.values() if t.state == TaskState.WAITING and t.task_spec.catches(kind)]
    listeners = [t for t in waiting if "listens" in t.internal_data]
    if activity is None:
        return [listeners]
    hosts = {activity.id, activity.internal_data.get("of")}
    near = [t for t in waiting if t.internal_data.get("host") in hosts]
    return [near] if activity.task_spec.listens else [near, listeners]
