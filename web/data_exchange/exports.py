"""Spreadsheets out: each is made as a job and waits under “My files”."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import NotFound, WrongValues
from engine.text import LocalizedText
from rectification.exports import EXPORTS, ask_for_export, how_many
from rectification.matters.issue_list import IssueList
from rectification.places.areas import Area
from web.context import RequestContext, get_context
from web.current_campaign import get_current_campaign
from web.form_data import get_form, text
from web.visibility import seen_villages

router = APIRouter(include_in_schema=False)
_LONGEST = 4_000
_NO_CAMPAIGN = LocalizedText(
    "还没有专项行动，没有可导出的内容。", "There is no campaign yet, so there is nothing to export."
)


@router.get("/exports")
def listing(context: RequestContext = Depends(get_context)) -> Response:
    """What can be exported; the query of the address is taken as the ledger's filters."""
    return _listing(context, context.request.url.query[:_LONGEST], None)


def _listing(context: RequestContext, query: str, problem: LocalizedText | None) -> Response:
    now, person = context.application.clock.now(), context.user.person
    with context.application.database.reading() as session:
        campaign = get_current_campaign(session, context)
        count = 0
        try:
            count = how_many(session, campaign, person, now, query) if campaign else 0
        except WrongValues as wrong:
            problem, query = next(iter(wrong.problems.values())), ""
        return context.page(
            session,
            "exports.html",
            status=422 if problem else 200,
            exports=list(EXPORTS.values()),
            villages=_frozen(session, context, campaign.id) if campaign else [],
            count=count,
            query=query,
            problem=problem,
        )


def _frozen(session: Session, context: RequestContext, campaign: int) -> list[tuple[str, str]]:
    """The villages that I may look into and whose list has been frozen."""
    lists = select(IssueList.village).where(
        IssueList.campaign_id == campaign, IssueList.frozen_at.is_not(None)
    )
    query = select(Area.code, Area.name).where(Area.code.in_(lists), seen_villages(session, context))
    return [(code, name) for code, name in session.execute(query.order_by(Area.code)).all()]


@router.post("/exports")
def ask(context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)) -> Response:
    """Queue an export."""
    code, query, village = text(form, "export", 40), text(form, "query", _LONGEST), text(form, "village", 20)
    if code not in EXPORTS:
        raise NotFound
    try:
        with context.application.database.writing() as session:
            campaign = get_current_campaign(session, context)
            if campaign is None:
                raise NotFound(_NO_CAMPAIGN)
            ask_for_export(
                context.acting(session), code, campaign, context.language, query=query, village=village
            )
    except WrongValues as wrong:
        return _listing(context, "", next(iter(wrong.problems.values())))
    return RedirectResponse("/jobs", 303)
