"""Founding a campaign: its area and dates, what is asked, which works it takes up, whose households it visits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session

from engine.errors import WrongValues
from engine.text import LocalizedText
from rectification.campaigns.catalogue import add_shipped_catalogue, copy_catalogue
from rectification.campaigns.milestone_order import too_far, wrong_order
from rectification.campaigns.model import Campaign, Milestone
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import campaign_key
from rectification.households.measures import HouseholdMeasure
from rectification.households.model import Household, HouseholdMember
from rectification.matters.timezone import HOME, NO_ZONE, zone_names
from rectification.places.areas import Area
from rectification.work_streams.custom_questions import add_questions
from rectification.work_streams.model import get_templates, take_up
from rectification.work_streams.paste_parser import Pasted, read_pasted

SHIPPED: Final = "shipped"
"""The plan's eight categories, as they come with the product."""
OWN: Final = "own"
"""Questions that the office writes itself."""


LONGEST_NAME: Final = 200
_TOO_LONG: Final = LocalizedText(f"不能超过 {LONGEST_NAME} 字。", f"At most {LONGEST_NAME} characters.")
_INCOME_YEARS_BACK: Final = 10


@dataclass(slots=True)
class CampaignPlan:
    """What an office says about a campaign before it begins; ``checklist`` may be the id of another campaign."""

    name: str
    area: str
    days: Mapping[str, dt.date | None]
    name_en: str = ""
    buffer_days: int = 3
    income_line: int | None = None
    income_from: dt.date | None = None
    income_to: dt.date | None = None
    checklist: str = SHIPPED
    questions: str = ""
    works: Sequence[str] = field(default_factory=tuple)
    households_from: int | None = None
    zone: str = HOME.key


def create_campaign(context: ActionContext, plan: CampaignPlan) -> Campaign:
    """Make the campaign with everything it asks; its processes begin when somebody says so.

    Raises:
        WrongValues: with a sentence for each field that cannot stand.
    """
    session = context.session
    own = read_pasted(plan.questions) if plan.checklist == OWN else Pasted()
    problems = {**_problems(session, plan, context.today), **own.problems}
    if problems:
        raise WrongValues(problems)
    campaign = _row(plan)
    session.add(campaign)
    session.flush()
    if plan.checklist == OWN:
        add_questions(session, campaign.id, own)
    elif plan.checklist == SHIPPED:
        add_shipped_catalogue(session, campaign.id)
    else:
        copy_catalogue(session, int(plan.checklist), campaign.id)
    session.flush()
    for what in get_templates():
        if what.code in plan.works:
            take_up(context, campaign, what)
    if plan.households_from is not None:
        copy_households(session, plan.households_from, campaign)
    days = {row.name: row.day for row in campaign.milestones}
    record_event(context, "founded", campaign_key(campaign.id), area=plan.area, days=days)
    return campaign


def _row(plan: CampaignPlan) -> Campaign:
    days = {name: day for name, day in plan.days.items() if day is not None}
    campaign = Campaign(name=plan.name.strip(), name_en=plan.name_en.strip() or plan.name.strip())
    campaign.year, campaign.area_code = days["visits"].year, plan.area
    campaign.zone_name, campaign.buffer_days = plan.zone, plan.buffer_days
    campaign.income_from, campaign.income_to = plan.income_from, plan.income_to
    campaign.settings = {} if plan.income_line is None else {"income_line": plan.income_line}
    campaign.milestones = [Milestone(name=name, day=day, cutoff=None) for name, day in days.items()]
    return campaign


# -- what can be wrong --------------------------------------------------------------------------


