"""What the fields of a work item's form may look up: people and units of the place, the catalogue, evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.database import read_once
from engine.engine import WorkItem
from engine.expressions import ExpressionError
from engine.forms.fields import Field
from engine.json import as_int
from engine.text import Language, LocalizedText
from rectification.access.separation_of_duties import FIXING, NAMING_WHO_REPAIRS, previous_judges
from rectification.campaigns.catalogue import SWEEP, get_categories, get_check_items
from rectification.campaigns.catalogue import CheckItem as Question
from rectification.campaigns.criteria import Criterion, get_criteria
from rectification.core.keys import parse_id
from rectification.households.model import Household
from rectification.matters.photo_places import photo_places_of
from rectification.matters.scope_of_work import scope_of
from rectification.people.model import Person, names_of
from rectification.people.posts import Post, held_on
from rectification.people.roles import ROLES, Role
from rectification.places.areas import Area
from rectification.places.units import Unit
from rectification.visits.village_forms import AskedPlace, questions_of
from web.application import Application
from web.components.evidence_views import pictures_of
from web.fields.surroundings import CheckSection, OfferedCheckItem, OfferedOption, StoredPicture

MOST = 400
_JUDGED: Final = LocalizedText("复核或审批过此工单", "has judged this ticket")
_HAS_IT: Final = LocalizedText("现责任人", "has it now")


@dataclass(slots=True)
class Lookups:
    """Bound to one work item, or to one of many that are done alike, and one reader."""

    session: Session
    application: Application
    item: WorkItem
    language: Language
    one_of_many: bool = False

    @property
    def about(self) -> str:
        """The business key that evidence sent from this form belongs to."""
        return self.item.key

    @property
    def wants_places(self) -> bool:
        """Whether the campaign asks where photos were taken."""
        if self.item.closed_at is not None:
            return False
        return photo_places_of(self.session, parse_id(str(self.item.variables.get("campaign"))))

    def said(self, words: LocalizedText | str | None) -> str:
        """A sentence in the reader's language."""
        return words.in_language(self.language) if isinstance(words, LocalizedText) else words or ""

    def options(self, field: Field) -> Sequence[OfferedOption]:
        """What a person, unit, area or household field offers: what lies in the item's place."""
        places = [
            str(self.item.variables[level])
            for level in ("village", "town", "county")
            if self.item.variables.get(level)
        ]
        match field.type:
            case "choice" | "choices":
                return self._worked_out(field)
            case "unit":
                return [OfferedOption(str(unit.id), unit.name) for unit in self._units(places)]
            case "person":
                return self._people(places)
            case "area":
                query = select(Area).where(or_(*(Area.path.contains(f"{place}/") for place in places[:1])))
                return [
                    OfferedOption(area.code, area.name)
                    for area in self.session.scalars(query.order_by(Area.code).limit(MOST))
                ]
            case "household":
                households = (
                    select(Household)
                    .where(
                        Household.village.in_(places),
                        Household.campaign_id == self.item.variables.get("campaign"),
                    )
                    .order_by(Household.number)
                    .limit(MOST)
                )
                return [
                    OfferedOption(str(row.id), f"{row.head}（{row.number}）")
                    for row in self.session.scalars(households)
                ]
        return []

    def _worked_out(self, field: Field) -> list[OfferedOption]:
        """Options that the diagram works out: texts, or rows with an id and a label."""
        try:
            options = field.options_from.evaluate(self.item.variables) if field.options_from else []
        except ExpressionError:
            return []
        rows = options if isinstance(options, list) else []
        return [_option(row) for row in rows[:MOST]]

    def _units(self, places: Sequence[str]) -> Sequence[Unit]:
        query = select(Unit).join(Area, Area.code == Unit.area_code).where(Unit.area_code.in_(places))
        query = query.order_by(Area.path.desc(), Unit.id).limit(MOST)
        return read_once(self.session, ("units at", *places), lambda: self.session.scalars(query).all())

    @property
    def _zone(self) -> ZoneInfo:
        return self.application.world.zone_of(self.session, self.item.variables)

    def _people(self, places: Sequence[str]) -> list[OfferedOption]:
        today = self.application.clock.now().astimezone(self._zone).date()
        repairs = self._names_who_repairs
        units = {unit.id: unit.name for unit in self._units(places)}
        query = select(Person.id, Person.name, Post.role, Post.unit_id).join(
            Post, Post.person_id == Person.id
        )
        query = query.where(
            held_on(today),
            Person.active,
            Person.id.not_in(select(Post.person_id).where(Post.role == Role.INSPECTOR, held_on(today))),
            Post.unit_id.in_(units) if repairs else or_(Post.area_code.in_(places), Post.unit_id.in_(units)),
        )
        rows = self.session.execute(query.order_by(Person.id).limit(MOST)).all()
        people: dict[int, str] = {}
        for helper, name in self._helper().items():
            if not repairs or helper in {row.id for row in rows}:
                people[helper] = f"{name} · {self.said(ROLES['helper'])}"
        for number, name, role, unit in rows:
            place = units.get(unit or 0) or self.said(ROLES.get(role, role))
            people.setdefault(number, f"{name} · {place}")
        why_not = self._kept_out() if repairs and not self.one_of_many else {}
        return [
            OfferedOption(str(number), label, self.said(why_not.get(number)))
            for number, label in people.items()
        ]

    @property
    def _names_who_repairs(self) -> bool:
        """Whether this step says who repairs a ticket: somebody of a unit."""
        return self.item.properties.get("guard") in NAMING_WHO_REPAIRS

    def _kept_out(self) -> dict[int, LocalizedText]:
        """Who works here and yet cannot be named, and why."""
        property_values = partial(self.application.engine.definitions.property_values, self.session)
        people = dict.fromkeys(previous_judges(self.session, property_values, self.item.key), _JUDGED)
        if self.item.element in FIXING and (mine := self.item.variables.get("resp_person")):
            people[as_int(mine)] = _HAS_IT
        return people

    def _helper(self) -> dict[int, str]:
        """Who helps the household that it is about, by name."""
        number = self.item.variables.get("household")
        home = self.session.get(Household, as_int(number)) if number else None
        return names_of(self.session, [home.helper_id]) if home is not None and home.helper_id else {}

    def sections(self, field: Field) -> Sequence[CheckSection]:
        """The catalogue's questions for this kind of visit."""
        campaign = self.item.variables.get("campaign")
        if not campaign:
            return []
        level = field.properties.get("level") or "H"
        items = self._questions(as_int(campaign), level)
        where = scope_of(self.session, self.item.key, self.item.variables)
        criteria = get_criteria(self.session, as_int(campaign), where)
        result = []
        for category in get_categories(self.session, as_int(campaign)):
            inside = [
                _item(item, criteria.get(item.code), self.language)
                for item in items
                if item.category == category.code
            ]
            if inside:
                result.append(CheckSection(self.said(category.title), inside))
        return result

    def _questions(self, campaign: int, level: str) -> Sequence[Question]:
        if level != "H":
            return questions_of(self.session, AskedPlace.read(self.item.variables), level)
        work = self.item.variables.get("work") or SWEEP
        return get_check_items(self.session, campaign, level, str(work))

    def pictures(self, numbers: Sequence[int]) -> Sequence[StoredPicture]:
        """Evidence by id, what is unknown left out."""
        return pictures_of(self.session, numbers)


def _option(row: Any) -> OfferedOption:
    if isinstance(row, Mapping):
        return OfferedOption(str(row.get("id")), str(row.get("label", row.get("id"))))
    return OfferedOption(str(row), str(row))


def _item(question: Question, criterion: Criterion | None, language: Language) -> OfferedCheckItem:
    name = question.name.in_language(language)
    return OfferedCheckItem(
        code=question.code,
        words=question.question.in_language(language),
        criterion=criterion.words.in_language(language)
        if criterion is not None
        else ("" if name == question.question.in_language(language) else name),
        fail_when=(question.fail_when,),
        wants_photo=question.photo_on_failure,
    )
