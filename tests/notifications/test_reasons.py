"""Why something did not arrive is said in the reader's language; what the other side said is quoted."""

from __future__ import annotations

import datetime as dt
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from engine.database import Database
from engine.text import LocalizedText
from notifications import posting
from notifications.channels.apprise import AppriseChannel
from notifications.channels.mail import MailChannel
from notifications.channels.webhook import webhook
from notifications.channels.wecom import wecom
from notifications.notices import Delivery as DeliveryRow
from notifications.notices import Notice
from notifications.outgoing_messages import Channel
from notifications.reasons import answered
from tests.notifications.mail_server import MODES, MailServer
from tests.notifications.services import Service
from tests.notifications.test_channels import HERE, always, letter

NOW = dt.datetime(2019, 9, 2, 1, tzinfo=dt.UTC)


def why(channel: Channel, address: str) -> LocalizedText:
    found = channel.send([replace(letter(address), to="li@example.cn")])[0].error
    assert found is not None
    return found


def in_both(words: LocalizedText) -> bool:
    return re.search("[\u4e00-\u9fff]{4}", words.zh) is not None and not re.search(
        "[\u4e00-\u9fff]", words.en
    )


@pytest.mark.parametrize(
    ("status", "said", "quoted"),
    [
        (200, {"errcode": 93000, "errmsg": "invalid webhook url"}, "93000 invalid webhook url"),
        (200, b"<html>", ""), (200, {"ok": 1}, ""), (502, b"", "HTTP 502"), (302, b"", "HTTP 302"),
        (404, b"", "HTTP 404"), (429, b"", "HTTP 429"),
    ],
)  # fmt: skip
def test_a_robots_refusal(status: int, said: Any, quoted: str) -> None:
    service = Service(always(status, said))
    found = why(wecom(HERE), service.at("/"))
    service.stop()
    assert in_both(found)
    assert quoted in found.zh
    assert quoted in found.en


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        (wecom, "https://10.0.0.1/"), (wecom, "http://1.1.1.1/"), (wecom, "file:///etc/passwd"),
        (wecom, "https://nowhere.invalid/"), (lambda: wecom(HERE), "http://127.0.0.1:1/"), (webhook, "https://x/"),
        (lambda: AppriseChannel({}), "duty"),
    ],
)  # fmt: skip
def test_an_address_where_nothing_goes(channel: Callable[[], Channel], address: str) -> None:
    assert in_both(why(channel(), address))


def test_a_service_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        found = why(wecom(HERE), f"http://127.0.0.1:{deaf.getsockname()[1]}/")
    assert found == LocalizedText("对方没有按时应答", "the other side did not answer in time")


@pytest.mark.parametrize("mode", MODES)
def test_a_mail_server_that_does_not_take_a_letter(mode: str) -> None:
    server = MailServer(mode)
    found = why(MailChannel(f"smtp://127.0.0.1:{server.port}", "house@example.cn", timeout=0.3), "")
    server.stop()
    assert found.zh.startswith(("邮件服务器", "连不上邮件服务器"))
    if mode.isdecimal():
        assert found.zh.startswith(f"邮件服务器答复：{mode} ")


def test_a_delivery_keeps_its_reason_in_both_languages(database: Database) -> None:
    with database.writing() as session:
        notice = Notice(person_id=1, at=NOW, kind="x", about="x", words_zh="x", words_en="x", link="/")
        session.add(notice)
        session.flush()
        for reason in (answered("550\nno"), None):
            row = DeliveryRow(notice_id=notice.id, channel="mail", address="a@b.cn", state="dead")
            row.next_try_at, row.last_error = NOW, reason
            session.add(row)
    with database.reading() as session:
        kept = session.scalars(select(DeliveryRow.last_error).order_by(DeliveryRow.id)).all()
    assert kept == [LocalizedText("对方答复：550 no", "the other side answered: 550 no"), None]
