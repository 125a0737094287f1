"""The same request sent again answers as the first time: one mechanism for every POST.

A form carries a key that was made when its page was rendered; a program sends one in ``Idempotency-Key``. The first
transaction that the request commits writes the key too, so a key is used up exactly when something was done. A second
request with it, even at the same time, is rolled back by the table's primary key and gets the first one's answer.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import orjson
from cryptography.fernet import Fernet
from sqlalchemy import delete, event, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from engine.database import Database
from engine.errors import DomainError
from engine.text import LocalizedText
from web.form_data import is_form
from web.security.tables import used_keys

HEADER: Final = "idempotency-key"
FIELD: Final = "_key"
KEPT_FOR: Final = dt.timedelta(days=30)
"""Longer than any session lasts, and with it any page that somebody left open."""
LONGEST_WORK: Final = dt.timedelta(minutes=2)
"""A first request that has not answered for so long does not answer any more."""
_LOOK_AGAIN: Final = 0.1
"""Seconds between two looks for the answer of a request that is still at work."""
_LOOKS: Final = 300

NATURALLY_IDEMPOTENT: Final[dict[str, str]] = {
    "POST /work-items/{number}": "the engine writes the key with the step",
    "POST /api/v1/work-items/{number}/completion": "the engine writes the key with the step",
    "POST /tickets/bulk": "the engine writes the key with each ticket's step; a nudge goes out once a day",
    "POST /households/{number}/reveal": "every look is written down, and what it shows is kept nowhere",
    "POST /sign-in": "nobody is signed in whose key it could be, and each sign-in is a session of its own",
    "POST /sign-in/link/{token}": "nobody is signed in whose key it could be, and the link works once",
    "POST /sign-out": "a session ends once",
    "POST /language": "sets one choice in the browser",
    "POST /devices/renewal": "nobody is signed in whose key it could be; the same device again changes nothing",
}
"""The routes that do without, each with the reason."""


def new_key() -> str:
    """A key for one rendering of a form."""
    return secrets.token_urlsafe(16)


class KeyReused(DomainError):
    """The key was sent before with other content."""

    status = 422

    def __init__(self) -> None:
        zh = "这份表单已经提交过，而这次的内容与上次不同，因此没有办理。请重新打开页面再提交；您填写的内容保存在本机草稿中。"
        en = (
            "This form was sent before with other content, so nothing was done now. Open the page again and send "
            "it from there; what you typed is kept on this device."
        )
        super().__init__("idempotency_key_reused", LocalizedText(zh, en))


class Interrupted(DomainError):
    """The first request with this key did something and then broke off: how it would have answered is not known."""

    status = 409

    def __init__(self) -> None:
        zh = "这份表单已经提交过，但上次的处理没有得到答复；没有重复办理。请打开页面查看结果。"
        en = "This form was sent before and that was cut off; nothing was done twice. Open the page to see the result."
        super().__init__("interrupted_before", LocalizedText(zh, en))


class AtWork(Interrupted):
    """The first request with this key has done something and not answered yet."""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def packed(self) -> bytes:
        """As bytes for :meth:`unpacked`."""
        return orjson.dumps([self.status, self.headers, self.body.decode("latin-1")])

    @classmethod
    def unpacked(cls, data: bytes) -> StoredAnswer:
        """From what :meth:`packed` made."""
        status, headers, body = orjson.loads(data)
        return cls(status, [(name, value) for name, value in headers], body.encode("latin-1"))

    def response(self) -> Response:
        """The same answer once more."""
        response = Response(self.body, self.status)
        response.raw_headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers
        ]
        return response


class AnsweredBefore(Exception):
    """No error: the first answer to the key, on its way past the route."""

    def __init__(self, answer: StoredAnswer) -> None:
        super().__init__()
        self.answer = answer


@dataclass(slots=True)
class KeyedRequest:
    """A request that carries a key; ``row`` is what its first commit writes."""

    database: Database
    row: dict[str, Any]
    cipher: Fernet
    """Made from the key itself: an answer may hold a secret, and nobody reads it who has only the database."""
    committed: bool = False

    def look(self, now: dt.datetime) -> StoredAnswer | None:
        """The first answer to this key; None while nothing was done with it.

        Raises:
            KeyReused: something else was sent with it.
            AtWork: the first request has not answered yet.
            Interrupted: it never will.
        """
        with self.database.reading() as session:
            mine = used_keys.c.id == self.row["id"]
            row = session.execute(select(used_keys).where(mine)).one_or_none()
        if row is None:
            return None
        if row.content != self.row["content"]:
            raise KeyReused
        if row.answer is None:
            raise AtWork if now - row.used_at < LONGEST_WORK else Interrupted
        return StoredAnswer.unpacked(self.cipher.decrypt(row.answer))

    def keep(self, answer: StoredAnswer) -> None:
        """Keep the answer, and forget keys that no open page can send any more."""
        with self.database.writing() as session:
            kept = {"answer": self.cipher.encrypt(answer.packed())}
            session.execute(update(used_keys).where(used_keys.c.id == self.row["id"]).values(kept))
            session.execute(delete(used_keys).where(used_keys.c.used_at < self.row["used_at"] - KEPT_FOR))

    def release(self) -> None:
        """The request was refused after all: its key may come again with what was put right."""
        with self.database.writing() as session:
            session.execute(delete(used_keys).where(used_keys.c.id == self.row["id"]))


current: Final[ContextVar[KeyedRequest | None]] = ContextVar("keyed_request", default=None)
"""The request whose key is to be written with what it commits."""


@event.listens_for(Session, "before_commit")
def _write_key(session: Session) -> None:
    keyed = current.get()
    if keyed is not None and not keyed.committed and _is_whole(session, keyed):
        try:
            session.execute(insert(used_keys), keyed.row)
        except IntegrityError as conflict:
            raise AtWork from conflict


@event.listens_for(Session, "after_commit")
def _note_commit(session: Session) -> None:
    keyed = current.get()
    if keyed is not None and _is_whole(session, keyed):
        keyed.committed = True


def _is_whole(session: Session, keyed: KeyedRequest) -> bool:
    """Whether this is a transaction on the installation's database, and not a savepoint or a rehearsal's own database."""
    return session.bind is keyed.database.engine and not session.in_nested_transaction()


async def first_answer(keyed: KeyedRequest, now: dt.datetime) -> StoredAnswer | None:
    """The first answer to this key, waited for while it is worked out; raises what :meth:`KeyedRequest.look` does."""
    for _look in range(_LOOKS):
        try:
            return await run_in_threadpool(keyed.look, now)
        except AtWork:
            await asyncio.sleep(_LOOK_AGAIN)
    raise Interrupted


async def answer_once(request: Request) -> None:
    """A dependency of every route, behind the gate: a key that was used is answered as the first time."""
    state = request.state
    if request.method != "POST" or state.user is None:
        return
    form = await request.form() if is_form(request) else None
    of_form = form.get(FIELD) if form is not None else None
    sent = request.headers.get(HEADER) or of_form
    if not isinstance(sent, str) or not sent:
        return
    state.form_key = of_form if isinstance(of_form, str) else None
    if f"POST {request.scope['route'].path}" in NATURALLY_IDEMPOTENT:
        return
    now = request.app.state.machine_clock.now()
    content = await (_content_of_form(form) if form is not None else _content_of_body(request))
    whose = f"{state.user.person}\n{request.url.path}\n{sent}"
    row = {"id": _hash(whose), "person_id": state.user.person, "content": content, "used_at": now}
    secret = base64.urlsafe_b64encode(hashlib.sha256(f"answer\n{whose}".encode()).digest())
    keyed = KeyedRequest(request.app.state.application.database, row, Fernet(secret))
    await _refuse_used(keyed, form, now)
    state.keyed = keyed
    current.set(keyed)


async def _refuse_used(keyed: KeyedRequest, form: FormData | None, now: dt.datetime) -> None:
    """Raise the first answer, or why there is none; the files that came along are read by nobody then."""
    try:
        answer = await first_answer(keyed, now)
        if answer is not None:
            raise AnsweredBefore(answer)
    except (AnsweredBefore, DomainError):
        if form is not None:
            await form.close()
        raise


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def _content_of_body(request: Request) -> str:
    return hashlib.sha256(await request.body()).hexdigest()


async def _content_of_form(form: FormData) -> str:
    digest = hashlib.sha256()
    async for part in _parts(form):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


async def _parts(form: FormData) -> AsyncIterator[bytes]:
    """What a form says, without the two fields that every rendering makes anew."""
    for name, value in form.multi_items():
        if name in (FIELD, "_csrf"):
            continue
        yield name.encode()
        if isinstance(value, str):
            yield value.encode()
        else:
            yield (value.filename or "").encode()
            yield await value.read()
            await value.seek(0)
