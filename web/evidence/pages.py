"""Evidence: sent under its own hash, served to whoever may see what it is about."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import APIRouter, Depends, Header
from starlette.responses import JSONResponse, Response

from engine.errors import NotFound
from rectification.evidence.model import Evidence, read_evidence, thumbnail
from web.context import RequestContext, get_context
from web.evidence_upload import keep_sent
from web.form_data import body
from web.guards import require_readable
from web.path_id import PathId

router = APIRouter(include_in_schema=False)
UNKNOWN = "unknown"
"""Instead of the hash, from a browser that cannot work it out (a page without HTTPS)."""
KEPT = "private, max-age=31536000, immutable"


@router.put("/evidence/{sha256}")
async def keep(
    sha256: str,
    data: bytes = Depends(body),
    x_file_name: Annotated[str, Header()] = "",
    x_about: Annotated[str, Header()] = "",
    x_place: Annotated[str, Header()] = "",
    context: RequestContext = Depends(get_context),
) -> Response:
    """Keep one file; the same file about the same thing again answers with the same id."""
    kept = await keep_sent(
        context,
        data,
        name=unquote(x_file_name),
        about=x_about,
        sha256=None if sha256 == UNKNOWN else sha256,
        consents_to_place=x_place == "yes",
    )
    return JSONResponse({"id": kept.id, "sha256": kept.sent_sha256 or kept.sha256}, 201)


@router.get("/evidence/{number}")
def show(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """The file as it is kept."""
    evidence = _seen(context, number)
    name = quote(evidence.name or f"{number}")
    way = "inline" if evidence.is_image else "attachment"
    headers = {"Content-Disposition": f"{way}; filename*=UTF-8''{name}", "Cache-Control": KEPT}
    return Response(
        read_evidence(context.application.settings.data_dir, evidence),
        media_type=evidence.media_type,
        headers=headers,
    )


@router.get("/evidence/{number}/thumbnail")
def small(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """A small picture of it."""
    evidence = _seen(context, number)
    if not evidence.is_image:
        raise NotFound
    return Response(
        thumbnail(context.application.settings.data_dir, evidence),
        media_type="image/jpeg",
        headers={"Cache-Control": KEPT},
    )


def _seen(context: RequestContext, number: int) -> Evidence:
    with context.application.database.reading() as session:
        evidence = session.get(Evidence, number)
        if evidence is None:
            raise NotFound
        require_readable(session, context, evidence.about)
        session.expunge(evidence)
        return evidence
