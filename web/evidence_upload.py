"""A photo or paper on its way in: may it be sent, is it what it says, and only then a transaction.

A picture takes seconds to decode. It waits its turn without a thread of the server and without the writers' turn: what
others do meanwhile is not held up.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from functools import partial
from typing import Final

from starlette.concurrency import run_in_threadpool

from engine.errors import WrongValues
from engine.text import LocalizedText
from rectification.access.acting_for import acting_for
from rectification.evidence.files import CheckedFile, check_file, is_paper
from rectification.evidence.model import Evidence, keep_evidence
from rectification.matters.photo_places import photo_places_about
from web.context import RequestContext
from web.guards import send_key

DAMAGED: Final = LocalizedText(
    "文件在传输中损坏，请重新添加。", "The file was damaged on its way; please add it again."
)


async def keep_sent(
    context: RequestContext,
    data: bytes,
    *,
    name: str,
    about: str,
    sha256: str | None = None,
    consents_to_place: bool = False,
) -> Evidence:
    """Keep one file about what a business key names; ``sha256`` is what its sender has worked out.

    Raises:
        NotFound: the asker may not send anything about it.
        WrongValues: with a sentence about the file.
    """
    wants_place = await run_in_threadpool(_allowed, context, about) and consents_to_place
    if sha256 is not None and sha256 != hashlib.sha256(data).hexdigest():
        raise WrongValues({"evidence": DAMAGED})
    check = partial(
        check_file, context.application.settings.data_dir, data, name[:200], wants_place=wants_place
    )
    if is_paper(data):
        checked = await run_in_threadpool(check)
    else:
        checked = await asyncio.wrap_future(context.application.pictures.submit(check))
    return await run_in_threadpool(_keep, context, checked, about)


def _allowed(context: RequestContext, about: str) -> bool:
    """Whether the place is wanted where the file may be sent."""
    with context.application.database.reading() as session:
        send_key(session, context, about)
        return photo_places_about(session, about)


def _keep(context: RequestContext, checked: CheckedFile, about: str) -> Evidence:
    with context.application.database.writing() as session:
        send_key(session, context, about)
        other = acting_for(session, context.user.person, about, context.calendar.today)
        acting = context.acting(session).acting_as(replace(context.user.actor, on_behalf_of=other))
        return keep_evidence(acting, checked, about=about)
