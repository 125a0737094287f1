"""Photos and papers for programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, UploadFile
from pydantic import BaseModel

from register.acting_for import acting_for
from register.evidence import keep_evidence
from web.api.sentences import REFUSALS
from web.asked import Asked, asked
from web.may import send_key

router = APIRouter(tags=["evidence"], responses=REFUSALS)


class EvidenceStored(BaseModel):
    """A photo or paper that can now be named in a form."""

    id: int
    sha256: str


@router.post("/api/v1/evidence", summary="Send a photo or a paper", status_code=201)
def send(
    file: UploadFile,
    about: Annotated[str, Form(description="what it is about, for instance ticket:17")],
    asked: Asked = Depends(asked),
) -> EvidenceStored:
    """Keep one file; name the id in a photo or file field of a form."""
    data = file.file.read()
    with asked.house.database.writing() as session:
        send_key(session, asked, about)
        kept = keep_evidence(
            session,
            asked.house.settings.data_dir,
            data,
            name=(file.filename or "")[:200],
            about=about,
            person_id=asked.visitor.person,
            now=asked.house.clock.now(),
            on_behalf_of=acting_for(session, asked.visitor.person, about, asked.calendar.today),
        )
    return EvidenceStored(id=kept.id, sha256=kept.sha256)
