"""Papers: their templates, which an office may replace with its own, and printing one or a whole village's."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Depends
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import NotAllowed, NotFound
from engine.text import LocalizedText
from rectification.access.permissions import SUBTREE_ROLES, may_see_village
from rectification.campaigns.model import Campaign
from rectification.core.keys import parse_id
from rectification.households.model import Household, get_household
from rectification.matters.case import get_case
from rectification.matters.ticket import get_ticket
from rectification.papers.batches import BATCHES, ask_for_batch
from rectification.papers.desk import Desk
from rectification.papers.fields import Facts
from rectification.papers.kinds import PaperKind, template_kinds
from rectification.papers.kinds import get_paper_kind as kind_of
from rectification.papers.marks import BrokenTemplate
from rectification.papers.printing import Paper, desk_for, note_printed, print_paper
from rectification.papers.proof import write_package
from rectification.papers.rights import may_print, oversees
from rectification.papers.templates import adopt, give_up_own, template_of, try_out
from rectification.people.posts import posts_of
from rectification.places.areas import Area, full_name
from rectification.places.areas import get_area as area_of
from rectification.work_streams.model import WorkStream
from web.authority import owner_by
from web.context import RequestContext, get_context
from web.current_campaign import require_current_campaign
from web.form_data import SentFile, get_form, sent_file, text
from web.history.timeline import story_of
from web.i18n import use_language
from web.papers.views import papers_of_area, template_view, template_views

router = APIRouter(include_in_schema=False)
WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


# -- templates ----------------------------------------------------------------------------------


@router.get("/papers")
def listing(context: RequestContext = Depends(get_context)) -> Response:
    """Every kind of paper, and what can be printed for the areas that I oversee."""
    with context.application.database.reading() as session:
        campaign = require_current_campaign(session, context)
        return context.page(
            session,
            "papers.html",
            rows=template_views(
                session, campaign.id, list(template_kinds()), _read_for(session, context, campaign)
            ),
            areas=[(place, papers_of_area(place.code)) for place in _overseen(session, context, campaign)],
        )


@router.get("/papers/{kind}")
def show(kind: str, area: str = "", context: RequestContext = Depends(get_context)) -> Response:
    """One kind of paper: its fields and its template."""
    return _page(context, kind, None, area)


def _page(context: RequestContext, code: str, problem: LocalizedText | None, where: str) -> Response:
    what = kind_of(code)
    with context.application.database.reading() as session:
        campaign = require_current_campaign(session, context)
        places = _keeps(session, context, campaign)
        chosen = where if where in places else next(iter(places), _read_for(session, context, campaign))
        return context.page(
            session,
            "paper.html",
            status=422 if problem else 200,
            kind=what,
            template=template_view(session, campaign.id, what, chosen),
            campaign=campaign,
            area=chosen,
            places=[(each, full_name(session, each)) for each in places],
            problem=problem,
        )


def _keeps(session: Session, context: RequestContext, campaign: Campaign) -> list[str]:
    """The areas of a campaign for which the user keeps templates."""
    return owner_by(context, session, "POST /papers/{kind}/template").places_in(campaign.area_code)


def _read_for(session: Session, context: RequestContext, campaign: Campaign) -> str:
    """The area whose templates a reader is shown: their own in the campaign, else the whole of it."""
    return next(
        iter(owner_by(context, session, "GET /papers").places_in(campaign.area_code)), campaign.area_code
    )


def _kept(session: Session, context: RequestContext, campaign: Campaign, text: str) -> str:
    """The area for which a template is changed.

    Raises:
        NotAllowed: it is not the user's, or none of theirs lies in the campaign.
    """
    places = _keeps(session, context, campaign)
    if not places or (text and text not in places):
        raise NotAllowed(LocalizedText("这份模板由别的单位维护。", "Another office keeps this template."))
    return text or places[0]


@router.get("/papers/{kind}/template")
def template(kind: str, area: str = "", context: RequestContext = Depends(get_context)) -> Response:
    """The template that counts, to be changed in Word."""
    what = _with_template(kind)
    with context.application.database.reading() as session:
        campaign = require_current_campaign(session, context)
        where = area if area in _keeps(session, context, campaign) else _read_for(session, context, campaign)
        data = template_of(session, context.application.settings.data_dir, campaign.id, what, where)
    return _download(data, f"模板 {what.name.zh}.docx", WORD)


@router.post("/papers/{kind}/template")
def replace(
    kind: str,
    area: str = "",
    file: SentFile | None = Depends(sent_file),
    context: RequestContext = Depends(get_context),
) -> Response:
    """Put an office's own template in place in its area."""
    what, application = _with_template(kind), context.application
    with application.database.reading() as session:
        _kept(session, context, require_current_campaign(session, context), area)
    if file is None:
        return _page(context, kind, LocalizedText("请选择文件。", "Choose a file."), area)
    try:
        tried = try_out(file.data, what, file.name)  # before the transaction: it takes time
        with application.database.writing() as session:
            campaign = require_current_campaign(session, context)
            adopt(
                context.acting(session),
                application.settings.data_dir,
                campaign,
                _kept(session, context, campaign, area),
                what,
                tried,
            )
    except BrokenTemplate as broken:
        return _page(context, kind, broken.words, area)
    return RedirectResponse(_path(kind, area), 303)


