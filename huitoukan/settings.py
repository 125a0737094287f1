"""Settings, from the environment: everything that differs between two installations."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path


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
    demo: bool = False
    tick_seconds: float = field(default=1.0)

    @property
    def secure_cookies(self) -> bool:
        """Cookies need HTTPS unless the product is only tried on this machine."""
        return self.public_url.startswith("https://")

    @property
    def anchor(self) -> Path:
        """The copy of the history's seals outside the database."""
        return self.data_dir / "seals.txt"


def default_url(data_dir: Path) -> str:
    """The embedded database of a data directory."""
    return f"sqlite:///{data_dir / 'huitoukan.db'}"


def from_environment() -> Settings:
    """Read the settings; a missing one has a default that works on one machine."""
    data_dir = Path(os.environ.get("HUITOUKAN_DATA_DIR", "huitoukan-data")).resolve()
    url = os.environ.get("HUITOUKAN_DATABASE_URL") or default_url(data_dir)
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise BadSetting("HUITOUKAN_DATABASE_URL must begin with sqlite:/// or postgresql://")
    return Settings(
        data_dir=data_dir,
        database_url=url,
        public_url=os.environ.get("HUITOUKAN_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        smtp_url=os.environ.get("HUITOUKAN_SMTP_URL") or None,
        mail_from=os.environ.get("HUITOUKAN_MAIL_FROM", "huitoukan@localhost"),
    )
