"""Who does something, when, and in which transaction: what everything that acts outside a diagram's step is given.

Inside a diagram's step it is the engine's own :class:`engine.host.Step`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.host import Actor


@dataclass(frozen=True, slots=True)
class ActionContext:
    """One act: the transaction, the engine, the actor (操作人), the instant, and the zone in which days are meant.

    The zone is that of the campaign at hand, or of that to which the page's subject belongs; where an act goes by
    the campaign of what it changes, it asks that campaign.
    """

    session: Session
    engine: Engine
    actor: Actor
    now: dt.datetime
    zone: ZoneInfo

    @property
    def today(self) -> dt.date:
        """The day that it is in the zone."""
        return self.now.astimezone(self.zone).date()

    def in_zone(self, zone: ZoneInfo) -> ActionContext:
        """The same act with its days meant in the zone of what it changes."""
        return replace(self, zone=zone)

    def acting_as(self, actor: Actor) -> ActionContext:
        """The same act as it counts: by this actor, perhaps on behalf of somebody (代办)."""
        return replace(self, actor=actor)