@router.post("/papers/{kind}/template/shipped")
def shipped(
    kind: str,
    area: str = "",
    context: RequestContext = Depends(get_context),
    form: FormData = Depends(get_form),
) -> Response:
    """Go back to the template of the area above, in the end to that which the product ships."""
    what = _with_template(kind)
    with context.application.database.writing() as session:
        campaign = require_current_campaign(session, context)
        where = _kept(session, context, campaign, area)
        give_up_own(context.acting(session), campaign, where, what)
    return RedirectResponse(_path(kind, area), 303)


def _path(kind: str, area: str) -> str:
    return f"/papers/{kind}" + (f"?area={quote(area)}" if area else "")


def _with_template(code: str) -> PaperKind:
    what = kind_of(code)
    if what.shares:
        raise NotFound
    return what


def _overseen(session: Session, context: RequestContext, campaign: Campaign) -> list[Area]:
    """Counties and towns of the campaign in which I see everything, each before its parts."""
    posts = posts_of(session, context.user.person, context.calendar.today)
    above = [f"/{post.scope}/" for post in posts if post.role in SUBTREE_ROLES]
    inside = [("/" + Area.path).contains(code, autoescape=True) for code in above]
    if not inside:
        return []
    homes = select(Household).where(Household.campaign_id == campaign.id)
    towns, counties = homes.with_only_columns(Household.town), homes.with_only_columns(Household.county)
    query = select(Area).where(or_(*inside), or_(Area.code.in_(towns), Area.code.in_(counties)))
    return list(session.scalars(query.order_by(Area.path)))


# -- printing -----------------------------------------------------------------------------------


@router.get("/papers/{kind}/print/{name}")
def one(kind: str, name: str, context: RequestContext = Depends(get_context)) -> Response:
    """One paper about a ticket, a household or an area."""
    what = kind_of(kind)
    with context.application.database.reading() as session:
        paper = _print(session, context, what, name)
    _note(context, what, name)
    return _download(paper.data, paper.name, WORD)


@router.get("/papers/ticket_dossier/package/{name}")
def package(name: str, context: RequestContext = Depends(get_context)) -> Response:
    """A ticket's dossier with its evidence, its rows of the history and a script that verifies them offline."""
    what = kind_of("ticket_dossier")
    file = io.BytesIO()
    with context.application.database.reading() as session:
        paper = _print(session, context, what, name)
        ticket = get_ticket(session, parse_id(name) or 0)
        write_package(session, context.application.settings.data_dir, ticket, paper, file)
    _note(context, what, name, package=True)
    return _download(file.getvalue(), paper.name.removesuffix(".docx") + ".zip", "application/zip")


def _print(session: Session, context: RequestContext, what: PaperKind, name: str) -> Paper:
    use_language("zh")
    application, user = context.application, context.user
    if not may_print(session, user.person, what, name, context.calendar.today):
        raise NotFound
    campaign = _campaign_of(session, context, what, name)
    place = (application.settings.data_dir, application.settings.public_url)
    desk = desk_for(session, application.engine, *place, user.person, campaign)
    story = _story(context, desk, f"{what.about}:{name}") if what.code.endswith("_dossier") else ()
    return print_paper(desk, what, name, story)


def _note(context: RequestContext, what: PaperKind, name: str, **more: object) -> None:
    application = context.application
    with application.database.writing() as session:
        about = f"{what.about}:{name}"
        note_printed(context.acting(session), what, about, **more)


def _campaign_of(session: Session, context: RequestContext, what: PaperKind, name: str) -> int:
    number = parse_id(name) or 0
    if what.about == "ticket":
        return get_ticket(session, number).campaign_id
    if what.about == "case":
        return session.get_one(WorkStream, get_case(session, number).work_stream_id).campaign_id
    if what.about == "household":
        return get_household(session, number).campaign_id
    return require_current_campaign(session, context).id


def _story(context: RequestContext, desk: Desk, key: str) -> Sequence[Facts]:
    """The history in the words of the pages, the oldest first; papers are Chinese."""
    lines = reversed(story_of(context, desk.session, key))
    return [
        {
            "时间": desk.minute(line.at),
            "经办": line.actor,
            "事项": "\n".join(
                part
                for part in (line.sentence, line.text, "；".join(f"{n}：{v}" for n, v in line.facts))
                if part
            ),
        }
        for line in lines
    ]


@router.post("/papers/batch")
def batch(context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)) -> Response:
    """Ask for the papers of a whole village or town."""
    code, where = text(form, "kind", 40), text(form, "area", 20)
    application = context.application
    if code not in BATCHES:
        raise NotFound
    with application.database.writing() as session:
        place = area_of(session, where)
        if not _may_batch(session, context, place):
            raise NotFound
        campaign = require_current_campaign(session, context)
        url = application.settings.public_url
        ask_for_batch(context.acting(session), code, place, url, campaign.id)
    return RedirectResponse("/jobs", 303)


def _may_batch(session: Session, context: RequestContext, place: Area) -> bool:
    person, today = context.user.person, context.calendar.today
    if place.level == "village":
        return may_see_village(session, person, place.code, today)
    return oversees(session, person, place, today)


def _download(data: bytes, name: str, media_type: str) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "private, no-store",
    }
    return Response(data, media_type=media_type, headers=headers)
