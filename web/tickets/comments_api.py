"""What people say about a ticket."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from rectification.core.keys import ticket_key
from rectification.tickets.comments import ShownComment, comment, comments_of
from web.api_sentences import REFUSALS
from web.context import RequestContext, get_context
from web.guards import require_readable
from web.path_id import PathId

router = APIRouter(tags=["tickets"], responses=REFUSALS)


class CommentFile(BaseModel):
    """A photo or paper that came with a comment."""

    id: int
    name: str
    media_type: str


class CommentRecord(BaseModel):
    """What somebody said about a ticket."""

    id: int
    at: dt.datetime
    by: str
    text: str
    mentioned: list[str] = Field(description="whom it names; they were told")
    files: list[CommentFile]


class NewComment(BaseModel):
    """A comment: whoever is named with @ in the text is told."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, max_length=2000)
    chosen: list[int] = Field(
        default_factory=list, description="people by number: who is meant where two share a name"
    )
    files: list[int] = Field(
        default_factory=list, description="evidence that was sent about comments:N, N the ticket's number"
    )


@router.post("/api/v1/tickets/{number}/comments", summary="Comment on a ticket", status_code=201)
def say(number: PathId, new: NewComment, context: RequestContext = Depends(get_context)) -> CommentRecord:
    """Say something about a ticket; those who are named with @ are told."""
    with context.application.database.writing() as session:
        require_readable(session, context, ticket_key(number))
        text = new.text.strip()
        row = comment(context.acting(session), number, text, files=new.files, chosen=new.chosen)
        return comment_shape(
            next(comment for comment in comments_of(session, number) if comment.id == row.id)
        )


def comment_shape(comment: ShownComment) -> CommentRecord:
    """A comment as JSON."""
    files = [CommentFile(id=each.id, name=each.name, media_type=each.media_type) for each in comment.files]
    return CommentRecord(
        id=comment.id,
        at=comment.at,
        by=comment.by,
        text=comment.text,
        mentioned=list(comment.mentioned),
        files=files,
    )
