"""Opinions that were asked for and work that was given away, as pages and the API tell them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine.text import LocalizedText
from rectification.matters.consultation import (
    KINDS,
    VIEWS,
    Consultation,
    ConsultedPerson,
    consultations_of,
    waits,
)
from rectification.people.model import names_of
from rectification.published_models.tables import english_names_of_work


@dataclass(frozen=True, slots=True)
class ConsultationAnswer:
    """One who was asked; ``by`` is another when somebody stood in for them.

    ``view`` is agree, object, remark or done; empty until they answer.
    """

    person: str
    view: str
    text: str
    by: str
    on_behalf_of: str
    at: dt.datetime | None

    @property
    def words(self) -> LocalizedText | None:
        """The answer's view."""
        return VIEWS.get(self.view)


@dataclass(frozen=True, slots=True)
class ConsultationView:
    """A question to others about a work item, or the work given away for a while.

    While it is ``waiting``, the work item cannot be completed; ``over`` is why nobody is asked any more.
    """

    id: int
    work_item: int
    step: LocalizedText
    kind: str
    question: str
    by: str
    on_behalf_of: str
    at: dt.datetime
    due_at: dt.datetime
    needed: int
    called_off_at: dt.datetime | None
    over: LocalizedText | None
    waiting: bool
    answers: Sequence[ConsultationAnswer]

    @property
    def words(self) -> LocalizedText:
        """The kind of question."""
        return KINDS[self.kind]


def consultations(
    session: Session,
    *,
    ticket_id: int | None = None,
    work_item: int | None = None,
    instance: int | None = None,
) -> list[ConsultationView]:
    """Every question about a ticket or a work item, or the one that an instance puts, the oldest first."""
    rows = consultations_of(session, ticket_id=ticket_id, work_item=work_item, instance=instance)
    if not rows:
        return []
    numbers = {person_id for row, _people in rows for person_id in (row.by_id, row.on_behalf_of_id)}
    numbers |= {
        person_id
        for _row, people in rows
        for person in people
        for person_id in (person.person_id, person.by_id, person.on_behalf_of_id)
    }
    names = names_of(session, [number for number in numbers if number is not None])
    english = english_names_of_work(session, (row.work_item_id for row, _people in rows))
    steps = {
        row.id: LocalizedText(row.step, english.get(row.work_item_id, {}).get(row.element) or row.step)
        for row, _people in rows
    }
    return [_view(row, steps[row.id], people, names) for row, people in rows]


def _view(
    row: Consultation, step: LocalizedText, people: Sequence[ConsultedPerson], names: dict[int, str]
) -> ConsultationView:
    waiting = waits(row, people)
    return ConsultationView(
        row.id, row.work_item_id, step, row.kind, row.question, names[row.by_id],
        names.get(row.on_behalf_of_id or 0, ""), row.at, row.due_at, row.needed, row.called_off_at,
        None if waiting else row.over, waiting, [_answer(person, names) for person in people],
    )  # fmt: skip


def _answer(consulted: ConsultedPerson, names: dict[int, str]) -> ConsultationAnswer:
    by, other = names.get(consulted.by_id or 0, ""), names.get(consulted.on_behalf_of_id or 0, "")
    return ConsultationAnswer(
        names[consulted.person_id], consulted.view or "", consulted.text, by, other, consulted.at
    )
