"""What the history wrote down, in words: values of forms and the facts that handlers left."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from engine.forms.fields import Field
from engine.forms.form import Form
from engine.text import LocalizedText
from rectification.households.model import head_names
from rectification.papers.kinds import KINDS
from rectification.people.model import names_of
from rectification.places.areas import area_names
from rectification.places.units import unit_names
from rectification.tickets.closures import CLOSE_TYPES
from web.dates import DateFormatter
from web.i18n import gettext as _
from web.i18n import ngettext, translate
from web.labels import status_words

Facts = list[tuple[str, str]]
LABELS: Final[dict[str, LocalizedText]] = {
    "item": LocalizedText("检查项", "Check item"),
    "number": LocalizedText("编号", "Number"),
    "lines": LocalizedText("问题条数", "Lines"),
    "unit": LocalizedText("责任单位", "Responsible unit"),
    "person": LocalizedText("责任人", "Responsible person"),
    "due_at": LocalizedText("整改时限", "Due"),
    "review_date": LocalizedText("复查日期", "Review on"),
    "result": LocalizedText("复核结论", "Finding"),
    "told": LocalizedText("已告知", "Told"),
    "mentioned": LocalizedText("点名", "Mentioned"),
    "attached": LocalizedText("附件数", "Files"),
    "households": LocalizedText("未入户数", "Households not visited"),
    "close_type": LocalizedText("销号方式", "Closed as"),
    "percent": LocalizedText("完成进度", "Progress"),
    "promised_on": LocalizedText("承诺完成日期", "Promised by"),
    "days": LocalizedText("未更新天数", "Days without an update"),
    "status": LocalizedText("状态", "Status"),
    "dates": LocalizedText("期限", "Dates"),
    "paper": LocalizedText("文书", "Paper"),
}
RESULTS: Final[dict[str, LocalizedText]] = {
    "fixed": LocalizedText("已整改到位", "Fixed"),
    "not_fixed": LocalizedText("尚未整改到位", "Not fixed yet"),
    "not_true": LocalizedText("核实不属实", "Found not true"),
}
NOTHING: Final = "—"
"""How a value that was left empty is shown."""

NAMED: Final = ("person", "unit", "area", "household")
"""Types of fields whose values are the numbers of something that has a name."""

TEXTS: Final = ("text", "demand", "note")
"""What people wrote, shown as it stands."""


@dataclass(frozen=True, slots=True)
class HistoryFormatter:
    """Says recorded values to one reader."""

    session: Session
    calendar: DateFormatter

    def learn(self, named: Iterable[tuple[str, Any]]) -> None:
        """Read what these are called, each with its kind, together, before they are said one by one."""
        keys: dict[str, set[Any]] = defaultdict(set)
        for kind, value in named:
            keys[kind].add(str(value) if kind == "area" else _whole(value))
        names_of(self.session, keys["person"])
        unit_names(self.session, keys["unit"])
        area_names(self.session, keys["area"])
        head_names(self.session, keys["household"])

    def values(self, form: Form, values: Mapping[str, Any]) -> Facts:
        """The values of a form with their labels; what the form does not know stays unsaid."""
        fields = {field.id: field for field in form.fields}
        return [
            (translate(fields[name].label), self.value(fields[name], value))
            for name, value in values.items()
            if name in fields
        ]

    def details(self, detail: Mapping[str, Any]) -> Facts:
        """The facts that a handler left, those that mean something to a reader."""
        result = [
            (translate(LABELS[name]), self._detail(name, value))
            for name, value in detail.items()
            if name in LABELS and value not in (None, [], "", 0)
        ]
        after = detail.get("after")
        return result + (self.details(after) if isinstance(after, dict) else [])

    def text(self, detail: Mapping[str, Any]) -> str:
        """What somebody wrote in their own words."""
        return next((str(detail[text_]) for text_ in TEXTS if detail.get(text_)), "")

    def value(self, field: Field, value: Any) -> str:
        """One value: options by their labels, people and places by their names, ticks as yes and no."""
        if value is None or value == []:
            return NOTHING
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(value, dict) or field.type == "table":
            return ngettext("%(num)s item", "%(num)s items", len(value)) % {"num": len(value)}
        if field.type in ("photo", "file"):
            files = len(value) if isinstance(value, list) else 1
            return ngettext("%(num)s file", "%(num)s files", files) % {"num": files}
        if isinstance(value, list):
            return _(", ").join(self.value(field, item) for item in value)
        labels = {str(option.id): translate(option.label) for option in field.options}
        return labels.get(str(value)) or self._typed(field.type, value)

    def _typed(self, kind: str, value: Any) -> str:
        reader = {"date": self._day, "datetime": self._due, "person": self._person, "unit": self._unit}
        more: dict[str, Callable[[Any], str]] = {
            "area": self._area,
            "household": self._household,
            "yes_no_na": _answer,
        }
        return {**reader, **more}.get(kind, str)(value)

    def _detail(self, name: str, value: Any) -> str:
        match name:
            case "unit":
                return self._unit(value)
            case "person":
                return self._person(value)
            case "due_at":
                return self._due(value)
            case "review_date" | "promised_on":
                return self._day(value)
            case "told" | "mentioned":
                return _(", ").join(dict.fromkeys(self._person(item) for item in value))
            case "result":
                return translate(RESULTS.get(value, str(value)))
            case "close_type":
                return translate(CLOSE_TYPES.get(value, str(value)))
            case "paper":
                return translate(KINDS[value].name) if value in KINDS else str(value)
            case "dates":
                moves = (" → ".join(self._due(at) if at else NOTHING for at in item[1:]) for item in value)
                return _("; ").join(dict.fromkeys(moves))
            case "percent":
                return f"{value}%"
            case "status":
                return (
                    " → ".join(status_words(item) for item in value if item)
                    if isinstance(value, list)
                    else ""
                )
        return str(value)

    def _day(self, value: Any) -> str:
        try:
            return self.calendar.day(dt.date.fromisoformat(str(value)[:10]))
        except ValueError:
            return str(value)

    def _due(self, value: Any) -> str:
        try:
            at = dt.datetime.fromisoformat(str(value))
        except ValueError:
            return str(value)
        return self.calendar.due(at if at.tzinfo else at.replace(tzinfo=self.calendar.zone))

    def _person(self, value: Any) -> str:
        return names_of(self.session, [_whole(value)]).get(_whole(value), str(value))

    def _unit(self, value: Any) -> str:
        return unit_names(self.session, [_whole(value)]).get(_whole(value), str(value))

    def _area(self, value: Any) -> str:
        return area_names(self.session, [str(value)]).get(str(value), str(value))

    def _household(self, value: Any) -> str:
        return head_names(self.session, [_whole(value)]).get(_whole(value), str(value))


def named_in(form: Form | None, detail: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What an entry of the history names by its number, each with its kind."""
    values = detail.get("values") or {}
    for field in form.fields if form is not None else ():
        yield from named_by(field, values.get(field.id))
    yield from ((kind, detail[kind]) for kind in ("person", "unit") if detail.get(kind))
    yield from (("person", number) for name in ("told", "mentioned") for number in detail.get(name) or ())
    after = detail.get("after")
    if isinstance(after, dict):
        yield from named_in(None, after)


def named_by(field: Field, value: Any) -> Iterator[tuple[str, Any]]:
    """What the value of a field names by its number, each with its kind."""
    if field.type in NAMED and value is not None:
        yield from ((field.type, item) for item in (value if isinstance(value, list) else [value]))


def _whole(value: Any) -> int:
    return int(value) if str(value).isdecimal() and len(str(value)) < 19 else 0


def _answer(value: Any) -> str:
    return {"yes": _("Yes"), "no": _("No"), "na": _("Does not apply")}.get(str(value), str(value))
