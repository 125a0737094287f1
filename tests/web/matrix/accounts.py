"""Accounts and posts, for administrators: the people of their area alone, and in person."""

from __future__ import annotations

from typing import Final

from tests.web.matrix.rows import ITSELF, NOBODY, POST, Row, Rows, above

ADMINISTRATORS: Final = ("admin",)

ROWS: Final[Rows] = {
    "GET /accounts": Row(ADMINISTRATORS, above(POST)),
    "POST /accounts": Row(ADMINISTRATORS, above(POST)),
    "POST /accounts/first-sign-ins": Row(ADMINISTRATORS, above(POST)),
    "GET /accounts/{number}": Row(ADMINISTRATORS, above(ITSELF), path="/accounts/{helper}"),
    "POST /accounts/{number}/posts": Row(ADMINISTRATORS, above(ITSELF), path="/accounts/{helper}/posts"),
    "POST /accounts/{number}/posts/{which}/end": Row(
        ADMINISTRATORS, above(ITSELF), path="/accounts/{helper}/posts/{helper_post}/end"
    ),
    "POST /accounts/{number}/link": Row(ADMINISTRATORS, above(ITSELF), path="/accounts/{helper}/link"),
    "POST /accounts/{number}/opening": Row(ADMINISTRATORS, above(ITSELF), path="/accounts/{helper}/opening"),
    "GET /sign-in/link/{token}": Row(("helper",), NOBODY, path="/sign-in/link/none", public=True),
    "POST /sign-in/link/{token}": Row(
        ("helper",), NOBODY, path="/sign-in/link/none", sent={"password": "x", "again": "x"}, public=True
    ),
}
