"""Renders pages: one Jinja environment, the frame around every page, and fragments for lists that grow."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2_fragments import render_block
from starlette.responses import HTMLResponse

from engine.text import Language
from web import i18n, labels
from web.access import opens_to
from web.assets import address_of
from web.fields.view import anchor_of
from web.idempotency import new_key
from web.uploads import MOST_MB

_HERE = Path(__file__).parent
TEMPLATE_FOLDERS: Final = (_HERE / "templates", *sorted(_HERE.glob("*/templates")))
"""What features share, and each feature's own; no name stands in two of them."""


@cache
def _environment() -> Environment:
    """The templates with the words, marks and icons that all of them use; each is compiled once in a process."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE_FOLDERS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    install: Callable[..., None] = environment.install_gettext_callables  # type: ignore[attr-defined]
    install(i18n.gettext, i18n.ngettext, newstyle=True)
    environment.globals.update(
        asset=address_of,
        icon=labels.icon,
        current=labels.current,
        status_words=labels.status_words,
        status_colour=labels.status_colour,
        process_words=labels.process_words,
        group_words=labels.group_words,
        role_words=labels.role_words,
        actor_words=labels.actor_words,
        anchor_of=anchor_of,
        new_key=new_key,
        most_mb=MOST_MB,
        opens_to=opens_to,
    )
    environment.filters["translate"] = i18n.translate
    return environment


class Pages:
    """Renders pages and blocks of them."""

    def __init__(self) -> None:
        self.environment = _environment()

    def page(
        self, name: str, spoken: Language, context: dict[str, object], *, status: int = 200
    ) -> HTMLResponse:
        """A whole page."""
        i18n.use_language(spoken)
        text = self.environment.get_template(name).render(language=spoken, **context)
        return HTMLResponse(text, status)

    def block(self, name: str, block: str, spoken: Language, context: dict[str, object]) -> HTMLResponse:
        """One block of a page, for htmx."""
        i18n.use_language(spoken)
        return HTMLResponse(render_block(self.environment, name, block, language=spoken, **context))
