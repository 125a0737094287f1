"""Endpoint: a group's robot, another system's webhook, or a service that Apprise knows, which people choose for their notices.

A person's own device (``devices``) is reached through an endpoint as well, which nobody else can choose.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import String, Text, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.database import BigId
from engine.errors import NotFound, WrongValues
from engine.text import Language, LocalizedText
from notifications.notices import Delivery, Model

KINDS: Final[dict[str, LocalizedText]] = {
    "wecom": LocalizedText("企业微信群机器人", "WeCom group robot"),
    "dingtalk": LocalizedText("钉钉群机器人", "DingTalk group robot"),
    "feishu": LocalizedText("飞书群机器人", "Feishu group robot"),
    "webhook": LocalizedText("Webhook（签名）", "Signed webhook"),
    "apprise": LocalizedText("其他服务（Apprise）", "Another service (Apprise)"),
}


class Endpoint(Model):
    """Where a group, another system or a device is told. ``area_code`` says whose people may choose it."""

    __tablename__ = "endpoints"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(Text, comment="carries the robot's key: never shown")
    secret: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[Language | None] = mapped_column(String(2), comment="none: its reader's own")
    area_code: Mapped[str] = mapped_column(String(20))
    active: Mapped[bool] = mapped_column(default=True)
    next_at: Mapped[dt.datetime | None] = mapped_column(comment="no message to it before")

    @property
    def kind_words(self) -> LocalizedText:
        """What sort of endpoint it is."""
        return KINDS[self.kind]


def get_endpoint(session: Session, number: int) -> Endpoint:
    """One endpoint.

    Raises:
        NotFound: there is none with this number.
    """
    endpoint = session.get(Endpoint, number)
    if endpoint is None or not endpoint.active:
        raise NotFound(LocalizedText("没有这个通知渠道。", "There is no such endpoint."))
    return endpoint


def get_endpoints(session: Session, areas: Collection[str]) -> list[Endpoint]:
    """The endpoints that belong to some areas."""
    query = select(Endpoint).where(Endpoint.active, Endpoint.area_code.in_(areas))
    return list(session.scalars(query.order_by(Endpoint.name, Endpoint.id)))


def add_endpoint(
    session: Session, values: Mapping[str, str], area_code: str, apprise_names: Collection[str]
) -> Endpoint:
    """A new endpoint.

    Raises:
        WrongValues: something is missing or does not look as it must.
    """
    problems = _problems(values, apprise_names)
    if problems:
        raise WrongValues(problems)
    language: Language = "en" if values.get("language") == "en" else "zh"
    new = Endpoint(
        kind=values["kind"], name=values["name"], address=values["address"], secret=values.get("secret", ""),
        language=language, area_code=area_code,
    )  # fmt: skip
    session.add(new)
    session.flush()
    return new


def shut(session: Session, number: int, why: LocalizedText) -> None:
    """Tell an endpoint nothing any more; what waits for it is given up."""
    session.execute(update(Endpoint).where(Endpoint.id == number).values(active=False))
    waiting = update(Delivery).where(Delivery.endpoint_id == number, Delivery.state.in_(("queued", "failed")))
    session.execute(waiting.values(state="dead", last_error=why))


def _problems(values: Mapping[str, str], apprise_names: Collection[str]) -> dict[str, LocalizedText]:
    result: dict[str, LocalizedText] = {}
    kind, address, secret = values.get("kind", ""), values.get("address", ""), values.get("secret", "")
    if kind not in KINDS:
        result["kind"] = LocalizedText("请选择一种渠道。", "Please choose a kind.")
    if not values.get("name"):
        result["name"] = LocalizedText(
            "请写上名称，比如“慎城镇工作群”。", "Please give it a name, like “Shencheng team”."
        )
    if kind == "apprise":
        if address not in apprise_names:
            known = "、".join(apprise_names) or "（无）"
            result["address"] = LocalizedText(
                f"这里填运维在 HUITOUKAN_APPRISE 中登记的名称：{known}。",
                f"Give a name from the operator's setting HUITOUKAN_APPRISE: {', '.join(apprise_names) or 'there is none'}.",
            )
    elif not re.fullmatch(r"https?://[^\s/]+\S*", address):
        result["address"] = LocalizedText(
            "请粘贴完整的地址，以 https:// 开头。", "Please paste the whole address; it begins with https://."
        )
    if kind == "webhook" and not re.fullmatch(r"whsec_[A-Za-z0-9+/]{32,}={0,2}", secret):
        result["secret"] = LocalizedText(
            "签名密钥以 whsec_ 开头，后接至少 32 个 base64 字符。",
            "The signing secret is whsec_ and at least 32 characters of base64.",
        )
    return result
