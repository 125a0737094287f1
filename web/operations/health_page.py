"""For the machine that watches this one."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from web.errors import RETRY_AFTER
from web.operations.health import HealthCheck

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def healthy(request: Request) -> Response:
    """Whether the database and the disk take what is written: 503 where they do not.

    A task that fails, or a clock that nobody has confirmed, is told without 503: people can work all the same, and the
    administrator who has to confirm the clock must get in.
    """
    check: HealthCheck = request.app.state.health
    health = check.health()
    if health.can_write:
        return JSONResponse(health.as_json())
    return JSONResponse(health.as_json(), 503, {"Retry-After": RETRY_AFTER})
