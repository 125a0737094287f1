"""Why a message did not arrive: the installation's own words in both languages, the other side's own words quoted as they are."""

from __future__ import annotations

import json
import socket
from typing import Any, Final

import httpx
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from engine.text import LocalizedText

LONGEST: Final = 300
"""Characters that are kept of what the other side said."""

NO_ANSWER: Final = LocalizedText("对方没有按时应答", "the other side did not answer in time")
NOT_YET_TRIED: Final = LocalizedText(
    "对方的服务没有应答，这一条还没有发", "the service does not answer; this one was not tried yet"
)
NO_HOST: Final = LocalizedText("找不到这个地址的主机", "there is no host with this address")
NOT_THE_SERVICES: Final = LocalizedText(
    "收到的不是该服务的回答，请核对地址", "the answer is not the service's own; check the address"
)
ELSEWHERE: Final = LocalizedText(
    "对方要求转到别的地址，系统不会跟随", "the other side wants to lead elsewhere, which is not followed"
)
NOT_TAKEN: Final = LocalizedText("该服务没有收下", "the service did not take it")

OUTLET_REMOVED: Final = LocalizedText("该渠道已被移除", "the endpoint was removed")
DEVICE_GONE: Final = LocalizedText("该设备已不再接收", "the device is gone")
DEVICE_REMOVED: Final = LocalizedText("该设备已从列表中移除", "the device was taken off the list")
LISTED_ANEW: Final = LocalizedText("该设备已重新登记", "the device was listed anew")
SIGNED_OUT: Final = LocalizedText("已在该设备上退出登录", "signed out on the device")
SOMEBODY_ELSE: Final = LocalizedText("他人已在该设备上登录", "somebody else signed in on the device")


def quoting(words: LocalizedText, answer: object) -> LocalizedText:
    """A sentence of the installation's, and what was said on the other side, on one line."""
    quoted = " ".join(_printable(str(answer)).split())[:LONGEST]
    return LocalizedText(f"{words.zh}：{quoted}", f"{words.en}: {quoted}") if quoted else words


def _printable(text: str) -> str:
    """Without what a database does not keep: halves of surrogate pairs and control characters."""
    return "".join(character if character.isprintable() else " " for character in text)


def failed(fault: Exception) -> LocalizedText:
    """Something in this program went wrong over one message."""
    return quoting(LocalizedText("处理这一条时出错", "an error occurred over this message"), named(fault))


def answered(answer: object) -> LocalizedText:
    """The other side answered, and it was not a yes."""
    return quoting(LocalizedText("对方答复", "the other side answered"), answer)


def unreached(fault: Exception) -> LocalizedText:
    """What went wrong on the way over HTTP."""
    if isinstance(fault, (TimeoutError, httpx.TimeoutException)):
        return NO_ANSWER
    if isinstance(fault, socket.gaierror):
        return NO_HOST
    if isinstance(fault, (ConnectionError, httpx.ConnectError)):
        return quoting(LocalizedText("连不上对方", "the other side cannot be reached"), fault)
    return quoting(LocalizedText("没有发成", "it could not be sent"), named(fault))


def named(fault: Exception) -> str:
    """A fault that nobody has put into words yet."""
    return f"{type(fault).__name__}: {fault}"


def kept(words: LocalizedText) -> str:
    """As a column keeps it."""
    return json.dumps([words.zh, words.en], ensure_ascii=False)


class ReasonColumn(TypeDecorator[LocalizedText]):
    """A column with a reason in both languages."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: LocalizedText | None, dialect: Dialect) -> str | None:
        """Written."""
        return None if value is None else kept(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> LocalizedText | None:
        """Read."""
        if value is None:
            return None
        zh, en = json.loads(value)
        return LocalizedText(zh, en)
