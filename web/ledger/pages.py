"""The ledger: every ticket of my scope in one table, its filters, its columns, and acts on many at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from rectification.ledger.columns import COLUMNS
from rectification.ledger.filters import Filters, Sort
from rectification.ledger.pages import Figure, LedgerFigures, LedgerPage, count, figures, page
from rectification.ledger.saved_filters import (
    choose_columns,
    circles,
    columns_of,
    forget_filter,
    get_saved_filter,
    get_saved_filters,
    save_filter,
)
from rectification.people.roles import ROLES
from rectification.people.scopes import owner_with
from rectification.tickets.bulk import MOST, acts_of
from rectification.tickets.nudges import may_nudge
from web.context import RequestContext, get_context
from web.current_campaign import get_current_campaign_id
from web.form_data import get_form, text
from web.history.formatter import HistoryFormatter
from web.i18n import translate
from web.ledger.form_columns import fields_of, latest_values, more_columns
from web.ledger.views import (
    FIXED,
    USUAL,
    CodeNames,
    LedgerRow,
    condition_for,
    headers,
    in_place_of,
    liner,
    newest_first,
    number_header,
    path_to,
)
from web.pagination import read_cursor, write_cursor
from web.path_id import LARGEST, PathId

router = APIRouter(include_in_schema=False)
PAGE: Final = 40


@router.get("/tickets")
def listing(
    after: str | None = None, add: str = "", filter: int = 0, context: RequestContext = Depends(get_context)
) -> Response:
    """The ledger of what I may see."""
    filters = Filters.read(context.request.query_params.multi_items())
    if any(not value for _name, value in context.request.query_params.multi_items()):
        return RedirectResponse(path_to(filters), 303)
    with context.application.database.reading() as session:
        reader = owner_with(session, context.user.person, ROLES, context.calendar.today)
        fields = fields_of(context.application.engine, session, reader)
        codes = CodeNames(session, context.calendar, fields, get_current_campaign_id(session, context))
        if add in COLUMNS and context.wants_block == "condition":
            return context.page(session, "tickets.html", condition=condition_for(codes, add, filters))
        return context.page(
            session, "tickets.html", **_context(context, session, codes, filters, after, add, filter)
        )


def _context(
    context: RequestContext,
    session: Session,
    codes: CodeNames,
    filters: Filters,
    after: str | None,
    add: str,
    opened: int,
) -> dict[str, Any]:
    person, now, today = context.user.person, context.application.clock.now(), context.calendar.today
    filters = replace(filters, campaign=codes.campaign)
    mine = get_saved_filters(session, person, today)
    kept = next((saved.columns for saved in mine if saved.id == opened and saved.columns), None)
    more = more_columns(codes.fields)
    chosen = kept or columns_of(session, person, USUAL)
    names = [name for name in chosen if name in more or (name in COLUMNS and name not in FIXED)]
    ledger_page = page(session, person, now, filters, _cursor(filters, after), PAGE)
    values: dict[str, Any] = {
        "lines": _lines(session, codes, names, ledger_page),
        "next": _next(filters, ledger_page, opened),
        "goes_on": after is not None,
        "headers": headers(names, filters, more),
        "filters": filters,
    }
    if context.wants_block == "lines":
        return values
    ledger_figures = figures(session, person, now, filters)
    return {
        **values,
        "counts": ledger_figures,
        "tiles": {
            state: in_place_of(filters, "state", state) for state in ("open", "overdue", "hung", "closed")
        },
        "by_status": [
            (status, ledger_figures.of(status), in_place_of(filters, "status", status))
            for status in _statuses(ledger_figures)
        ],
        "total": _total(session, person, now, filters, ledger_figures),
        "first": number_header(filters),
        "newest": newest_first(filters) if filters.sort is not Sort.NEWEST else "",
        "chips": codes.chips(filters),
        "columns": [(column, translate(COLUMNS[column].words)) for column in COLUMNS],
        "choosable": [(column, translate(COLUMNS[column].words)) for column in COLUMNS if column not in FIXED]
        + [(element, translate(field.label)) for element, field in more.items()],
        "chosen": names,
        "saved": [(saved, saved.person_id == person) for saved in mine],
        "opened": opened,
        "circles": [(circle, translate(words)) for circle, words in circles(session, person, today).items()],
        "condition": condition_for(codes, add, filters) if add in COLUMNS else None,
        "may_nudge": may_nudge(context.user.roles),
        "acts": acts_of(context.user.roles),
        "most": MOST,
    }


def _lines(
    session: Session, codes: CodeNames, names: Sequence[str], ledger_page: LedgerPage
) -> list[LedgerRow]:
    result = {name: field for name, field in more_columns(codes.fields).items() if name in names}
    filled = latest_values(
        session, [row.id for row in ledger_page.rows], result, HistoryFormatter(session, codes.calendar)
    )
    maker = liner(codes, names, filled)
    return [maker.line(row) for row in ledger_page.rows]


def _statuses(ledger_figures: LedgerFigures) -> list[str]:
    return sorted(
        (status for status in ledger_figures.by_status if status),
        key=lambda status: -ledger_figures.of(status).number,
    )


def _total(
    session: Session, person: int, now: dt.datetime, filters: Filters, ledger_figures: LedgerFigures
) -> Figure:
    values = {name for name, _value in filters.pairs if name in ("state", "status")}
    if not values:
        every = [figure.number for figure in ledger_figures.by_status.values()]
        return Figure(sum(every), ledger_figures.open.more)
    return count(session, person, now, filters)


def _cursor(filters: Filters, cursor: str | None) -> tuple[Any, int] | None:
    match read_cursor(cursor):
        case [value, int(number)] if 0 <= number <= LARGEST:
            try:
                return _value(filters.sort, value), number
            except (TypeError, ValueError):
                return None
    return None


def _value(sort: Sort, value: Any) -> Any:
    if value is None or sort is Sort.NEWEST:
        return value
    if sort is Sort.FOUND:
        return dt.date.fromisoformat(value)
    if sort in (Sort.DUE, Sort.CLOSED):
        at = dt.datetime.fromisoformat(value)
        return at if at.tzinfo else None
    return str(value)


def _next(filters: Filters, ledger_page: LedgerPage, opened: int) -> str | None:
    if ledger_page.after is None:
        return None
    value, number = ledger_page.after
    at = value.isoformat() if isinstance(value, dt.date) else value
    more = [("filter", str(opened))] if opened else []
    return "/tickets?" + urlencode(
        [*filters.pairs, *filters.order, *more, ("after", write_cursor(at, number))]
    )


@router.post("/tickets/columns")
def columns(context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)) -> Response:
    """Choose my columns."""
    chosen = [str(value)[:100] for value in form.getlist("column")][:60]
    with context.application.database.writing() as session:
        choose_columns(session, context.user.person, chosen or USUAL)
    return RedirectResponse(path_to(Filters.from_query(text(form, "query", 8000))), 303)


@router.post("/tickets/filters")
def save(context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)) -> Response:
    """Keep the filter that I look at."""
    query = text(form, "query", 8000)
    with context.application.database.writing() as session:
        kept = columns_of(session, context.user.person, ()) if form.get("with_columns") else ()
        row = save_filter(
            context.acting(session),
            name=text(form, "name", 60),
            query=query,
            shared_to=text(form, "shared_to", 40),
            columns=kept,
        )
        return RedirectResponse(_path_of(row.query, row.id), 303)


def _path_of(query: str, number: int) -> str:
    return f"/tickets?{query}{'&' if query else ''}filter={number}"


@router.get("/tickets/filters/{number}")
def open_filter(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Open a filter that I kept or that somebody shares with me."""
    with context.application.database.reading() as session:
        row = get_saved_filter(session, context.user.person, number, context.calendar.today)
        return RedirectResponse(_path_of(row.query, row.id), 303)


@router.post("/tickets/filters/{number}/delete")
def forget(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Delete one of my filters."""
    with context.application.database.writing() as session:
        forget_filter(context.acting(session), number)
    return RedirectResponse("/tickets", 303)