def _problems(session: Session, plan: CampaignPlan, today: dt.date) -> dict[str, LocalizedText]:
    problems: dict[str, LocalizedText] = {}
    if not plan.name.strip():
        problems["name"] = LocalizedText("请填写名称。", "Give it a name.")
    for field_name, name in (("name", plan.name), ("name_en", plan.name_en)):
        if len(name.strip()) > LONGEST_NAME:
            problems[field_name] = _TOO_LONG
    if session.get(Area, plan.area) is None:
        problems["area"] = LocalizedText("请选择地区。", "Choose the area.")
    if plan.zone not in zone_names():
        problems["zone"] = NO_ZONE
    if plan.checklist not in (SHIPPED, OWN) and _lacks(session, plan.checklist):
        problems["checklist"] = LocalizedText("请选择排查表。", "Choose what is asked.")
    if plan.households_from is not None and session.get(Campaign, plan.households_from) is None:
        problems["households_from"] = LocalizedText("没有这个专项行动。", "There is no such campaign.")
    if plan.income_from and plan.income_to and plan.income_to < plan.income_from:
        problems["income_to"] = LocalizedText("止日不能早于起日。", "The window cannot end before it begins.")
    for window in ("income_from", "income_to"):
        day: dt.date | None = getattr(plan, window)
        if day is not None and (words := too_far(day, today, _INCOME_YEARS_BACK)):
            problems[window] = words
    return {**problems, **_wrong_days(plan, today)}


def _lacks(session: Session, number: str) -> bool:
    return not number.isdecimal() or session.get(Campaign, int(number)) is None


def _wrong_days(plan: CampaignPlan, today: dt.date) -> dict[str, LocalizedText]:
    problems = wrong_order(plan.days)
    far = {name: too_far(day, today) for name, day in plan.days.items() if day is not None}
    problems.update({name: words for name, words in far.items() if words is not None})
    if not problems:
        problems.update(_no_time(plan, today))
    return problems


def _no_time(plan: CampaignPlan, today: dt.date) -> dict[str, LocalizedText]:
    """Dates in their order that still leave nobody any time."""
    listed, reverify, closing = (plan.days[name] for name in ("list", "reverify", "closing"))
    assert listed is not None
    assert reverify is not None
    assert closing is not None
    if closing < today:
        return {"closing": LocalizedText("销号日期已经过去。", "The closing date has passed already.")}
    if plan.buffer_days < 0 or reverify - dt.timedelta(days=plan.buffer_days) <= listed:
        return {
            "buffer_days": LocalizedText(
                "扣除提前天数后，问题清单到复核之间没有整改时间了。",
                "With so many days in hand, no time to repair is left between the list and re-verification.",
            )
        }
    return {}


# -- whom it visits -----------------------------------------------------------------------------

_COPIED: Final = [
    column for column in Household.__table__.columns if column.name not in ("id", "campaign_id", "status")
]


def copy_households(session: Session, source: int, campaign: Campaign) -> int:
    """Take over the households of another campaign that lie in this one's area, with their members and the measures
    of each year; returns how many.
    """
    path = session.get_one(Area, campaign.area_code).path
    places = select(Area.code).where(Area.path.startswith(path, autoescape=True))
    query = select(literal(campaign.id), *_COPIED).where(
        Household.campaign_id == source, Household.village.in_(places)
    )
    columns = ["campaign_id", *(column.name for column in _COPIED)]
    made = session.execute(insert(Household).from_select(columns, query))
    for model in (HouseholdMember, HouseholdMeasure):
        _copy_rows(session, model, source, campaign.id)
    return int(getattr(made, "rowcount", 0))


def _copy_rows(
    session: Session, model: type[HouseholdMember | HouseholdMeasure], source: int, target: int
) -> None:
    """Give the copied households what hangs on those of the other campaign."""
    table = model.__table__
    copied = [column for column in table.columns if column.name not in ("id", "household_id")]
    old, new = Household.__table__.alias("old"), Household.__table__.alias("new")
    pairs = select(new.c.id, *copied).select_from(
        table.join(old, old.c.id == table.c.household_id).join(
            new, (new.c.number == old.c.number) & (new.c.campaign_id == target)
        )
    )
    names = ["household_id", *(column.name for column in copied)]
    session.execute(insert(model).from_select(names, pairs.where(old.c.campaign_id == source)))
