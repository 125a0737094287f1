"""Zones: each campaign has its own; what belongs to no campaign goes by that of the campaign begun last."""

from __future__ import annotations

from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.errors import WrongValues
from engine.host import Actor
from engine.text import LocalizedText
from rectification.campaigns.model import campaign_rows, get_campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import campaign_key
from rectification.matters.work_scope import read

HOME: Final = ZoneInfo("Asia/Shanghai")


def local_zone(session: Session) -> ZoneInfo:
    """Where days are meant when no one campaign is spoken of."""
    return Zones(session).general


def acting_now(session: Session, engine: Engine, actor: Actor) -> ActionContext:
    """Somebody who acts now, but at no page: in a job or by a command; no one campaign is spoken of."""
    return ActionContext(session, engine, actor, engine.clock.now(), local_zone(session))


def zone_of_campaign(session: Session, number: Any) -> ZoneInfo:
    """The zone of one campaign; without one, or where there is none with this number, the general one."""
    return Zones(session).of_campaign(int(number) if str(number or "").isdecimal() else None)


class Zones:
    """The zones of all campaigns, read once: for lists and sweeps that go through the work of several."""

    def __init__(self, session: Session) -> None:
        self._known = {row.number: ZoneInfo(row.zone) for row in campaign_rows(session)}
        self.general = next(iter(self._known.values()), HOME)
        """Where days are meant when no one campaign is spoken of."""

    @property
    def all(self) -> list[ZoneInfo]:
        """Each zone once."""
        return list(dict.fromkeys((self.general, *self._known.values())))

    def of_campaign(self, number: int | None) -> ZoneInfo:
        """The zone of one campaign; the general one without."""
        return self._known.get(number or 0, self.general)

    def of_work(self, work_scope: str | None) -> ZoneInfo:
        """The zone of work, by what it keeps of where it belongs."""
        return self.of_campaign(read(work_scope)[0])


@cache
def zone_names() -> tuple[str, ...]:
    """The zones that a campaign can be in, by place; abbreviations and offsets are not offered."""
    places = (
        "Africa/",
        "America/",
        "Antarctica/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    return tuple(sorted(name for name in available_timezones() if name.startswith(places)))


NO_ZONE: Final = LocalizedText(
    "没有这个时区，请从列表中选择。", "There is no such time zone; choose one of the list."
)


def set_zone(context: ActionContext, number: int, name: str) -> None:
    """Say in which zone a campaign's days are meant from now on; dates that were made keep their instant.

    Raises:
        NotFound: there is no such campaign.
        WrongValues: there is no such zone.
    """
    campaign = get_campaign(context.session, number)
    if name not in zone_names():
        raise WrongValues({"zone": NO_ZONE})
    before = campaign.zone_name
    if name != before:
        campaign.zone_name = name
        record_event(context, "changed", campaign_key(number), before={"zone": before}, after={"zone": name})
