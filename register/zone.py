"""The zone in which the house lives: that of the campaign begun last."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.database import rows_of
from register.campaigns import Campaign

HOME: Final = ZoneInfo("Asia/Shanghai")


_LAST: Final = select(Campaign.zone_name).order_by(Campaign.id.desc()).limit(1)


def local_zone(session: Session) -> ZoneInfo:
    """Where days are meant when no one campaign is spoken of."""
    found = rows_of(session, _LAST, {})
    return ZoneInfo(found[0][0]) if found else HOME
