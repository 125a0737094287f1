"""For the machine that watches this one."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from sqlalchemy import text
from starlette.responses import PlainTextResponse, Response

from web.asked import Asked, asked

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def healthy(asked: Asked = Depends(asked)) -> Response:
    """Whether the database answers."""
    with asked.house.database.reading() as session:
        session.execute(text("SELECT 1"))
    return PlainTextResponse("ok")
