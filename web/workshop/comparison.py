"""Two versions side by side: in sentences and on the diagrams."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from engine.definitions.diff import Difference, differences
from engine.definitions.versions import Version
from engine.errors import BadModel, NotFound
from engine.worklist.selectables import definitions
from rectification.process.expression_phrases import expression_words
from web.authority import draft_of, version_for
from web.bpmn_files import bpmn_file
from web.context import RequestContext, get_context
from web.i18n import gettext as _
from web.labels import process_words
from web.path_id import PathId

router = APIRouter(include_in_schema=False)


@router.get("/definitions/{number}/compared-with/{other}")
def versions(number: PathId, other: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """What the version ``number`` does otherwise than the version ``other``."""
    with context.application.database.reading() as session:
        old, new = (version_for(context, session, version) for version in (other, number))
        titles = [
            _("Version %(number)s") % {"number": _number(session, version)} for version in (other, number)
        ]
        sources = [f"/definitions/{version}" for version in (other, number)]
        return _page(session, context, old, new, titles, sources, "/definitions")


def _number(session: Session, definition: int) -> int:
    version_number = session.scalar(select(definitions.c.number).where(definitions.c.id == definition))
    if version_number is None:
        raise NotFound
    return int(version_number)


@router.get("/workshop/drafts/{number}/changes")
def changes(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """What a draft changes of the version that it began with."""
    with context.application.database.reading() as session:
        draft = draft_of(context, session, number)
        new = draft.version_as_drawn
        titles = [_("Version %(number)s") % {"number": _number(session, draft.base.id)}, draft.title]
        sources = [f"/definitions/{draft.base.id}", f"/workshop/drafts/{number}/processes"]
        return _page(session, context, draft.base, new, titles, sources, f"/workshop/drafts/{number}")


def _page(
    session: Session,
    context: RequestContext,
    old: Version,
    new: Version,
    titles: list[str],
    sources: list[str],
    back: str,
) -> Response:
    problem = None
    changed: list[Difference] = []
    try:
        changed = differences(old, new, expression_words)
    except BadModel as fault:
        problem = fault.words
    both = [
        process
        for process in dict.fromkeys(difference.process for difference in changed)
        if process in old.file_of and process in new.file_of
    ]
    return context.page(
        session,
        "compare.html",
        differences=changed,
        processes=[(name, process_words(name, new.spec(name).description or name)) for name in both],
        titles=titles,
        sources=sources,
        back=back,
        problem=problem,
    )


@router.get("/workshop/drafts/{number}/processes/{process}")
def drawn(number: PathId, process: str, context: RequestContext = Depends(get_context)) -> Response:
    """The diagram of one process as the draft has it."""
    with context.application.database.reading() as session:
        draft = draft_of(context, session, number)
        new = draft.version_as_drawn
        if process not in new.file_of:
            raise NotFound
        return bpmn_file(new.files[new.file_of[process]], f"{process}.bpmn")
