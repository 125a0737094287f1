"""Settings, from the environment: everything that differs between two installations."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from notifications.posting import Network, networks


class BadSetting(ValueError):
    """A setting that cannot be used; the message says which and what it should look like."""


@dataclass(frozen=True)
class Settings:
    """What an operator decides. Each is read from HUITOUKAN_<NAME>."""

    data_dir: Path
    """Where the embedded database, evidence files and the anchor of the history lie."""
    database_url: str
    """sqlite:///… (the default, inside data_dir) or postgresql+psycopg://user@host/name."""
    public_url: str = "http://127.0.0.1:8000"
    """Where people reach the product; links in mail begin with it."""
    smtp_url: str | None = None
    """smtp://user:password@host:587, or smtps://…; without it, mail waits in the outbox."""
    mail_from: str = "huitoukan@localhost"
    apprise: Mapping[str, str] = field(default_factory=dict)
    """Services that Apprise knows, by the name under which people choose them."""
    outgoing: tuple[Network, ...] = ()
    """Networks that are not public and where robots and webhooks may be all the same."""
    demo: bool = False
    tick_seconds: float = field(default=1.0)

    @property
    def secure_cookies(self) -> bool:
        """Cookies need HTTPS unless the product is only tried on this machine."""
        return self.public_url.startswith("https://")

    @property
    def contact(self) -> str:
        """Where a push service turns to when this installation troubles it."""
        return self.public_url if self.secure_cookies else f"mailto:{parseaddr(self.mail_from)[1]}"

    @property
    def anchor(self) -> Path:
        """The copy of the history's seals outside the database."""
        return self.data_dir / "seals.txt"


def default_url(data_dir: Path) -> str:
    """The embedded database of a data directory."""
    return f"sqlite:///{data_dir / 'huitoukan.db'}"


def from_environment() -> Settings:
    """Read the settings; a missing one has a default that works on one machine."""
    data_dir = Path(os.environ.get("HUITOUKAN_DATA_DIR") or "huitoukan-data").resolve()
    return Settings(
        data_dir=data_dir,
        database_url=_database_url(os.environ.get("HUITOUKAN_DATABASE_URL") or default_url(data_dir)),
        public_url=_address(
            "PUBLIC_URL", "http://127.0.0.1:8000", "https://huitoukan.example.cn", "http", "https"
        ).rstrip("/"),
        smtp_url=_address("SMTP_URL", "", "smtp://user:password@host:587", "smtp", "smtps") or None,
        mail_from=_mail_from(os.environ.get("HUITOUKAN_MAIL_FROM") or "huitoukan@localhost"),
        apprise=_apprise(os.environ.get("HUITOUKAN_APPRISE", "")),
        outgoing=_networks(os.environ.get("HUITOUKAN_OUTGOING_NETWORKS", "")),
    )


def _database_url(url: str) -> str:
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise BadSetting("HUITOUKAN_DATABASE_URL must begin with sqlite:/// or postgresql://")
    try:
        name = make_url(url).database
    except (ArgumentError, ValueError):
        name = None
    if not name or name == ":memory:":
        raise BadSetting(
            "HUITOUKAN_DATABASE_URL must look like sqlite:////srv/huitoukan/huitoukan.db or postgresql://user:password@host:5432/name"
        )
    return url


def _address(setting: str, default: str, example: str, *schemes: str) -> str:
    """An address with one of these schemes and a host."""
    given = os.environ.get(f"HUITOUKAN_{setting}") or default
    try:
        parts = urlsplit(given)
        is_good = not given or (parts.scheme in schemes and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        is_good = False
    if not is_good:
        raise BadSetting(f"HUITOUKAN_{setting} must look like {example}")
    return given


def _mail_from(given: str) -> str:
    if "@" not in parseaddr(given)[1]:
        raise BadSetting(
            "HUITOUKAN_MAIL_FROM must look like huitoukan@example.cn or 回头看 <huitoukan@example.cn>"
        )
    return given


def _apprise(listed: str) -> dict[str, str]:
    """``name=address`` apart by spaces."""
    result: dict[str, str] = {}
    for part in listed.split():
        name, _, address = part.partition("=")
        if not name or "://" not in address or "://" in name:
            raise BadSetting("HUITOUKAN_APPRISE must look like duty=tgram://token/chat second=mailto://…")
        result[name] = address
    return result


def _networks(listed: str) -> tuple[Network, ...]:
    try:
        return networks(listed)
    except ValueError as fault:
        raise BadSetting(
            f"HUITOUKAN_OUTGOING_NETWORKS must look like 10.1.0.0/16 127.0.0.1/32: {fault}"
        ) from fault
