"""A ticket of the usual shape for measuring: two people, a reminder, a decision, rework."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

from engine.host import Actor, Deadline, Guard, Handler, OpenWork, Step

TICKET = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="bench">
<process id="ticket" isExecutable="true">
<startEvent id="s"/>
<userTask id="fix" name="整改" camunda:assignee="${person}" camunda:dueDate="2019-09-20"><extensionElements>
  <camunda:formData><camunda:formField id="result" label="整改情况" type="string"/></camunda:formData>
  <camunda:properties><camunda:property name="status" value="in_progress"/></camunda:properties></extensionElements></userTask>
<boundaryEvent id="late" attachedToRef="fix" cancelActivity="false"><timerEventDefinition><timeDate>2019-09-18</timeDate></timerEventDefinition></boundaryEvent>
<serviceTask id="remind" camunda:type="external" camunda:topic="remind"/>
<userTask id="verify" name="复核" camunda:candidateGroups="${post('town_office', town)}"><extensionElements>
  <camunda:formData><camunda:formField id="ok" label="到位" type="boolean"/></camunda:formData>
  <camunda:properties><camunda:property name="status" value="submitted"/></camunda:properties></extensionElements></userTask>
<exclusiveGateway id="g" default="f5"/><endEvent id="e"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="fix"/><sequenceFlow id="f2" sourceRef="fix" targetRef="verify"/>
<sequenceFlow id="f3" sourceRef="verify" targetRef="g"/><sequenceFlow id="f4" sourceRef="g" targetRef="e"><conditionExpression>${ok = true}</conditionExpression></sequenceFlow>
<sequenceFlow id="f5" sourceRef="g" targetRef="fix"/><sequenceFlow id="f6" sourceRef="late" targetRef="remind"/>
</process></definitions>""".encode()


class QuietWorld:
    """Answers what must be answered; tells each offer to the outbox as the domain does."""

    def __init__(
        self, offer: Callable[[Session, Sequence[OpenWork], dt.datetime], None] | None = None
    ) -> None:
        self._offer = offer or write_notices

    def zone_of(self, session: Session, variables: Mapping[str, Any]) -> ZoneInfo:
        return ZoneInfo("Asia/Shanghai")

    def scope_of(self, session: Session, key: str, variables: Mapping[str, Any]) -> str:
        return ""

    def scopes_above(self, session: Session, scope: str) -> Sequence[str]:
        return (scope,)

    def begins_with(self, session: Session, scope: str, others: Collection[str]) -> dict[str, Any]:
        return {}

    def functions(self, step: Step) -> Mapping[str, Callable[..., Any]]:
        return {"post": lambda role, scope: f"post:{role}@{scope}"}

    def handler(self, topic: str) -> Handler | None:
        return lambda _step: None

    def guard(self, name: str) -> Guard | None:
        return None

    def status_changed(self, step: Step, status: str) -> None:
        pass

    def ended(self, step: Step, status: str | None) -> None:
        pass

    def work_scope(self, variables: Mapping[str, Any]) -> str | None:
        return None

    def first_escalation(self, session: Session, deadline: Deadline) -> dt.datetime | None:
        return deadline.due_at

    def escalation_after_move(
        self, session: Session, item: int, deadline: Deadline, now: dt.datetime
    ) -> tuple[int, dt.datetime | None]:
        return 0, deadline.due_at

    def cancelled(self, session: Session, work: Sequence[int], actor: Actor, now: dt.datetime) -> None:
        """Nothing hangs on it."""

    def offered(self, session: Session, work: Sequence[OpenWork], now: dt.datetime) -> None:
        self._offer(session, work, now)


def write_notices(session: Session, work: Sequence[OpenWork], now: dt.datetime) -> None:
    """One outbox row for each offer, as the domain writes it."""
    from engine.schema import command_receipts

    session.execute(
        insert(command_receipts),
        [{"key": f"offer:{entry.id}", "person": 7, "answer": {}, "at": now} for entry in work],
    )
