"""The application for one installation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import Depends, FastAPI
from fastapi.routing import APIRouter
from starlette.routing import BaseRoute

from engine.clock import Clock, SystemClock
from rectification.evidence import files
from web import errors, uploads
from web.application import Application
from web.idempotency import answer_once
from web.operations import demo_clock
from web.operations.health import HealthCheck
from web.rendering import Pages
from web.routers import ROUTERS
from web.saved_answers import KeepAnswers
from web.security.authenticate import authenticate
from web.security.body_limit import BodyLimit
from web.security.headers import SecurityHeaders

DESCRIPTION = """
What the pages do, for programs. Make a personal token under “My account” and send it as
`Authorization: Bearer htk_…`. A program sees and does what its owner's posts allow.
Every refusal is `{code, message_zh, message_en, problems}`.
"""


def create_app(application: Application, *, machine_clock: Clock | None = None) -> FastAPI:
    """The pages and the API of an installation; ``machine_clock`` times sessions, for a demo's clock runs ahead."""
    clock = machine_clock or SystemClock()
    app = FastAPI(
        title="Huitoukan 回头看",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        routes=routes_of(application),
        dependencies=[Depends(authenticate), Depends(answer_once)],
    )
    app.state.application, app.state.machine_clock, app.state.pages = application, clock, _PAGES
    app.state.health = HealthCheck(application, clock)
    errors.install(app)
    app.add_middleware(KeepAnswers, secure=application.settings.secure_cookies)
    app.add_middleware(BodyLimit, most=files.LARGEST, around=uploads.AROUND, larger=uploads.LARGER)
    app.add_middleware(SecurityHeaders, secure=application.settings.secure_cookies)
    return app


def routes_of(application: Application) -> list[BaseRoute]:
    """The routes of this installation; only a demo has a clock to push."""
    return [*_ROUTES, *_DEMOS_OWN] if application.demo_clock is not None else [*_ROUTES]


def _guarded(*routers: APIRouter) -> Sequence[BaseRoute]:
    """Composed once for every installation of a process: that takes a quarter of a second, when the first one is asked."""
    whole = APIRouter(dependencies=[Depends(authenticate), Depends(answer_once)])
    for router in routers:
        whole.include_router(router)
    return whole.routes


_PAGES: Final = Pages()
_ROUTES: Final = _guarded(*ROUTERS)
_DEMOS_OWN: Final = _guarded(demo_clock.router)
