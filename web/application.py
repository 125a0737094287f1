"""What the pages need from whoever built the installation. The composition root fulfils it; tests may too."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from engine.clock import Clock
from engine.database import Database
from engine.engine import Engine
from engine.host import ProcessHost
from notifications.delivery import DeliveryChannels
from notifications.live_updates import Bell


class WebSettings(Protocol):
    """The settings that pages look at."""

    @property
    def public_url(self) -> str:
        """Where people reach the product, for instance https://huitoukan.example.cn"""
        ...

    @property
    def data_dir(self) -> Path:
        """Where evidence files lie."""
        ...

    @property
    def secure_cookies(self) -> bool:
        """True behind HTTPS."""
        ...


class PushableClock(Clock, Protocol):
    """A clock that a visitor of a demo may push forward."""

    def push_to(self, at: dt.datetime) -> None:
        """Move to an instant."""
        ...

    def next_deadline(self) -> dt.datetime | None:
        """Push to the next deadline; answers where the clock stands then, None when there is none."""
        ...

    def one_day_on(self) -> dt.datetime:
        """Push by one day."""
        ...


class Application(Protocol):
    """The whole, as the composition root builds it."""

    @property
    def database(self) -> Database: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def engine(self) -> Engine: ...
    @property
    def world(self) -> ProcessHost: ...
    @property
    def bell(self) -> Bell: ...
    @property
    def delivery(self) -> DeliveryChannels: ...
    @property
    def pictures(self) -> ThreadPoolExecutor: ...
    @property
    def settings(self) -> WebSettings: ...
    @property
    def demo_clock(self) -> PushableClock | None: ...
