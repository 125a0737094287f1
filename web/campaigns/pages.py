"""Campaigns: which there are, which one is at hand, and how an office founds another."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Depends
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import NotFound, WrongValues
from engine.text import LocalizedText
from rectification.calendar.deadlines import milestone_at
from rectification.campaigns.catalogue import items_of_campaigns
from rectification.campaigns.model import MILESTONES, Campaign, get_campaign
from rectification.core.jobs import enqueue
from rectification.core.keys import parse_id
from rectification.escalation.reminders import on_workdays
from rectification.households.model import Household
from rectification.matters import pause
from rectification.matters.photo_places import wants_places
from rectification.matters.timezone import HOME, local_zone, zone_names
from rectification.places.areas import LEVELS, Area, full_names
from rectification.rescheduling.model import get_reschedulings
from rectification.setup.create_campaign import OWN, SHIPPED, CampaignPlan, create_campaign
from rectification.setup.start_village import villages_to_begin
from rectification.tickets.extensions import DECIDERS, extension_decider
from rectification.tickets.slow_progress import slow_after_days, statement_workdays
from rectification.work_streams.model import Template, get_templates, works_of_campaigns
from web.access import opens_to
from web.authority import answers_for, founding_areas, must_answer_for, must_see_campaign
from web.campaigns.rescheduling_views import change_views
from web.context import RequestContext, get_context
from web.cookies import CAMPAIGN
from web.current_campaign import campaigns, get_current_campaign
from web.dates import DateFormatter
from web.fields.surroundings import OfferedOption
from web.form_data import get_form, text
from web.i18n import spoken, translate
from web.path_id import PathId

router = APIRouter(include_in_schema=False)
ONE_YEAR = 365 * 24 * 3600


@router.get("/campaigns")
def listing(context: RequestContext = Depends(get_context)) -> Response:
    """Every campaign, the newest first."""
    with context.application.database.reading() as session:
        at_hand = get_current_campaign(session, context)
        return context.page(
            session,
            "campaigns.html",
            rows=_views(session, campaigns(session, context), context.calendar.now),
            at_hand=at_hand.id if at_hand else 0,
            may_found=opens_to("POST /campaigns", context.user.roles),
            may_see=opens_to("GET /campaigns/{number}", context.user.roles),
        )


@router.post("/campaigns/choose")
def choose(context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)) -> Response:
    """Take another campaign in hand on this device."""
    answer = RedirectResponse("/", 303)
    number = text(form, "campaign", 18)
    with context.application.database.reading() as session:
        must_see_campaign(context, session, parse_id(number) or 0)
    _take_in_hand(context, answer, number)
    return answer


def _take_in_hand(context: RequestContext, answer: Response, number: str) -> None:
    secure = context.application.settings.secure_cookies
    answer.set_cookie(
        CAMPAIGN, number, max_age=ONE_YEAR, samesite="lax", secure=secure, httponly=True, path="/"
    )


@dataclass(frozen=True, slots=True)
class CampaignView:
    """A campaign with what it consists of."""

    id: int
    name: str
    area: str
    milestones: Sequence[tuple[str, dt.datetime]]
    households: int
    visited: int
    questions: int
    works: Sequence[str]
    calendar: DateFormatter


def _milestones(campaign: Campaign) -> list[tuple[str, dt.datetime]]:
    """By their day; those of one day in the order of the work."""
    order = {name: place for place, name in enumerate(MILESTONES)}
    rows = sorted(campaign.milestones, key=lambda row: (row.day, order.get(row.name, len(order))))
    return [(translate(MILESTONES.get(row.name, row.name)), milestone_at(campaign, row.name)) for row in rows]


def _views(session: Session, rows: Sequence[Campaign], now: dt.datetime) -> list[CampaignView]:
    numbers = [campaign.id for campaign in rows]
    begun = func.count().filter(Household.status.not_in(("to_visit",)))
    homes = select(Household.campaign_id, func.count(), begun).where(Household.campaign_id.in_(numbers))
    households = {row[0]: row for row in session.execute(homes.group_by(Household.campaign_id))}
    items = Counter(item.campaign_id for item in items_of_campaigns(session, numbers, "H"))
    works = works_of_campaigns(session, numbers)
    places = full_names(session, (campaign.area_code for campaign in rows))
    return [
        CampaignView(
            campaign.id,
            campaign.name if spoken() == "zh" else campaign.name_en,
            places[campaign.area_code],
            _milestones(campaign),
            *households.get(campaign.id, (campaign.id, 0, 0))[1:],
            items[campaign.id],
            [translate(work.name) for work in works if work.campaign_id == campaign.id],
            DateFormatter(campaign.zone, now),
        )
        for campaign in rows
    ]


@router.get("/campaigns/new")
def new(context: RequestContext = Depends(get_context)) -> Response:
    """The form for a new campaign."""
    with context.application.database.reading() as session:
        return _form(context, session, {}, {})


@router.post("/campaigns")
def found(context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)) -> Response:
    """Found it, or show again what was filled in with what is wrong beside it."""
    plan, problems = _read(form)
    try:
        with context.application.database.writing() as session:
            if plan.area not in {area.id for area in _areas(session, context)}:
                plan.area = ""
            for other in (parse_id(plan.checklist), plan.households_from):
                if other is not None:
                    must_see_campaign(context, session, other)
            campaign = create_campaign(context.acting(session), plan)
            if problems:
                raise WrongValues(problems)
    except WrongValues as wrong:
        with context.application.database.reading() as session:
            return _form(context, session, form, {**wrong.problems, **problems})
    answer = RedirectResponse(f"/campaigns/{campaign.id}", 303)
    _take_in_hand(context, answer, str(campaign.id))
    return answer


def _read(form: FormData) -> tuple[CampaignPlan, dict[str, LocalizedText]]:
    problems: dict[str, LocalizedText] = {}

    def day(name: str) -> dt.date | None:
        value = text(form, name, 10)
        try:
            return dt.date.fromisoformat(value) if value else None
        except ValueError:
            problems[name] = LocalizedText("日期应为 年-月-日。", "Give the date as year-month-day.")
            return None

    def whole(name: str) -> int | None:
        value = text(form, name, 9)
        if value and parse_id(value) is None:
            problems[name] = LocalizedText("请填写整数。", "Give a whole number.")
        return parse_id(value) if value else None

    buffer = whole("buffer_days")
    return (
        CampaignPlan(
            name=text(form, "name"),
            name_en=text(form, "name_en"),
            area=text(form, "area", 20),
            days={name: day(name) for name in MILESTONES},
            buffer_days=3 if buffer is None else buffer,
            income_line=whole("income_line"),
            income_from=day("income_from"),
            income_to=day("income_to"),
            checklist=text(form, "checklist", 18) or SHIPPED,
            questions=text(form, "questions", 60_000),
            works=[work for work in form.getlist("works") if isinstance(work, str)],
            households_from=parse_id(text(form, "households_from", 18)),
            zone=text(form, "zone", 60) or HOME.key,
        ),
        problems,
    )


def _form(
    context: RequestContext,
    session: Session,
    typed: Mapping[str, object],
    problems: Mapping[str, LocalizedText],
) -> Response:
    chosen = typed.getlist("works") if isinstance(typed, FormData) else []
    return context.page(
        session,
        "campaign_new.html",
        status=422 if problems else 200,
        typed=typed,
        problems={name: translate(words) for name, words in problems.items()},
        areas=_areas(session, context),
        any_area=session.scalars(select(Area.code).limit(1)).first() is not None,
        milestones=[(name, translate(words)) for name, words in MILESTONES.items()],
        works=_works(chosen),
        others=[OfferedOption(str(campaign.id), _name(campaign)) for campaign in campaigns(session, context)],
        zones=zone_names(),
        zone=typed.get("zone") or local_zone(session).key,
        shipped=SHIPPED,
        own=OWN,
    )


def _name(campaign: Campaign) -> str:
    return campaign.name if spoken() == "zh" else campaign.name_en


def _works(chosen: Sequence[object]) -> list[tuple[Template, bool]]:
    return [(template, template.code in chosen) for template in get_templates()]


def _areas(session: Session, context: RequestContext) -> list[OfferedOption]:
    areas = founding_areas(context, session)
    return [OfferedOption(area.code, "　" * LEVELS.index(area.level) + area.name) for area in areas]


@router.get("/campaigns/{number}")
def show(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """One campaign: its dates, what it asks, and whether it has begun everywhere."""
    return page(context, number)


def page(
    context: RequestContext,
    number: int,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, LocalizedText] | None = None,
) -> Response:
    """The page of a campaign; with what was typed in one of its forms, and what is wrong with it."""
    with context.application.database.reading() as session:
        campaign = must_see_campaign(context, session, number)
        context.go_by(campaign.zone)
        return context.page(
            session,
            "campaign.html",
            status=422 if problems else 200,
            typed=typed or {},
            problems={name: translate(words) for name, words in (problems or {}).items()},
            slow_after=slow_after_days(campaign.settings),
            suspendable=pause.allowed(campaign),
            photo_places=wants_places(campaign),
            statement_workdays=statement_workdays(campaign.settings),
            campaign=_views(session, [campaign], context.calendar.now)[0],
            waiting=len(villages_to_begin(session, campaign)),
            may_change=answers_for(context, session, campaign),
            changes=change_views(
                session, get_reschedulings(session, number), context.application.clock.now()
            ),
            deciders=DECIDERS,
            decider=extension_decider(campaign),
            on_workdays=on_workdays(campaign.settings),
            zone=campaign.zone_name,
            zones=zone_names(),
        )


@router.post("/campaigns/{number}/begin")
def begin(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Start the processes of every village and household that has none yet, in the background."""
    with context.application.database.writing() as session:
        campaign = get_campaign(session, number)
        must_answer_for(context, session, campaign)
        if not villages_to_begin(session, campaign):
            raise NotFound(
                LocalizedText(
                    "没有可以开始的农户，请先导入。", "There is no household to begin with; import some."
                )
            )
        name = LocalizedText(f"启动“{campaign.name}”", f"Begin “{campaign.name_en}”")
        enqueue(context.acting(session), "begin_campaign", name, campaign=campaign.id)
    return RedirectResponse("/jobs", 303)
