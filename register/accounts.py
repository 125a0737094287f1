"""Accounts: closed only when nobody's work is left in front of somebody who can no longer sign in."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from engine.errors import Refusal
from engine.history import record
from engine.words import Words
from engine.world import Actor
from register.hanging import Hanging, hanging
from register.naming_deputies import end_deputies_of_closed
from register.people import person


def close_account(session: Session, actor: Actor, now: dt.datetime, today: dt.date, person_id: int) -> None:
    """Let somebody sign in no more, nor stand in for anybody; whoever stands in for them goes on for those behind them.

    Raises:
        Refusal: work still hangs on them; the sentence says how much.
    """
    hangs = hanging(session, person_id, today)
    if hangs.count or hangs.lonely:
        raise Refusal("work_left", still_open(person(session, person_id).name, hangs))
    person(session, person_id).active = False
    end_deputies_of_closed(session, person_id, actor, now, today)
    record(session, actor, now, "account_closed", f"person:{person_id}")


def still_open(name: str, hangs: Hanging) -> Words:
    """What still hangs on somebody, in a sentence."""
    zh = f"{name}名下还有：工单 {len(hangs.tickets)} 件、农户 {len(hangs.households)} 户、其他事项 {len(hangs.work)} 件"
    zh += f"、无他人担任且有待办的岗位 {len(hangs.lonely)} 个。请先移交工作。"
    en = f"On {name} still hang {len(hangs.tickets)} tickets, {len(hangs.households)} households, {len(hangs.work)}"
    en += f" other pieces of work, and {len(hangs.lonely)} posts with work that nobody else holds. Hand the work over first."
    return Words(zh, en)
