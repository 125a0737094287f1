"""Settings, from the environment: everything that differs between two installations."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from engine.errors import DomainError
from engine.text import LocalizedText
from notifications.posting import Network, networks

_PREFIX: Final = "HUITOUKAN_"


class WrongSetting(ValueError):
    """A value that cannot be used; ``words`` say how the setting looks, without repeating what was given."""

    def __init__(self, setting: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.words = LocalizedText(f"{_PREFIX}{setting} {zh}", f"{_PREFIX}{setting} {en}")


def default_url(data_dir: Path) -> str:
    """The embedded database of a data directory."""
    return f"sqlite:///{data_dir / 'huitoukan.db'}"


def _database_url(url: str) -> str:
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise WrongSetting(
            "DATABASE_URL",
            "应以 sqlite:/// 或 postgresql:// 开头",
            "must begin with sqlite:/// or postgresql://",
        )
    try:
        name = make_url(url).database
    except (ArgumentError, ValueError):
        name = None
    if not name or name == ":memory:":
        raise _unlike(
            "DATABASE_URL",
            "sqlite:////srv/huitoukan/huitoukan.db",
            "postgresql://user:password@host:5432/name",
        )
    return url


def _unlike(setting: str, *examples: str) -> WrongSetting:
    return WrongSetting(setting, f"应写成 {' 或 '.join(examples)}", f"must look like {' or '.join(examples)}")


def _address(setting: str, example: str, *schemes: str) -> AfterValidator:
    """An address with one of these schemes and a host."""

    def check(address: str) -> str:
        try:
            parts = urlsplit(address)
            is_good = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_good = False
        if not is_good:
            raise _unlike(setting, example)
        return address

    return AfterValidator(check)


def _mail_from(sender: str) -> str:
    if "@" not in parseaddr(sender)[1]:
        raise _unlike("MAIL_FROM", "huitoukan@example.cn", "回头看 <huitoukan@example.cn>")
    return sender


def _apprise(listed: Any) -> Any:
    """``name=address`` apart by spaces."""
    if not isinstance(listed, str):
        return listed
    result: dict[str, str] = {}
    for part in listed.split():
        name, _, address = part.partition("=")
        if not name or "://" not in address or "://" in name:
            raise _unlike("APPRISE", "duty=tgram://token/chat second=mailto://…")
        result[name] = address
    return result


def _networks(listed: Any) -> Any:
    if not isinstance(listed, str):
        return listed
    try:
        return networks(listed)
    except ValueError as fault:
        raise WrongSetting(
            "OUTGOING_NETWORKS",
            f"应写成 10.1.0.0/16 127.0.0.1/32：{fault}",
            f"must look like 10.1.0.0/16 127.0.0.1/32: {fault}",
        ) from fault


class Settings(BaseSettings):
    """What an operator decides. Each is read from HUITOUKAN_<NAME>; one that is empty counts as not set."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_ignore_empty=True, frozen=True)

    data_dir: Annotated[Path, AfterValidator(Path.resolve)] = Field(
        default=Path("huitoukan-data"), validate_default=True
    )
    """Where the embedded database, evidence files and the anchor of the history lie."""
    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        default_factory=lambda others: default_url(others["data_dir"])
    )
    """sqlite:///… (the default, inside data_dir) or postgresql+psycopg://user@host/name."""
    public_url: Annotated[
        str,
        _address("PUBLIC_URL", "https://huitoukan.example.cn", "http", "https"),
        AfterValidator(lambda address: address.rstrip("/")),
    ] = "http://127.0.0.1:8000"
    """Where people reach the product; links in mail begin with it."""
    smtp_url: (
        Annotated[str, _address("SMTP_URL", "smtp://user:password@host:587", "smtp", "smtps")] | None
    ) = None
    """smtp://user:password@host:587, or smtps://…; without it, mail waits in the outbox."""
    mail_from: Annotated[str, AfterValidator(_mail_from)] = "huitoukan@localhost"
    apprise: Annotated[Mapping[str, str], NoDecode, BeforeValidator(_apprise)] = Field(default_factory=dict)
    """Services that Apprise knows, by the name under which people choose them."""
    outgoing_networks: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)] = ()
    """Networks that are not public and where robots and webhooks may be all the same."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the caller names, then the environment; no files."""
        return init_settings, env_settings

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


def from_environment() -> Settings:
    """Read the settings; a missing one has a default that works on one machine.

    Raises:
        DomainError: some cannot be used; a line for each.
    """
    try:
        return Settings()
    except ValidationError as fault:
        wrong = [error["ctx"]["error"].words for error in fault.errors(include_input=False)]
    zh, en = ("\n".join(lines) for lines in zip(*((words.zh, words.en) for words in wrong), strict=True))
    raise DomainError("wrong_settings", LocalizedText(zh, en))
