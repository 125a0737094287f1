"""News by server-sent events: an open page hears that something is new, and asks for it like anybody."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Final

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, Response, StreamingResponse

from engine.worklist.queries import desk_counts
from notifications.live_updates import Bell
from web.context import RequestContext, get_context
from web.notices import unread

router = APIRouter(include_in_schema=False)
MOST: Final = 2000
"""Open pages on one server; those beyond ask now and then."""
STILL_HERE: Final = 20.0
"""Seconds after which a line goes over the wire, so that nobody between takes the connection for dead."""
LIFE: Final = 900.0
"""Seconds after which the page connects anew, and is asked again who it is."""


@router.get("/events")
async def events(context: RequestContext = Depends(get_context)) -> Response:
    """Says ``told`` whenever the user has been told something."""
    bell = context.application.bell
    if bell.open_pages >= MOST:
        return Response(status_code=204)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _news(bell, context.user.person), media_type="text/event-stream", headers=headers
    )


async def _news(bell: Bell, person: int) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    end = loop.time() + LIFE
    with bell.hearing(person) as ear:
        yield f"retry: {random.randint(3000, 15000)}\n\n"
        while not bell.closed and loop.time() < end:
            try:
                await asyncio.wait_for(ear.rang.wait(), STILL_HERE)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            ear.rang.clear()
            if not bell.closed:
                yield "event: told\ndata:\n\n"


@router.get("/notices/count")
def count(context: RequestContext = Depends(get_context)) -> Response:
    """What stands in the marks of the frame."""
    user = context.user
    with context.application.database.reading() as session:
        overdue = desk_counts(session, user.owners, context.application.clock.now())["overdue"]
        return JSONResponse({"bell": unread(session, user.person), "overdue": overdue})
