"""Sending again what an operator has seen fail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, aliased

from notifications.endpoints import Endpoint
from notifications.notices import Delivery, Notice, readers

STILL_THERE: Final = or_(Delivery.endpoint_id.is_(None), Endpoint.active)
"""Of a delivery and its endpoint, if it has one: where it goes was not taken away meanwhile."""


def resend(session: Session, numbers: Collection[int], now: dt.datetime) -> int:
    """Queue deliveries anew with whatever travelled in the same message, to the address their reader has now.

    The Message-ID stays: who did receive it is not told twice. Nothing goes to an endpoint or device that was taken away.
    Returns how many go again.
    """
    other = aliased(Delivery)
    together = select(other.message_id).where(other.id.in_(numbers), other.message_id.is_not(None))
    chosen = or_(Delivery.id.in_(numbers), Delivery.message_id.in_(together))
    query = select(Delivery.id).outerjoin(Endpoint).where(chosen, STILL_THERE, Delivery.state != "queued")
    again = list(session.scalars(query))
    present = (
        select(readers.c.email)
        .join(Notice, Notice.person_id == readers.c.id)
        .where(Notice.id == Delivery.notice_id)
        .scalar_subquery()
    )
    mails = update(Delivery).where(Delivery.id.in_(again), Delivery.channel == "mail", present.is_not(None))
    session.execute(mails.values(address=present).execution_options(synchronize_session=False))
    anew = update(Delivery).where(Delivery.id.in_(again))
    session.execute(anew.values(state="queued", attempts=0, next_try_at=now, sent_at=None))
    return len(again)
