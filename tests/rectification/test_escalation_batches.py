"""Batches: told page after page, and whoever goes on after a death begins where the last page ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from notifications.notices import Delivery, Notice
from notifications.outbox import NotificationRequest, notify_many
from rectification.escalation import digests
from rectification.escalation.digests import notice_key
from rectification.escalation.policy import EscalationStep
from tests.rectification.campaign import SmallCampaign, local
from tests.rectification.test_escalation import due_on_the_12th


class Died(Exception):
    """The process is gone."""


def test_who_dies_after_a_page_is_followed_by_the_next_page(
    small: SmallCampaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_on_the_12th(small)
    small.clock.push_to(local(18))
    pages: list[list[int]] = []

    def one_page(session: Any, rows: Sequence[NotificationRequest], now: Any) -> int:
        """Each life tells one page and dies while it writes the next."""
        if len(pages) > lives:
            notify_many(session, rows, now)
            raise Died
        pages.append([row.person_id for row in rows])
        return notify_many(session, rows, now)

    monkeypatch.setattr(digests, "AT_ONCE", 1)
    monkeypatch.setattr(digests, "notify_many", one_page)
    lives = 0
    while lives < 20:
        try:
            small.work()
            break
        except Died:
            lives += 1
    assert lives == len(pages) - 1 > 3
    assert [page[0] for page in pages] == sorted({page[0] for page in pages}), "nobody is told in two pages"
    with small.database.reading() as session:
        owed = set(session.scalars(select(notice_key()).where(EscalationStep.person_id.is_not(None))))
        told = list(session.scalars(select(Notice.dedupe).where(Notice.dedupe.like("escalation:%"))))
        mails = session.scalars(
            select(Notice.dedupe)
            .join(Delivery, Delivery.notice_id == Notice.id)
            .where(Notice.dedupe.in_(told))
        )
        assert sorted(map(str, told)) == sorted(map(str, owed))
        assert sorted(map(str, mails)) == sorted(map(str, owed))
