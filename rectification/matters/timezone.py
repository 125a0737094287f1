"""Zones: each campaign has its own; what belongs to no campaign goes by that of the campaign begun last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.database import rows_of
from engine.errors import WrongValues
from engine.host import Actor
from engine.text import LocalizedText
from rectification.campaigns.model import Campaign, get_campaign
from rectification.core.keys import campaign_key
from rectification.matters.work_scope import read

HOME: Final = ZoneInfo("Asia/Shanghai")


_LAST: Final = select(Campaign.zone_name).order_by(Campaign.id.desc()).limit(1)


def local_zone(session: Session) -> ZoneInfo:
    """Where days are meant when no one campaign is spoken of."""
    rows = rows_of(session, _LAST, {})
    return ZoneInfo(rows[0][0]) if rows else HOME


_ONE: Final = select(Campaign.zone_name).where(Campaign.id == bindparam("number"))
_ALL: Final = select(Campaign.id, Campaign.zone_name).order_by(Campaign.id.desc())


def zone_of_campaign(session: Session, number: Any) -> ZoneInfo:
    """The zone of one campaign; without one, or where there is none with this number, the general one."""
    wanted = int(number) if str(number or "").isdecimal() else 0
    rows = rows_of(session, _ONE, {"number": wanted}) if wanted else ()
    return ZoneInfo(rows[0][0]) if rows else local_zone(session)


class Zones:
    """The zones of all campaigns, read once: for lists and sweeps that go through the work of several."""

    def __init__(self, session: Session) -> None:
        rows: Sequence[Any] = rows_of(session, _ALL, {})
        self._known = {number: ZoneInfo(name) for number, name in rows}
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


def set_zone(session: Session, actor: Actor, now: dt.datetime, number: int, name: str) -> None:
    """Say in which zone a campaign's days are meant from now on; dates that were made keep their instant.

    Raises:
        NotFound: there is no such campaign.
        WrongValues: there is no such zone.
    """
    campaign = get_campaign(session, number)
    if name not in zone_names():
        raise WrongValues({"zone": NO_ZONE})
    before = campaign.zone_name
    if name != before:
        campaign.zone_name = name
        record(
            session,
            actor,
            now,
            "changed",
            campaign_key(number),
            before={"zone": before},
            after={"zone": name},
        )
