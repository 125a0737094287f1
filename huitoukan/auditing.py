"""Verifying an installation (审计核验): the audit chain, the copy outside, and what people work with against the history."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from engine.audit import chain
from engine.audit.chain import MOST_FAULTS, ChainVerdict
from engine.database import Database
from engine.outages import first_line
from engine.text import LocalizedText
from rectification.audit import compare

_AGAIN_AFTER: Final = 3
"""Seconds after which a fault is looked at again: a server may have been about to seal a row, or to write a seal outside."""


def verify(database: Database, data_dir: Path, anchor: Path) -> ChainVerdict:
    """Verify chain, copy, evidence, tickets, lists and results. What cannot be read is a fault like any other."""
    verdict = _look(database, data_dir, anchor)
    if verdict.faults:
        time.sleep(_AGAIN_AFTER)
        verdict = _look(database, data_dir, anchor)
    return verdict


def _look(database: Database, data_dir: Path, anchor: Path) -> ChainVerdict:
    with database.reading() as session:
        return verify_session(session, data_dir, anchor)


def verify_session(session: Session, data_dir: Path, anchor: Path) -> ChainVerdict:
    """The same in a transaction of the caller's, once."""
    verdict = ChainVerdict(0, "")
    try:
        verdict = chain.verify(session, anchor)
        room = MOST_FAULTS - len(verdict.faults)
        result = [fault for fault, _ in zip(compare.compare(session, data_dir), range(room), strict=False)]
    except (SQLAlchemyError, ValueError, TypeError, LookupError) as fault:
        session.rollback()
        line = first_line(fault)
        result = [
            LocalizedText(
                f"核验没有做完：数据库里有读不出的内容（{line}）。",
                f"The verification could not be completed: something in the database cannot be read ({line}).",
            )
        ]
    return replace(verdict, faults=(*verdict.faults, *result))
