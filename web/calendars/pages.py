"""Working calendars: which days of a year are worked in an area, and changing that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Depends, Form
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from engine.text import LocalizedText
from rectification.access.jurisdiction import areas_around
from rectification.calendar.holidays import EVERYWHERE, KINDS, Day, announced
from rectification.campaigns.model import get_campaign
from rectification.imports.workbooks import UnreadableSheet
from rectification.people.model import get_person, names_of
from rectification.rescheduling.calendar import (
    YEARS,
    CalendarChange,
    apply,
    ask,
    calendars_of,
    change,
    changes_of,
    days_in,
    drop,
    look_again,
    what_follows,
)
from rectification.rescheduling.model import outdated
from web.authority import must_keep, must_see_calendar
from web.calendars.views import area_names, changed_days, year_view
from web.campaigns.rescheduling_views import report_view, under_way
from web.context import RequestContext, get_context
from web.form_data import Line, SentFile, form_router, sent_file, trimmed
from web.i18n import spoken, translate
from web.path_id import PathId

router = form_router()
_DAY = dt.timedelta(days=1)


class DaysForm(BaseModel):
    """Days and what they are, why, and the year that the page shows."""

    first: Line = ""
    last: Line = ""
    """Empty: that one day."""
    kind: Line = ""
    name: Line = ""
    reason: Line = ""
    year: Line = ""


class AnnouncedForm(BaseModel):
    """The year whose announcement is taken over."""

    year: Annotated[str, trimmed(4)] = ""


@router.get("/calendars")
def show(area: str = "", year: str = "", context: RequestContext = Depends(get_context)) -> Response:
    """A year of a calendar; without an area that of my office."""
    return _page(context, area, year)


def _page(context: RequestContext, area: str, year: str, **more: Any) -> Response:
    with context.application.database.reading() as session:
        today, me = context.calendar.today, context.user.person
        mine = calendars_of(session, me, today)
        names = area_names(session, {*areas_around(session, me, today), *mine})
        if area and area not in names:
            must_see_calendar(context, session, area)
            names |= area_names(session, {area})
        chosen = area or next((area for area in mine if area != EVERYWHERE), EVERYWHERE)
        chosen_year = int(year) if year.isdecimal() and YEARS[0] <= int(year) <= YEARS[1] else today.year
        values = {"problems": {}, "typed": DaysForm().model_dump(), **more}
        return context.page(
            session,
            "calendars.html",
            area=chosen,
            areas=names,
            shown=year_view(session, chosen, chosen_year),
            years=YEARS,
            may_change=chosen in mine,
            kinds=KINDS,
            changes=_changes(session, chosen),
            **values,
        )


def _changes(session: Session, area: str) -> list[tuple[CalendarChange, str]]:
    """The changes of a calendar, each with who asked for it."""
    changes = changes_of(session, area)
    names = names_of(session, (change.asked_by_id for change in changes))
    return [(change, names[change.asked_by_id]) for change in changes]


@router.post("/calendars/{area}/days")
def change_days(
    area: str, form: Annotated[DaysForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Ask what it would move if these days were off, worked, or as the calendar above says."""
    _must_keep(context, area)
    try:
        days = list(_typed_days(form))
        return _ask(context, area, days, form.reason)
    except WrongValues as wrong:
        problems = {name: translate(words) for name, words in wrong.problems.items()}
        return _page(context, area, form.year, status=422, typed=form.model_dump(), problems=problems)


def _typed_days(form: DaysForm) -> Iterable[Day]:
    try:
        first = dt.date.fromisoformat(form.first)
        last = dt.date.fromisoformat(form.last or form.first)
    except ValueError:
        words = LocalizedText("日期应为 年-月-日。", "Give the date as year-month-day.")
        raise WrongValues({"days": words}) from None
    if not first <= last <= first + 60 * _DAY:
        words = LocalizedText(
            "结束日期应在开始之后 60 天之内。", "The last day must lie within 60 days after the first."
        )
        raise WrongValues({"days": words})
    if form.kind not in ("", *KINDS):
        raise WrongValues({"kind": LocalizedText("请选择安排。", "Choose what these days are.")})
    kind = form.kind or None
    for place in range((last - first).days + 1):
        yield Day(first + place * _DAY, kind, form.name[:200] if kind else "")


