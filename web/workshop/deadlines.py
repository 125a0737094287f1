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
    found, escalations = [], EscalationPolicies(session)
    for (name, element), entry in version.elements.items():
        rule = rule_words(entry.particulars.due_date)
        if name == process and isinstance(entry, UserTask) and rule is not None:
            escalation = entry.particulars.properties.get("escalation")
            found.append(
                StepDeadline(
                    element,
                    translate(rule),
                    _rules(escalations.in_scope(session, escalation, version.scope)) if escalation else [],
                )
            )
    return found


def _rules(drawn: Sequence[EscalationRule]) -> list[str]:
    return [_rule(offset, list(those)) for offset, those in groupby(drawn, key=lambda entry: entry.offset)]


def _rule(offset: dt.timedelta, those: Sequence[EscalationRule]) -> str:
    who = _(", ").join(translate(WHO[entry.who]) if entry.who in WHO else entry.who for entry in those)
    facts = {"when": _when(offset), "who": who}
    hours = max(entry.acknowledge for entry in those) / dt.timedelta(hours=1)
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
