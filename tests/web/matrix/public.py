"""Signing in and out, and what the frame of a page needs."""

from __future__ import annotations

from typing import Final

from tests.web.matrix.rows import EVERYBODY, NOBODY, ONESELF, Row, Rows

ANYBODY: Final = Row(("helper",), EVERYBODY, public=True)

ROWS: Final[Rows] = {
    "GET /sign-in": ANYBODY,
    "POST /sign-in": ANYBODY,
    "GET /sign-in/demo/{token}": Row(("helper",), NOBODY, path="/sign-in/demo/none", public=True),
    "POST /language": Row(("helper",), EVERYBODY, sent={"language": "en"}, public=True),
    "GET /static/{name}": Row(("helper",), EVERYBODY, path="/static/{asset}", public=True),
    "GET /service-worker.js": ANYBODY,
    "GET /healthz": ANYBODY,
    "GET /calendar/{secret}.ics": Row(("helper",), EVERYBODY, path="/calendar/{calendar_secret}.ics", public=True),
    "POST /devices/renewal": Row(
        ("helper",), EVERYBODY, sent={"was": "x", "secret": "x", "endpoint": "x", "p256dh": "x", "auth": "x"}, public=True
    ),
    "POST /sign-out": Row(("helper",), EVERYBODY),
    "GET /": Row(("helper", "town_office", "admin"), EVERYBODY),
    "GET /events": Row(("helper",), EVERYBODY, endless=True),
    "GET /notices": Row(("helper",), EVERYBODY),
    "GET /notices/count": Row(("helper",), EVERYBODY),
    "POST /notices/read": Row(("helper",), EVERYBODY),
    "POST /demo/next-deadline": Row(("helper",), EVERYBODY),
    "POST /demo/one-day-on": Row(("helper",), EVERYBODY),
    "POST /me/devices/{number}/remove": Row(("helper",), ONESELF, path="/me/devices/{device}/remove"),
}  # fmt: skip
