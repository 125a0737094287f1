"""Every step of a process with the rule of its deadline and the rules of its escalation, for the process owner."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy.orm import Session

from engine.definitions.versions import Version
from engine.diagrams.elements import UserTask
from rectification.escalation.policy import WHO, EscalationPolicies, EscalationRule
from rectification.rescheduling.due_rules import rule_words
from web.i18n import gettext as _
from web.i18n import ngettext, translate


@dataclass(frozen=True, slots=True)
class StepDeadline:
    """One step; ``rules`` are sentences, in the order in which they come."""

    element: str
    rule: str
    rules: Sequence[str]


def deadlines_of(session: Session, version: Version, process: str) -> list[StepDeadline]:
    """The steps of people that have a deadline, with the escalations that are in force in its scope."""
    deadlines, escalations = [], EscalationPolicies(session)
    for (name, element), step in version.elements.items():
        rule = rule_words(step.particulars.due_date)
        if name == process and isinstance(step, UserTask) and rule is not None:
            escalation = step.particulars.properties.get("escalation")
            deadlines.append(
                StepDeadline(
                    element,
                    translate(rule),
                    _rules(escalations.in_scope(session, escalation, version.scope)) if escalation else [],
                )
            )
    return deadlines


def _rules(drawn: Sequence[EscalationRule]) -> list[str]:
    return [_rule(offset, list(rules)) for offset, rules in groupby(drawn, key=lambda rule: rule.offset)]


def _rule(offset: dt.timedelta, rules: Sequence[EscalationRule]) -> str:
    recipients = _(", ").join(translate(WHO[rule.who]) if rule.who in WHO else rule.who for rule in rules)
    facts = {"when": _when(offset), "who": recipients}
    hours = max(rule.acknowledge for rule in rules) / dt.timedelta(hours=1)
    if not hours:
        return _("%(when)s: %(who)s") % facts
    words = _("%(when)s: %(who)s, to be acknowledged within %(hours)s hours")
    return words % {**facts, "hours": f"{hours:g}"}


def _when(offset: dt.timedelta) -> str:
    hours = int(abs(offset).total_seconds()) // 3600
    if not hours:
        return _("when it falls due")
    far = (
        ngettext("%(num)s hour", "%(num)s hours", hours) % {"num": hours}
        if hours % 24
        else ngettext("%(num)s day", "%(num)s days", hours // 24) % {"num": hours // 24}
    )
    return (_("%(time)s before") if offset < dt.timedelta() else _("%(time)s after")) % {"time": far}
