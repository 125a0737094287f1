"""Campaigns: which there are, which one is at hand, and how an office founds another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import NotFound, WrongValues
from engine.text import Words
from rectification.calendar.deadlines import milestone_at
from rectification.campaigns.catalogue import check_items
from rectification.campaigns.model import MILESTONES, Campaign, campaign
from rectification.core.jobs import ask_for
from rectification.core.keys import number_in
from rectification.escalation.reminders import on_workdays
from rectification.households.model import Household
from rectification.matters import pause
from rectification.matters.photo_places import wants_places
from rectification.matters.timezone import HOME, local_zone, zone_names
from rectification.places.areas import LEVELS, Area, full_name
from rectification.rescheduling.model import reschedulings
from rectification.setup.create_campaign import OWN, SHIPPED, Plan, found_campaign
from rectification.setup.start_village import villages_to_begin
from rectification.tickets.extensions import DECIDERS, extension_decider
from rectification.tickets.slow_progress import slow_after_days, statement_workdays
from rectification.work_streams.model import Template, templates, works
from web.access import opens_to
from web.authority import answers_for, founding_areas, must_answer_for, must_see_campaign
from web.campaigns.rescheduling_views import change_view
from web.context import Asked, asked
from web.cookies import CAMPAIGN
from web.current_campaign import campaign_at_hand, campaigns
from web.dates import Calendar
from web.fields.surroundings import Option
from web.form_data import posted, text
from web.i18n import said, speak, spoken
from web.path_id import Number

router = APIRouter(include_in_schema=False)
ONE_YEAR = 365 * 24 * 3600


@router.get("/campaigns")
def listing(asked: Asked = Depends(asked)) -> Response:
    """Every campaign, the newest first."""
    speak(asked.language)
    with asked.house.database.reading() as session:
        at_hand = campaign_at_hand(session, asked)
        return asked.page(
            session,
            "campaigns.html",
            rows=[_view(session, one, asked.calendar.now) for one in campaigns(session, asked)],
            at_hand=at_hand.id if at_hand else 0,
            may_found=opens_to("POST /campaigns", asked.visitor.roles),
            may_see=opens_to("GET /campaigns/{number}", asked.visitor.roles),
        )


@router.post("/campaigns/choose")
def choose(asked: Asked = Depends(asked), form: FormData = Depends(posted)) -> Response:
    """Take another campaign in hand on this device."""
    answer = RedirectResponse("/", 303)
    number = text(form, "campaign", 18)
    with asked.house.database.reading() as session:
        must_see_campaign(asked, session, number_in(number) or 0)
    _take_in_hand(asked, answer, number)
    return answer


def _take_in_hand(asked: Asked, answer: Response, number: str) -> None:
    secure = asked.house.settings.secure_cookies
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
    calendar: Calendar


def _milestones(one: Campaign) -> list[tuple[str, dt.datetime]]:
    """By their day; those of one day in the order of the work."""
    order = {name: place for place, name in enumerate(MILESTONES)}
    rows = sorted(one.milestones, key=lambda row: (row.day, order.get(row.name, len(order))))
    return [(said(MILESTONES.get(row.name, row.name)), milestone_at(one, row.name)) for row in rows]


def _view(session: Session, one: Campaign, now: dt.datetime) -> CampaignView:
    begun = func.count().filter(Household.status.not_in(("to_visit",)))
    total, done = session.execute(select(func.count(), begun).where(Household.campaign_id == one.id)).one()
    return CampaignView(
        one.id,
        one.name if spoken() == "zh" else one.name_en,
        full_name(session, one.area_code),
        _milestones(one),
        total,
        done,
        len(check_items(session, one.id, "H")),
        [said(what.name) for what in works(session, one.id)],
        Calendar(one.zone, now),
    )


@router.get("/campaigns/new")
def new(asked: Asked = Depends(asked)) -> Response:
    """The form for a new campaign."""
    with asked.house.database.reading() as session:
        return _form(asked, session, {}, {})


@router.post("/campaigns")
def found(asked: Asked = Depends(asked), form: FormData = Depends(posted)) -> Response:
    """Found it, or show again what was filled in with what is wrong beside it."""
    plan, problems = _read(form)
    try:
        with asked.house.database.writing() as session:
            if plan.area not in {one.id for one in _areas(session, asked)}:
                plan.area = ""
            for other in (number_in(plan.checklist), plan.households_from):
                if other is not None:
                    must_see_campaign(asked, session, other)
            one = found_campaign(session, asked.house.engine, plan, asked.visitor.actor, asked.calendar.today)
            if problems:
                raise WrongValues(problems)
    except WrongValues as wrong:
        with asked.house.database.reading() as session:
            return _form(asked, session, form, {**wrong.problems, **problems})
    answer = RedirectResponse(f"/campaigns/{one.id}", 303)
    _take_in_hand(asked, answer, str(one.id))
    return answer


def _read(form: FormData) -> tuple[Plan, dict[str, Words]]:
    problems: dict[str, Words] = {}

    def day(name: str) -> dt.date | None:
        given = text(form, name, 10)
        try:
            return dt.date.fromisoformat(given) if given else None
        except ValueError:
            problems[name] = Words("日期应为 年-月-日。", "Give the date as year-month-day.")
            return None

    def whole(name: str) -> int | None:
        given = text(form, name, 9)
        if given and number_in(given) is None:
            problems[name] = Words("请填写整数。", "Give a whole number.")
        return number_in(given) if given else None

    buffer = whole("buffer_days")
    return (
        Plan(
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
            works=[one for one in form.getlist("works") if isinstance(one, str)],
            households_from=number_in(text(form, "households_from", 18)),
            zone=text(form, "zone", 60) or HOME.key,
        ),
        problems,
    )


def _form(
    asked: Asked, session: Session, typed: Mapping[str, Any], problems: Mapping[str, Words]
) -> Response:
    speak(asked.language)
    chosen = typed.getlist("works") if isinstance(typed, FormData) else []
    return asked.page(
        session,
        "campaign_new.html",
        status=422 if problems else 200,
        typed=typed,
        problems={name: said(words) for name, words in problems.items()},
        areas=_areas(session, asked),
        any_area=session.scalars(select(Area.code).limit(1)).first() is not None,
        milestones=[(name, said(words)) for name, words in MILESTONES.items()],
        works=_works(chosen),
        others=[Option(str(one.id), _name(one)) for one in campaigns(session, asked)],
        zones=zone_names(),
        zone=typed.get("zone") or local_zone(session).key,
        shipped=SHIPPED,
        own=OWN,
    )


def _name(one: Campaign) -> str:
    return one.name if spoken() == "zh" else one.name_en


def _works(chosen: Sequence[object]) -> list[tuple[Template, bool]]:
    return [(one, one.code in chosen) for one in templates()]


def _areas(session: Session, asked: Asked) -> list[Option]:
    found = founding_areas(asked, session)
    return [Option(one.code, "　" * LEVELS.index(one.level) + one.name) for one in found]


@router.get("/campaigns/{number}")
def show(number: Number, asked: Asked = Depends(asked)) -> Response:
    """One campaign: its dates, what it asks, and whether it has begun everywhere."""
    return page(asked, number)


def page(
    asked: Asked,
    number: int,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, Words] | None = None,
) -> Response:
    """The page of a campaign; with what was typed in one of its forms, and what is wrong with it."""
    speak(asked.language)
    with asked.house.database.reading() as session:
        one = must_see_campaign(asked, session, number)
        asked.go_by(one.zone)
        return asked.page(
            session,
            "campaign.html",
            status=422 if problems else 200,
            typed=typed or {},
            problems={name: said(words) for name, words in (problems or {}).items()},
            slow_after=slow_after_days(one.settings),
            suspendable=pause.allowed(one),
            photo_places=wants_places(one),
            statement_workdays=statement_workdays(one.settings),
            campaign=_view(session, one, asked.calendar.now),
            waiting=len(villages_to_begin(session, one)),
            may_change=answers_for(asked, session, one),
            changes=[
                change_view(session, row, asked.house.clock.now()) for row in reschedulings(session, number)
            ],
            deciders=DECIDERS,
            decider=extension_decider(one),
            on_workdays=on_workdays(one.settings),
            zone=one.zone_name,
            zones=zone_names(),
        )


@router.post("/campaigns/{number}/begin")
def begin(number: Number, asked: Asked = Depends(asked)) -> Response:
    """Start the processes of every village and household that has none yet, in the background."""
    with asked.house.database.writing() as session:
        one = campaign(session, number)
        must_answer_for(asked, session, one)
        if not villages_to_begin(session, one):
            raise NotFound(
                Words("没有可以开始的农户，请先导入。", "There is no household to begin with; import some.")
            )
        name = Words(f"启动“{one.name}”", f"Begin “{one.name_en}”")
        ask_for(
            session, "begin_campaign", name, asked.visitor.person, asked.house.clock.now(), campaign=one.id
        )
    return RedirectResponse("/jobs", 303)
