"""Robots as their makers run them, and a plain receiver of webhooks, on this machine's own network."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SECRET = "SECretOfTheRobot"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


@dataclass
class Asked:
    """One post as it came in."""

    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)


Answering = Callable[[Asked], "tuple[int, Mapping[str, str], Any]"]


@dataclass
class Service:
    """A server that keeps what it takes."""

    answering: Answering
    taken: list[Asked] = field(default_factory=list)
    turned_away: list[Any] = field(default_factory=list)
    server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                parts = urlsplit(self.path)
                asked = Asked(parts.path, parse_qs(parts.query), dict(self.headers), body)
                status, headers, said = service.answering(asked)
                fine = status in (200, 201) and (
                    not isinstance(said, dict) or set(said.values()) & {0, "yes"}
                )
                (service.taken if fine else service.turned_away).append(asked if fine else said)
                data = json.dumps(said).encode() if isinstance(said, dict) else said
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_said: Any) -> None:
                """Keeps quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def at(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def wecom(asked: Asked) -> tuple[int, Mapping[str, str], Any]:
    """https://developer.work.weixin.qq.com/document/path/91770"""
    if asked.query.get("key") != ["k1"]:
        return 200, {}, {"errcode": 93000, "errmsg": "invalid webhook url"}
    content = asked.content["markdown"]["content"]
    if asked.content["msgtype"] != "markdown" or len(content.encode()) > 4096:
        return 200, {}, {"errcode": 40058, "errmsg": "markdown.content exceed max length 4096"}
    return 200, {}, {"errcode": 0, "errmsg": "ok"}


def dingtalk(asked: Asked) -> tuple[int, Mapping[str, str], Any]:
    """https://open.dingtalk.com/document/robots/customize-robot-security-settings"""
    stamp = asked.query.get("timestamp", [""])[0]
    digest = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
    fits = asked.query.get("sign") == [base64.b64encode(digest).decode()]
    if not fits or abs(time.time() * 1000 - int(stamp)) > 3_600_000:  # noqa: TID251  (as DingTalk does)
        return 200, {}, {"errcode": 310000, "errmsg": "sign not match"}
    if not asked.content["markdown"]["title"] or not asked.content["markdown"]["text"]:
        return 200, {}, {"errcode": 40035, "errmsg": "不合法的参数"}
    return 200, {}, {"errcode": 0, "errmsg": "ok"}


def feishu(asked: Asked) -> tuple[int, Mapping[str, str], Any]:
    """https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot"""
    stamp = asked.content.get("timestamp", "")
    digest = hmac.new(f"{stamp}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
    if asked.content.get("sign") != base64.b64encode(digest).decode():
        return 200, {}, {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}
    if asked.content["msg_type"] != "post" or not asked.content["content"]["post"]["zh_cn"]["content"]:
        return 200, {}, {"code": 9499, "msg": "Bad Request"}
    return 200, {}, {"StatusCode": 0, "StatusMessage": "success", "code": 0, "msg": "success"}


def webhook(asked: Asked) -> tuple[int, Mapping[str, str], Any]:
    """https://www.standardwebhooks.com: written from the specification, not with the sender's code."""
    number, stamp = asked.headers["webhook-id"], asked.headers["webhook-timestamp"]
    key = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
    signed = b".".join((number.encode(), stamp.encode(), asked.body))
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    fits = hmac.compare_digest(wanted, asked.headers["webhook-signature"])
    if not fits or abs(time.time() - int(stamp)) > 300:  # noqa: TID251  (as a receiver does)
        return 401, {}, b"wrong signature"
    return 200, {}, {"taken": "yes"}


SPOKEN: dict[str, tuple[Answering, str, str]] = {
    "wecom": (wecom, "/cgi-bin/webhook/send?key=k1", ""),
    "dingtalk": (dingtalk, "/robot/send?access_token=t1", SECRET),
    "feishu": (feishu, "/open-apis/bot/v2/hook/h1", SECRET),
    "webhook": (webhook, "/hooks/huitoukan", WEBHOOK_SECRET),
}
"""Kind to how its service answers, the path and the secret."""


def only_twenty_a_minute(answering: Answering, now: Callable[[], float]) -> Answering:
    """The 21st within sixty seconds is refused with the service's own code, on a clock that the test pushes."""
    times: list[float] = []

    def answer(asked: Asked) -> tuple[int, Mapping[str, str], Any]:
        if len([at for at in times if at > now() - 60]) >= 20:
            return 200, {}, {"errcode": 45009, "errmsg": "api freq out of limit"}
        times.append(now())
        return answering(asked)

    return answer
