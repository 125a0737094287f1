"""The old problems of a household as pages list them, each with what the re-check found last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from rectification.households.baseline import STATES, baseline_of, latest_checks
from web.dates import DateFormatter
from web.i18n import gettext as _
from web.i18n import translate

_COLOURS: Final = {"fixed": "green", "not_fixed": "red", "slow": "amber"}


@dataclass(frozen=True, slots=True)
class BaselineProblemLine:
    """One old problem; ``state`` is empty until it was checked."""

    item: str
    report: str
    check: str
    state: str
    colour: str
    ticket: int | None


def baseline_problems(session: Session, household: int, calendar: DateFormatter) -> list[BaselineProblemLine]:
    """What was reported of a household before the campaign."""
    rows = baseline_of(session, household)
    checks = latest_checks(session, [row.id for row in rows])
    result = []
    for row in rows:
        text = " · ".join(
            part
            for part in (calendar.day(row.found_on) if row.found_on else "", row.description, row.measure)
            if part
        )
        check = checks.get(row.id)
        if check is None:
            result.append(BaselineProblemLine(row.item, text, "", "", "", None))
            continue
        promised = (
            _("promised for %(day)s") % {"day": calendar.day(check.promised_on)} if check.promised_on else ""
        )
        percent = f"{check.percent}%" if check.percent is not None and check.state != "fixed" else ""
        parts = (percent, check.note or check.reason, check.plan, promised, check.record_number)
        state = translate(STATES[check.state]) if check.state in STATES else check.state
        said_of_it = " · ".join(part for part in parts if part)
        result.append(
            BaselineProblemLine(
                row.item, text, said_of_it, state, _COLOURS.get(check.state, ""), check.ticket_id
            )
        )
    return result
