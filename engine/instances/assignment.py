"""What is drawn of a task, as its token sees it: who may take it, by when, and how urgent it is."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from engine.diagrams.tokens import Token
from engine.expressions import Expression, ExpressionError, Value
from engine.iso import BadTime, instant
from engine.owners import person_owner

_USUAL = 50


def owners_of(token: Token) -> tuple[list[str], str, str]:
    """Who may take a task, on whose desk it stands, and to whom it was offered."""
    spec, particulars = token.task_spec, token.task_spec.particulars
    assignee = str(_value(particulars.assignee, token) or "")
    owners = _names(_value(particulars.candidate_users, token), "person:")
    owners += _names(_value(particulars.candidate_groups, token), "post:")
    if owners:
        offered_to = owners[0] if len(owners) == 1 else "many"
    else:
        offered_to = f"lane:{spec.lane}" if spec.lane else "nobody"
    owner = (assignee if ":" in assignee else person_owner(assignee)) if assignee else offered_to
    return owners, owner, offered_to if owners else owner


def instant_of(expression: Expression | None, token: Token, zone: ZoneInfo) -> dt.datetime | None:
    """When something falls due as the token sees it; None where nothing is said."""
    value = _value(expression, token)
    if value is None or value == "":
        return None
    try:
        return instant(value, zone)
    except BadTime as fault:
        raise token.task_spec.stuck(fault.words) from None


def priority_of(token: Token) -> int:
    """How urgent a task is; whatever is no number counts as nothing said."""
    text = str(_value(token.task_spec.particulars.priority, token) or "")
    return int(text) if text.lstrip("-").isdigit() else _USUAL


def _value(expression: Expression | None, token: Token) -> Value:
    """What an expression says; where it fails, the task is named."""
    try:
        return None if expression is None else token.instance.evaluate(expression, token)
    except ExpressionError as fault:
        raise token.task_spec.stuck(fault.words) from None


def _names(value: Value, prefix: str) -> list[str]:
    if value is None or value == "":
        return []
    parts = value if isinstance(value, list) else str(value).split(",")
    names = [str(part).strip() for part in parts if str(part).strip()]
    return [name if name.partition(":")[0] in ("person", "post", "lane") else prefix + name for name in names]