@router.post("/calendars/{area}/announced")
def take_over(
    area: str, form: Annotated[AnnouncedForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Ask what it would move if the calendar said of a year what was announced."""
    _must_keep(context, area)
    days = announced(int(form.year)) if form.year.isdecimal() else []
    reason = LocalizedText(f"按国务院公布的{form.year}年放假安排", f"As announced for {form.year}")
    try:
        return _ask(context, area, days, reason.in_language(context.language))
    except WrongValues as wrong:
        problems = {name: translate(words) for name, words in wrong.problems.items()}
        return _page(context, area, form.year, status=422, problems=problems)


@router.post("/calendars/{area}/file")
def from_file(
    area: str, context: RequestContext = Depends(get_context), file: SentFile | None = Depends(sent_file)
) -> Response:
    """Ask what it would move if the calendar said what a file says."""
    _must_keep(context, area)
    try:
        if file is None:
            raise UnreadableSheet("请选择文件。", "Choose a file.")
        days = days_in(file.data)
        reason = LocalizedText(f"按文件“{file.name}”", f"As the file “{file.name}” says")
        return _ask(context, area, days, reason.in_language(context.language))
    except UnreadableSheet as wrong:
        return _page(context, area, "", status=422, problems={"file": translate(wrong.words)})
    except WrongValues as wrong:
        problem = translate(next(iter(wrong.problems.values())))
        return _page(context, area, "", status=422, problems={"file": problem})


def _must_keep(context: RequestContext, area: str) -> None:
    """Raise before anything that was typed is judged; what follows is said in the user's language."""
    with context.application.database.reading() as session:
        must_keep(context, session, area)


def _ask(context: RequestContext, area: str, days: list[Day], reason: str) -> Response:
    with context.application.database.writing() as session:
        must_keep(context, session, area)
        number = ask(context.acting(session), area, days, reason).id
    return RedirectResponse(f"/calendar-changes/{number}", 303)


@router.get("/calendar-changes/{number}")
def one_change(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """One change: the days, and what would move or has moved in each campaign."""
    with context.application.database.reading() as session:
        row = _mine(context, session, number)
        follows = what_follows(session, number)
        old = outdated(session, follows, context.application.clock.now())
        following = []
        for what_follow in follows:
            campaign = get_campaign(session, what_follow.campaign_id)
            name = campaign.name if spoken() == "zh" else campaign.name_en
            following.append((what_follow, name, report_view(what_follow), under_way(session, what_follow)))
        return context.page(
            session,
            "calendar_change.html",
            change=row,
            area=area_names(session, {row.area})[row.area],
            author=get_person(session, row.applied_by_id or row.asked_by_id).name,
            days=changed_days(session, row),
            following=following,
            failed=any(under.failure for _one, _name, _report, under in following),
            busy=any(under.busy for _one, _name, _report, under in following),
            outdated=bool(old),
            ready=row.state == "open"
            and all(rescheduling.state == "ready" for rescheduling, *_rest in following),
        )


@router.post("/calendar-changes/{number}/application")
def application(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Change the calendar, and move what hangs on it."""
    with context.application.database.writing() as session:
        _mine(context, session, number)
        apply(context.acting(session), number)
    return RedirectResponse(f"/calendar-changes/{number}", 303)


@router.post("/calendar-changes/{number}/look")
def again(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Work out anew what would move."""
    with context.application.database.writing() as session:
        _mine(context, session, number)
        look_again(context.acting(session), number)
    return RedirectResponse(f"/calendar-changes/{number}", 303)


@router.post("/calendar-changes/{number}/drop")
def let_be(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Leave the calendar as it is."""
    with context.application.database.writing() as session:
        row = _mine(context, session, number)
        drop(session, number)
    return RedirectResponse(f"/calendars?area={row.area}", 303)


def _mine(context: RequestContext, session: Session, number: int) -> CalendarChange:
    row = change(session, number)
    must_keep(context, session, row.area)
    return row
