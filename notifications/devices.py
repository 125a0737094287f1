"""Devices: the browsers on which one person wants to be told, each reached through its maker's push service."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.database import BigId
from engine.errors import NotFound, WrongValues
from engine.sql_arrays import in_list
from engine.text import LocalizedText
from notifications import reasons
from notifications.endpoints import Endpoint, shut
from notifications.notices import Model
from notifications.vapid import from_base64

PUSH: Final = "push"
"""The channel, and the kind of a device's endpoint."""
MOST: Final = 10
"""Devices of one person."""
NOT_A_BROWSERS: Final = LocalizedText(
    "浏览器没有给出可用的推送地址，请刷新页面后再试。",
    "The browser gave no address to which notices can be pushed. Please load the page again and try once more.",
)
TOO_MANY: Final = LocalizedText(
    f"最多登记 {MOST} 台设备，请先移除不用的。",
    f"At most {MOST} devices can be listed; please take away one that you no longer use.",
)


class Device(Model):
    """A browser on its owner's list. Its endpoint carries the push service's address and the keys for messages to it."""

    __tablename__ = "devices"

    endpoint_id: Mapped[int] = mapped_column(BigId, ForeignKey("endpoints.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(BigId, index=True)
    fingerprint: Mapped[str] = mapped_column(
        String(64), unique=True, comment="of the address, which is never shown"
    )
    added_at: Mapped[dt.datetime]
    reached_at: Mapped[dt.datetime | None]


@dataclass(frozen=True, slots=True)
class Subscription:
    """How a browser can be reached, as it says itself: an address, its public key and a shared secret."""

    endpoint: str
    p256dh: str
    auth: str

    @property
    def fingerprint(self) -> str:
        """Tells subscriptions apart."""
        return fingerprint_of(self.endpoint)

    @property
    def keys(self) -> str:
        """Both keys as an endpoint keeps them."""
        return f"{self.p256dh}.{self.auth}"


def fingerprint_of(endpoint: str) -> str:
    """Tells a push service's address from others without showing it."""
    return hashlib.sha256(endpoint.encode()).hexdigest()


def subscription(values: Mapping[str, str]) -> Subscription:
    """What a browser has sent, looked at.

    Raises:
        WrongValues: it is not what a browser's push manager makes.
    """
    subscription = Subscription(
        *(values.get(name, "").rstrip("=") for name in ("endpoint", "p256dh", "auth"))
    )
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64(subscription.p256dh))
        fits = len(from_base64(subscription.auth)) == 16 and len(subscription.endpoint) <= 1000
    except ValueError:
        fits = False
    if not fits or not re.fullmatch(r"https?://[^\s/]+\S*", subscription.endpoint):
        raise WrongValues({"device": NOT_A_BROWSERS})
    return subscription


def add_device(
    session: Session, person: int, name: str, subscription: Subscription, now: dt.datetime
) -> Device:
    """Put a browser that has just been reached on a person's list; it leaves the list of whoever used it before.

    Raises:
        WrongValues: the list is full.
    """
    before = _with(session, subscription.fingerprint)
    if before is not None:
        forget(session, before.endpoint_id, reasons.LISTED_ANEW)
    if len(devices_of(session, person)) >= MOST:
        raise WrongValues({"device": TOO_MANY})
    endpoint = Endpoint(
        kind=PUSH,
        name=name,
        address=subscription.endpoint,
        secret=subscription.keys,
        language=None,
        area_code="",
    )
    session.add(endpoint)
    session.flush()
    new = Device(
        endpoint_id=endpoint.id,
        person_id=person,
        fingerprint=subscription.fingerprint,
        added_at=now,
        reached_at=now,
    )
    session.add(new)
    session.flush()
    return new


def devices_of(session: Session, person: int) -> Sequence[Any]:
    """A person's devices, the newest first: ``Device`` and ``name``."""
    query = select(Device, Endpoint.name).join(Endpoint, Endpoint.id == Device.endpoint_id)
    return session.execute(query.where(Device.person_id == person).order_by(Device.endpoint_id.desc())).all()


def take_away(session: Session, person: int, number: int) -> None:
    """Tell this device nothing any more.

    Raises:
        NotFound: it is not on this person's list.
    """
    device = session.get(Device, number)
    if device is None or device.person_id != person:
        raise NotFound
    forget(session, number, reasons.DEVICE_REMOVED)


def signed_out(session: Session, person: int, fingerprint: str) -> None:
    """Whoever signs out of a browser is told nothing there any more."""
    here = _with(session, fingerprint)
    if here is not None and here.person_id == person:
        forget(session, here.endpoint_id, reasons.SIGNED_OUT)


def signed_in(session: Session, person: int, fingerprint: str) -> None:
    """Whoever signs in to a browser sees nothing there of those who used it before."""
    here = _with(session, fingerprint)
    if here is not None and here.person_id != person:
        forget(session, here.endpoint_id, reasons.SOMEBODY_ELSE)


def renew(session: Session, was: str, secret: str, subscription: Subscription) -> None:
    """A browser was given another subscription; the old one's address and secret, which only it knows, prove it.

    It asks again when it was not answered: whose keys are listed already has been renewed.

    Raises:
        NotFound: there is no such device, or its secret is another.
    """
    other = _with(session, subscription.fingerprint)
    if other is not None and _holds(session.get_one(Endpoint, other.endpoint_id), subscription.auth):
        return
    device = _with(session, fingerprint_of(was))
    endpoint = None if device is None else session.get_one(Endpoint, device.endpoint_id)
    if device is None or endpoint is None or not _holds(endpoint, secret):
        raise NotFound
    if other is not None and other is not device:
        forget(session, other.endpoint_id, reasons.LISTED_ANEW)
    device.fingerprint = subscription.fingerprint
    endpoint.address, endpoint.secret = subscription.endpoint, subscription.keys


def _holds(endpoint: Endpoint, secret: str) -> bool:
    _key, _, auth = endpoint.secret.partition(".")
    return hmac.compare_digest(auth.encode(), secret.rstrip("=").encode())


def _with(session: Session, fingerprint: str) -> Device | None:
    return session.scalar(select(Device).where(Device.fingerprint == fingerprint))


def forget(session: Session, endpoint: int | None, why: LocalizedText) -> None:
    """Nothing goes to this device any more, and its address and keys are forgotten. Other endpoints are left alone."""
    device = None if endpoint is None else session.get(Device, endpoint)
    if device is None:
        return
    session.delete(device)
    session.flush()
    shut(session, device.endpoint_id, why)
    session.execute(update(Endpoint).where(Endpoint.id == device.endpoint_id).values(address="", secret=""))


def reached(session: Session, endpoints: Collection[int], now: dt.datetime) -> None:
    """The push service has taken a message for those of these that are devices."""
    session.execute(update(Device).where(in_list(Device.endpoint_id, list(endpoints))).values(reached_at=now))
