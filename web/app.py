"""The application for one house."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import Depends, FastAPI
from fastapi.routing import APIRouter
from starlette.routing import BaseRoute

from engine.clock import Clock, SystemClock
from rectification.evidence import files
from web import assets, refusals, uploads
from web.api import acknowledgements as api_acknowledgements
from web.api import calendars as api_calendars
from web.api import comments as api_comments
from web.api import consultations as api_consultations
from web.api import due_dates as api_due_dates
from web.api import evidence as api_evidence
from web.api import me as api_me
from web.api import processes as api_processes
from web.api import reschedulings as api_reschedulings
from web.api import ticket_acts as api_ticket_acts
from web.api import tickets as api_tickets
from web.api import work_items as api_work_items
from web.gate import gate
from web.health import HealthCheck
from web.house import House
from web.idempotency import answer_once
from web.keeping_answers import KeepAnswers
from web.pages import Pages
from web.routes import (
    accounts,
    acknowledgements,
    board,
    calendar,
    calendars,
    campaign_rules,
    campaigns,
    comments,
    comparing,
    consultations,
    copies,
    criteria,
    definitions,
    deliveries,
    demo,
    deputies,
    desk,
    devices,
    due_dates,
    endings,
    evidence,
    exports,
    health,
    households,
    imports,
    incidents,
    instances,
    jobs,
    language,
    ledger,
    ledger_acts,
    live,
    me,
    messages,
    migrations,
    notices,
    outlets,
    papers,
    people,
    rehearsals,
    reopenings,
    reschedulings,
    sign_in,
    slow_progress,
    suspensions,
    taking_back,
    telling,
    tickets,
    unseen,
    villages,
    visits,
    work,
    works,
    workshop,
)
from web.security.body_limit import BodyLimit
from web.security.headers import SecurityHeaders

ROUTERS: tuple[APIRouter, ...] = (
    *(
        one.router
        for one in (
            sign_in,
            language,
            health,
            assets,
            desk,
            acknowledgements,
            unseen,
            notices,
            live,
            me,
            devices,
            deputies,
            people,
            accounts,
            telling,
            calendar,
            work,
            taking_back,
            consultations,
            evidence,
        )
    ),
    *(
        one.router
        for one in (
            households,
            villages,
            visits,
            ledger,
            ledger_acts,
            tickets,
            comments,
            copies,
            endings,
            slow_progress,
            campaign_rules,
            campaigns,
            reschedulings,
            criteria,
            works,
            reopenings,
            due_dates,
            suspensions,
            instances,
            board,
            calendars,
            jobs,
            papers,
            imports,
            exports,
            incidents,
            deliveries,
            outlets,
            messages,
            comparing,
            definitions,
            migrations,
            rehearsals,
            workshop,
        )
    ),
    *(
        one.router
        for one in (
            api_me,
            api_work_items,
            api_consultations,
            api_tickets,
            api_comments,
            api_ticket_acts,
            api_due_dates,
            api_acknowledgements,
            api_evidence,
            api_processes,
            api_reschedulings,
            api_calendars,
        )
    ),
)
DESCRIPTION = """
What the pages do, for programs. Make a personal token under “My account” and send it as
`Authorization: Bearer htk_…`. A program sees and does what its owner's posts allow.
Every refusal is `{code, message_zh, message_en, problems}`.
"""


def create_app(house: House, *, machine_clock: Clock | None = None) -> FastAPI:
    """The pages and the API of a house; ``machine_clock`` times sessions, for a demo's clock runs ahead."""
    clock = machine_clock or SystemClock()
    app = FastAPI(
        title="Huitoukan 回头看",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        routes=routes_of(house),
        dependencies=[Depends(gate), Depends(answer_once)],
    )
    app.state.house, app.state.machine_clock, app.state.pages = house, clock, _PAGES
    app.state.health = HealthCheck(house, clock)
    refusals.install(app)
    app.add_middleware(KeepAnswers, secure=house.settings.secure_cookies)
    app.add_middleware(BodyLimit, most=files.LARGEST, around=uploads.AROUND, larger=uploads.LARGER)
    app.add_middleware(SecurityHeaders, secure=house.settings.secure_cookies)
    return app


def routes_of(house: House) -> list[BaseRoute]:
    """The routes of this house; only a demo has a clock to push."""
    return [*_ROUTES, *_DEMOS_OWN] if house.demo_clock is not None else [*_ROUTES]


def _guarded(*routers: APIRouter) -> Sequence[BaseRoute]:
    """Composed once for every house of a process: that takes a quarter of a second, when the first one is asked."""
    whole = APIRouter(dependencies=[Depends(gate), Depends(answer_once)])
    for router in routers:
        whole.include_router(router)
    return whole.routes


_PAGES: Final = Pages()
_ROUTES: Final = _guarded(*ROUTERS)
_DEMOS_OWN: Final = _guarded(demo.router)
