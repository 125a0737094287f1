"""The zone in which the house lives: that of the campaign begun last."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from register.campaigns import current_campaign

HOME: Final = ZoneInfo("Asia/Shanghai")


def local_zone(session: Session) -> ZoneInfo:
    """Where days are meant when no one campaign is spoken of."""
    found = current_campaign(session)
    return HOME if found is None else found.zone
