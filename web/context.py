"""One request, with what a route needs to answer it."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from engine.clock import Clock
from engine.text import Language
from rectification.core.context import ActionContext
from rectification.matters.timezone import HOME
from web.application import Application
from web.current_user import CurrentUser, SignInFirst
from web.dates import DateFormatter
from web.i18n import language_of
from web.layout import get_layout
from web.rendering import Pages


@dataclass(slots=True)
class RequestContext:
    """The installation, the user and the way to answer with a page."""

    request: Request
    application: Application
    pages: Pages
    machine_clock: Clock

    @property
    def user(self) -> CurrentUser:
        """Who asks; routes for everybody use :attr:`guest`."""
        user = self.guest
        if user is None:
            raise SignInFirst
        return user

    @property
    def guest(self) -> CurrentUser | None:
        """Who asks, if anybody is signed in."""
        return getattr(self.request.state, "user", None)

    def acting(self, session: Session) -> ActionContext:
        """The user as they act in this transaction, now, in the zone in which this page's days are meant."""
        return ActionContext(
            session, self.application.engine, self.user.actor, self.application.clock.now(), self.zone
        )

    @property
    def language(self) -> Language:
        """The reader's language."""
        return language_of(self.request)

    @property
    def calendar(self) -> DateFormatter:
        """Says instants in the zone of the campaign at hand, or of that to which the page's subject belongs."""
        return DateFormatter(self.zone, self.application.clock.now())

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this page's days are meant."""
        zone_info: ZoneInfo = getattr(self.request.state, "zone", HOME)
        return zone_info

    def go_by(self, zone: ZoneInfo) -> None:
        """Let the page's days be meant in the zone of the campaign of what it shows."""
        self.request.state.zone = zone

    @property
    def wants_block(self) -> str | None:
        """The block of the page that htmx asked for, when it asked for a part."""
        if self.request.headers.get("hx-request") != "true" or self.request.headers.get(
            "hx-history-restore-request"
        ):
            return None
        return self.request.query_params.get("_block")

    def page(
        self, session: Session | None, template: str, /, *, status: int = 200, **context: object
    ) -> Response:
        """A page in its frame, or only the block that htmx wants."""
        block = self.wants_block
        if block is not None and status == 200:
            return self.pages.block(template, block, self.language, {**context, **self._bare()})
        return self.pages.page(
            template,
            self.language,
            {**context, **self._bare(), **get_layout(self.application, self.guest, session)},
            status=status,
        )

    def _bare(self) -> dict[str, object]:
        return {
            "user": self.guest,
            "calendar": self.calendar,
            "csrf": self.guest.csrf if self.guest else "",
            "here": self.here,
            "answers_post": self.request.method == "POST",
        }

    @property
    def here(self) -> str:
        """The page's own address, for coming back to it."""
        url = self.request.url
        query = "&".join(part for part in url.query.split("&") if not part.startswith("_block"))
        return f"{url.path}?{query}" if query else url.path


def get_context(request: Request) -> RequestContext:
    """The dependency of every page."""
    state = request.app.state
    return RequestContext(request, state.application, state.pages, state.machine_clock)
