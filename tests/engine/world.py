"""A small world for tests: handlers and guards are what the test puts in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine.host import Actor, Deadline, Guard, Handler, OpenWork, Step
from engine.text import LocalizedText


class SmallWorld:
    """Answers what the engine asks, and remembers what it was told."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}
        self.guards: dict[str, Guard] = {}
        self.statuses: list[tuple[str, str]] = []
        self.offers: list[str] = []
        self.endings: list[str] = []
        self.asked = 0
        """How often it was asked which scopes lie above."""

    def zone_of(self, session: Session, variables: Mapping[str, Any]) -> ZoneInfo:
        return ZoneInfo("Asia/Shanghai")

    def scope_of(self, session: Session, key: str, variables: Mapping[str, Any]) -> str:
        """Villages of towns: ``north/east`` lies in ``north``."""
        return str(variables.get("place") or "")

    def scopes_above(self, session: Session, scope: str) -> Sequence[str]:
        self.asked += 1
        parts = scope.split("/")
        return [*("/".join(parts[:count]) for count in range(len(parts), 0, -1)), ""]

    def begins_with(self, session: Session, scope: str, others: Collection[str]) -> dict[str, Any]:
        return {"place": scope, "not_in": sorted(other for other in others if other.startswith(scope))}

    def functions(self, step: Step) -> Mapping[str, Callable[..., Any]]:
        return {
            "now": lambda: step.now,
            "post": lambda role, scope: f"post:{role}@{scope}",
            "days_after": lambda at, days: at + dt.timedelta(days=days),
        }

    def handler(self, topic: str) -> Handler | None:
        return self.handlers.get(topic)

    def guard(self, name: str) -> Guard | None:
        return self.guards.get(name)

    def status_changed(self, step: Step, status: str) -> None:
        self.statuses.append((step.key, status))

    def ended(self, step: Step, status: str | None) -> None:
        self.endings.append(step.key)

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
        self.offers.extend(entry.element for entry in work)


def needs(field: str) -> Guard:
    """A guard that wants a field to be filled."""

    def guard(step: Step, values: Mapping[str, Any]) -> Mapping[str, LocalizedText]:
        return {} if values.get(field) else {field: LocalizedText("必填", "needed")}

    return guard
