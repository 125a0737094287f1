"""What happens next, in sentences for a page: a short timeline ahead, with names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from rectification.campaigns.model import COLOURS
from rectification.escalation.policy import WHO
from rectification.rescheduling.timeline import UpcomingDate, UpcomingNotice, get_timeline
from web.i18n import gettext as _
from web.i18n import translate

if TYPE_CHECKING:
    from web.context import RequestContext

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Date:
    """One date ahead; ``mark`` names the colour of what is told then."""

    at: dt.datetime
    is_due: bool
    sentence: str
    more: Sequence[str] = ()
    colour: str = ""
    mark: str = ""


def dates_ahead(context: RequestContext, session: Session, items: Sequence[int]) -> list[Date]:
    """The dates ahead of open work, the next first."""
    timeline = get_timeline(session, context.application.engine, items, context.calendar.now) if items else []
    return dates_of(context, timeline)


def dates_of(context: RequestContext, timeline: Sequence[UpcomingDate]) -> list[Date]:
    """The same of a timeline that was read already."""
    several = len({date.step for date in timeline if date.kind != "timer"}) > 1
    alike = groupby(
        timeline,
        key=lambda element: (element.at, element.kind, element.notices, element.rule, element.leads_to),
    )
    return [_date(list(dates), several, context.calendar.now) for _same, dates in alike]


def _date(dates: Sequence[UpcomingDate], several: bool, now: dt.datetime) -> Date:
    """One date; steps of which the same is told at the same instant share it."""
    date = dates[0]
    step = _(", ").join(dict.fromkeys(translate(each.step) for each in dates))
    if date.kind == "timer":
        if not date.leads_to:
            return Date(date.at, False, step)
        leads_to = _(", ").join(translate(words) for words in date.leads_to)
        return Date(date.at, False, _("%(timer)s: goes on to %(steps)s") % {"timer": step, "steps": leads_to})
    if date.kind == "due":
        rule = [_("Rule: %(rule)s") % {"rule": translate(date.rule)}] if date.rule is not None else []
        words = _("%(step)s falls due") if date.at > now else _("%(step)s was due")
        return Date(date.at, True, words % {"step": step}, rule)
    head = (
        _("Still open, so these are told") if any(notice.level for notice in date.notices) else _("Reminder")
    )
    head = _("%(step)s: %(what)s") % {"step": step, "what": head} if several else head
    colour = next((notice.colour for notice in date.notices if notice.colour in COLOURS), "")
    mark = translate(COLOURS[colour]) if colour else ""
    return Date(date.at, False, head, [_told(notice) for notice in date.notices], colour, mark)


def _told(notice: UpcomingNotice) -> str:
    recipient = translate(WHO[notice.who]) if notice.who in WHO else notice.who
    names = _(", ").join(notice.names[:_NAMED])
    if len(notice.names) > _NAMED:
        names = _("%(names)s and %(number)s more") % {"names": names, "number": len(notice.names) - _NAMED}
    way = _("here and by mail") if notice.channel == "mail" else _("here")
    if notice.acknowledge_hours:
        way = _("%(way)s, to be acknowledged within %(hours)s hours") % {
            "way": way,
            "hours": f"{notice.acknowledge_hours:g}",
        }
    if not names:
        return _("%(who)s: nobody holds this post now") % {"who": recipient}
    return _("%(names)s (%(who)s), %(way)s") % {"names": names, "who": recipient, "way": way}
