"""Evidence: sent under its own hash, served to whoever may see what it is about."""

from __future__ import annotations

import hashlib
from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import APIRouter, Depends, Header
from starlette.responses import JSONResponse, Response

from engine.errors import NotFound, WrongValues
from engine.words import Words
from register.acting_for import acting_for
from register.evidence import Evidence, keep_evidence, read_evidence, thumbnail
from web.asked import Asked, asked
from web.may import read_key, send_key
from web.numbers import Number
from web.posted import body

router = APIRouter(include_in_schema=False)
UNKNOWN = "unknown"
"""Instead of the hash, from a browser that cannot work it out (a page without HTTPS)."""
DAMAGED = Words("文件在传输中损坏，请重新添加。", "The file was damaged on its way; please add it again.")
KEPT = "private, max-age=31536000, immutable"


@router.put("/evidence/{sha256}")
def keep(
    sha256: str,
    data: bytes = Depends(body),
    x_file_name: Annotated[str, Header()] = "",
    x_about: Annotated[str, Header()] = "",
    asked: Asked = Depends(asked),
) -> Response:
    """Keep one file; the same file about the same thing again answers with the same id."""
    with asked.house.database.writing() as session:
        send_key(session, asked, x_about)
        if sha256 not in (UNKNOWN, hashlib.sha256(data).hexdigest()):
            raise WrongValues({"evidence": DAMAGED})
        kept = keep_evidence(
            session,
            asked.house.settings.data_dir,
            data,
            name=unquote(x_file_name)[:200],
            about=x_about,
            person_id=asked.visitor.person,
            now=asked.house.clock.now(),
            on_behalf_of=acting_for(session, asked.visitor.person, x_about, asked.calendar.today),
        )
    return JSONResponse({"id": kept.id, "sha256": kept.sha256}, 201)


@router.get("/evidence/{number}")
def show(number: Number, asked: Asked = Depends(asked)) -> Response:
    """The file as it was sent."""
    found = _seen(asked, number)
    name = quote(found.name or f"{number}")
    way = "inline" if found.is_image else "attachment"
    headers = {"Content-Disposition": f"{way}; filename*=UTF-8''{name}", "Cache-Control": KEPT}
    return Response(
        read_evidence(asked.house.settings.data_dir, found), media_type=found.media_type, headers=headers
    )


@router.get("/evidence/{number}/thumbnail")
def small(number: Number, asked: Asked = Depends(asked)) -> Response:
    """A small picture of it."""
    found = _seen(asked, number)
    if not found.is_image:
        raise NotFound
    return Response(
        thumbnail(asked.house.settings.data_dir, found),
        media_type="image/jpeg",
        headers={"Cache-Control": KEPT},
    )


def _seen(asked: Asked, number: int) -> Evidence:
    with asked.house.database.reading() as session:
        found = session.get(Evidence, number)
        if found is None:
            raise NotFound
        read_key(session, asked, found.about)
        session.expunge(found)
        return found
