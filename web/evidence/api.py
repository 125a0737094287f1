"""Photos and papers for programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, UploadFile
from pydantic import BaseModel, Field

from web.api_sentences import REFUSALS
from web.context import RequestContext, get_context
from web.evidence_upload import keep_sent

router = APIRouter(tags=["evidence"], responses=REFUSALS)


class PhotoPlace(BaseModel):
    """Where and when a photo was taken, as its camera wrote it: degrees of WGS 84, north and east."""

    latitude: float
    longitude: float
    at: str | None = Field(None, description="ISO 8601; without a zone it is the camera's own clock")


class EvidenceStored(BaseModel):
    """A photo or paper that can now be named in a form."""

    id: int
    sha256: str
    place: PhotoPlace | None = Field(
        None, description="where the photo was taken, where it is wanted and consented to"
    )


@router.post("/api/v1/evidence", summary="Send a photo or a paper", status_code=201)
async def send(
    file: UploadFile,
    about: Annotated[str, Form(description="what it is about, for instance ticket:17")],
    place: Annotated[
        bool,
        Form(description="keep where the photo was taken, with consent; only where the campaign wants it"),
    ] = False,
    context: RequestContext = Depends(get_context),
) -> EvidenceStored:
    """Keep one file; name the id in a photo or file field of a form."""
    data, name = await file.read(), file.filename or ""
    kept = await keep_sent(context, data, name=name, about=about, consents_to_place=place)
    shown = None if kept.place is None else PhotoPlace.model_validate(kept.place)
    return EvidenceStored(id=kept.id, sha256=kept.sent_sha256 or kept.sha256, place=shown)
