"""A village's part in a campaign: who was not visited, and what came of its tickets."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, UniqueConstraint, exists, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.host import Step
from engine.inputs import HandlerInput, service
from engine.owners import post_owner
from engine.text import LocalizedText, plural
from notifications.outbox import NotificationRequest, notify_many
from rectification.calendar.deadlines import local_day
from rectification.campaigns.model import get_campaign
from rectification.core.history import record_event
from rectification.core.model import Code, Id, Model
from rectification.households.model import Household
from rectification.matters.status import ENDED
from rectification.matters.ticket import Ticket
from rectification.matters.visit import Visit
from rectification.people.deputies import reached
from rectification.people.roles import Role
from rectification.places.areas import get_area


class UnvisitedReport(Model):
    """Which households had not been visited when the visit milestone passed."""

    __tablename__ = "unvisited_reports"

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    village: Mapped[Code] = mapped_column(ForeignKey("areas.code"), index=True)
    households: Mapped[list[int]]
    at: Mapped[dt.datetime]


class VillageResult(Model):
    """Closed, hung and open: three numbers, counted when the closing milestone passed."""

    __tablename__ = "village_results"
    __table_args__ = (UniqueConstraint("campaign_id", "village"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    village: Mapped[Code] = mapped_column(ForeignKey("areas.code"), index=True)
    closed: Mapped[int]
    hung: Mapped[int]
    open: Mapped[int]
    void: Mapped[int]
    at: Mapped[dt.datetime]


def unvisited(session: Session, campaign_id: int, village: str) -> list[Household]:
    """The households of a village where nobody has been met yet."""
    met = exists().where(Visit.household_id == Household.id, Visit.met == "home")
    query = select(Household).where(Household.campaign_id == campaign_id, Household.village == village, ~met)
    return list(session.scalars(query.order_by(Household.number)))


class VillageOffices(HandlerInput):
    """A village with the offices above it, and its campaign."""

    campaign: int
    village: str
    town: str
    county: str


class VillageOfCampaign(HandlerInput):
    """A village, and its campaign."""

    campaign: int
    village: str


@service(VillageOffices)
def report_unvisited(step: Step, given: VillageOffices) -> None:
    """The visit milestone passed: tell village, town and county who has not been visited."""
    session = step.session
    left = unvisited(session, given.campaign, given.village)
    numbers = [household.id for household in left]
    report = UnvisitedReport(
        campaign_id=given.campaign, village=given.village, households=numbers, at=step.now
    )
    session.add(report)
    record_event(step, "unvisited_reported", step.key, households=len(left))
    if left:
        _tell_offices(step, given, len(left))


def _tell_offices(step: Step, place: VillageOffices, left: int) -> None:
    name = get_area(step.session, place.village).name
    words = LocalizedText(
        f"入户期限已到，{name}还有 {left} 户没有入户。",
        f"The visit milestone has passed: {plural(left, 'household', 'households')} of {name} not visited yet.",
    )
    offices = [
        post_owner(Role.TEAM_LEAD, place.village),
        post_owner(Role.TOWN_OFFICE, place.town),
        post_owner(Role.COUNTY_OFFICE, place.county),
    ]
    day = local_day(step.now, get_campaign(step.session, place.campaign).zone)
    people = {person for people in reached(step.session, offices, day).values() for person in people}
    link = f"/villages/{place.village}"
    rows = [
        NotificationRequest(person, "unvisited", step.key, words, link, level=1) for person in sorted(people)
    ]
    notify_many(step.session, rows, step.now)


@service(VillageOfCampaign)
def count_results(step: Step, given: VillageOfCampaign) -> None:
    """The closing milestone passed: keep how many are closed, hung and open. Hung is never closed."""
    session = step.session
    counts = ticket_counts(session, given.campaign, given.village)
    query = select(VillageResult).where(
        VillageResult.campaign_id == given.campaign, VillageResult.village == given.village
    )
    result = session.scalars(query).one_or_none()
    if result is None:
        result = VillageResult(campaign_id=given.campaign, village=given.village)
        session.add(result)
    result.closed, result.hung, result.open = counts["closed"], counts["hung"], counts["open"]
    result.void, result.at = counts["void"], step.now
    record_event(step, "counted", step.key, **counts)


def ticket_counts(session: Session, campaign_id: int, village: str) -> dict[str, int]:
    """A village's tickets: closed, hung, void, and open, which is everything else."""
    query = select(Ticket.status, func.count()).where(
        Ticket.village == village, Ticket.campaign_id == campaign_id
    )
    by_status: dict[str | None, int] = dict(session.execute(query.group_by(Ticket.status)).all())
    ended = {str(status): by_status.pop(status, 0) for status in ENDED}
    return {**ended, "open": sum(by_status.values())}
