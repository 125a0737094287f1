"""Who am I, and the description of this API."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from web.api_sentences import REFUSALS
from web.context import RequestContext, get_context
from web.idempotency import HEADER

router = APIRouter(tags=["me"], responses=REFUSALS)


_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "the same key with the same content again answers as the first time, for 30 days; "
    "it belongs to the token's owner and to this address",
}


class CurrentPerson(BaseModel):
    """Who the token belongs to."""

    id: int
    name: str
    roles: list[str]
    posts: list[str]
    owners: list[str] = Field(description="the desks that this person works from")


@router.get("/api/v1/me", summary="Who am I")
def me(context: RequestContext = Depends(get_context)) -> CurrentPerson:
    """The person behind the token, with posts and desks."""
    user = context.user
    return CurrentPerson(
        id=user.person,
        name=user.name,
        roles=sorted(user.roles),
        posts=[post.zh for post in user.posts],
        owners=list(user.owners),
    )


@router.get("/api/v1/openapi.json", summary="This description", include_in_schema=False)
def description(request: Request) -> dict[str, Any]:
    """The OpenAPI document."""
    document: dict[str, Any] = request.app.openapi()
    for operations in document["paths"].values():
        if (post := operations.get("post")) is not None:
            known = post.setdefault("parameters", [])
            if all(post["name"].lower() != HEADER for post in known):
                known.append(_KEY)
    return document
