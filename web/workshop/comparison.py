"""Two versions side by side: in sentences and on the diagrams."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from engine.definitions.diff import Difference, differences
from engine.definitions.versions import Version
from engine.errors import BadModel, NotFound
from engine.schema import definitions
from rectification.process.expression_phrases import said_expression
from web.authority import draft_of, version_for
from web.bpmn_files import bpmn_file
from web.context import RequestContext, get_context
from web.i18n import gettext as _
from web.i18n import use_language
from web.labels import process_words
from web.path_id import PathId

router = APIRouter(include_in_schema=False)


@router.get("/definitions/{number}/compared-with/{other}")
def versions(number: PathId, other: PathId, asked: RequestContext = Depends(get_context)) -> Response:
    """What the version ``number`` does otherwise than the version ``other``."""
    use_language(asked.language)
    with asked.house.database.reading() as session:
        old, new = (version_for(asked, session, one) for one in (other, number))
        titles = [_("Version %(number)s") % {"number": _number(session, one)} for one in (other, number)]
        sources = [f"/definitions/{one}" for one in (other, number)]
        return _page(session, asked, old, new, titles, sources, "/definitions")


def _number(session: Session, definition: int) -> int:
    found = session.scalar(select(definitions.c.number).where(definitions.c.id == definition))
    if found is None:
        raise NotFound
    return int(found)


@router.get("/workshop/drafts/{number}/changes")
def changes(number: PathId, asked: RequestContext = Depends(get_context)) -> Response:
    """What a draft changes of the version that it began with."""
    use_language(asked.language)
    with asked.house.database.reading() as session:
        one = draft_of(asked, session, number)
        new = one.version_as_drawn
        titles = [_("Version %(number)s") % {"number": _number(session, one.base.id)}, one.title]
        sources = [f"/definitions/{one.base.id}", f"/workshop/drafts/{number}/processes"]
        return _page(session, asked, one.base, new, titles, sources, f"/workshop/drafts/{number}")


def _page(
    session: Session,
    asked: RequestContext,
    old: Version,
    new: Version,
    titles: list[str],
    sources: list[str],
    back: str,
) -> Response:
    problem = None
    found: list[Difference] = []
    try:
        found = differences(old, new, said_expression)
    except BadModel as fault:
        problem = fault.words
    both = [
        one
        for one in dict.fromkeys(found_one.process for found_one in found)
        if one in old.file_of and one in new.file_of
    ]
    return asked.page(
        session,
        "compare.html",
        found=found,
        processes=[(one, process_words(one, new.spec(one).description or one)) for one in both],
        titles=titles,
        sources=sources,
        back=back,
        problem=problem,
    )


@router.get("/workshop/drafts/{number}/processes/{process}")
def drawn(number: PathId, process: str, asked: RequestContext = Depends(get_context)) -> Response:
    """The diagram of one process as the draft has it."""
    with asked.house.database.reading() as session:
        one = draft_of(asked, session, number)
        new = one.version_as_drawn
        if process not in new.file_of:
            raise NotFound
        return bpmn_file(new.files[new.file_of[process]], f"{process}.bpmn")
