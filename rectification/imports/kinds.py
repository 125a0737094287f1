"""What all kinds of import have in common: columns, rows on their way in, and how they are compared and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from engine.audit.history import history_row, record_all
from engine.text import LocalizedText
from rectification.campaigns.model import Campaign, NoCampaign
from rectification.core.context import ActionContext
from rectification.core.model import Model
from rectification.imports.sheets import ImportColumn, SheetRow
from rectification.people.roles import Role
from rectification.places.areas import areas_above

Values = dict[str, Any]
Lookup = Callable[[str, SheetRow, Values], Any]
"""Reads a cell that only the domain can explain: a village, a person, a household."""

OFFICES: Final = frozenset({Role.ADMIN, Role.COUNTY_OFFICE, Role.CITY_OFFICE})
KEEPERS: Final = frozenset({Role.ADMIN, Role.CITY_OFFICE})
ADMINISTRATORS: Final = frozenset({Role.ADMIN})
"""Who names people, on the page of accounts too."""
ELSEWHERE: Final = LocalizedText("不在您负责的区域内。", "lies outside the areas that you look after.")


@dataclass(frozen=True, slots=True)
class Scene:
    """For which campaign (areas, units and people belong to none), when and by whom rows are brought in."""

    context: ActionContext
    of_campaign: Campaign | None
    within: tuple[str, ...] | None = None
    """The areas about which rows may be; none: wherever the campaign lies, and for areas and people everywhere."""
    announced: dict[str, int] = field(default_factory=dict)
    """Household numbers that this very file brings in, and their rows."""

    @property
    def session(self) -> Session:
        """The transaction."""
        return self.context.session

    def covers(self, path: str) -> bool:
        """Whether the area with this path is one about which rows may be."""
        return self.within is None or not set(self.within).isdisjoint(path.strip("/").split("/"))

    def reaches(self, path: str) -> bool:
        """Whether rows may name what lies there: in the importer's areas, or at an area in which those lie."""
        if self.covers(path):
            return True
        code = path.strip("/").rpartition("/")[2]
        return any(code in areas_above(self.session, area) for area in self.within or ())

    @property
    def campaign(self) -> Campaign:
        """The campaign to which the rows belong.

        Raises:
            NoCampaign: there is none yet.
        """
        if self.of_campaign is None:
            raise NoCampaign
        return self.of_campaign


@dataclass(slots=True)
class Take:
    """One row on its way in: what it says, and what of it is new to the domain."""

    row: int
    values: Values
    known: int | None = None
    before: Values = field(default_factory=dict)
    after: Values = field(default_factory=dict)
    refused: bool = False

    @property
    def changes(self) -> bool:
        """Whether something known becomes something else."""
        return self.known is not None and bool(self.after)

    def compare(self, number: int, current: Any, fields: Iterable[str]) -> None:
        """This row is about what is known under ``number``; an empty cell leaves what is known."""
        self.known = number
        for name in fields:
            if name in self.values and self.values[name] != current[name]:
                self.before[name], self.after[name] = current[name], self.values[name]


class Notes(Protocol):
    """Where what is wrong or doubtful with a row is noted; a refused row does not go in."""

    def refuse(self, take: Take, code: str, words: LocalizedText) -> None: ...

    def doubt(self, take: Take, code: str, words: LocalizedText) -> None: ...


class Rows(Protocol):
    """What one import of a kind does with its rows, a batch at a time."""

    @property
    def lookups(self) -> Mapping[str, Lookup]:
        """Readers of the cells that the domain must explain."""
        ...

    def match(self, takes: Sequence[Take], notes: Notes) -> None:
        """Find what the domain knows of each row, refuse what contradicts it, say what is doubtful."""
        ...

    def place_of(self, take: Take) -> tuple[str, str] | None:
        """The path of the area that a matched row is about, and the column that says so; None: it is about none."""
        ...

    def write(self, takes: Sequence[Take]) -> None:
        """Keep the rows that are new or change something, each with its row of history."""
        ...


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind of sheet. ``along`` names the kinds whose sheets in the same workbook go in with it.

    Rows ``of_campaign`` need a campaign. Those that may name each other are matched ``at_once``, not batch by batch.
    """

    code: str
    words: LocalizedText
    about: LocalizedText
    columns: tuple[ImportColumn, ...]
    begin: Callable[[Scene], Rows]
    roles: frozenset[str] = OFFICES
    along: tuple[str, ...] = ()
    of_campaign: bool = True
    at_once: bool = False

    def column(self, code: str) -> ImportColumn | None:
        """One of its columns."""
        return next((column for column in self.columns if column.code == code), None)


# -- keeping ------------------------------------------------------------------------------------


def add_rows(
    scene: Scene,
    model: type[Model],
    rows: Sequence[Values],
    action: str,
    about: Callable[[int, Values], str],
    *facts: str,
) -> Sequence[int]:
    """Insert rows and a row of history for each; ``facts`` are the columns that history repeats."""
    if not rows:
        return []
    table: Any = model.__table__
    numbers = _numbers(scene.session, table, len(rows))
    scene.session.execute(
        insert(table), [{**row, "id": number} for number, row in zip(numbers, rows, strict=True)]
    )
    written = [
        history_row(
            scene.context.actor,
            scene.context.now,
            action,
            about(number, row),
            **{name: row.get(name) for name in facts},
        )
        for number, row in zip(numbers, rows, strict=True)
    ]
    record_all(scene.session, written)
    return numbers


def _numbers(session: Session, table: Any, count: int) -> Sequence[int]:
    """Numbers for new rows, taken beforehand: asking for each as it is inserted costs a round trip a row.

    Only one transaction writes to an SQLite file at a time; PostgreSQL has its sequences.
    """
    if session.get_bind().dialect.name == "sqlite":
        last = session.scalar(select(func.max(table.c.id))) or 0
        return range(last + 1, last + count + 1)
    sequence = func.nextval(func.pg_get_serial_sequence(table.name, "id"))
    return list(session.scalars(select(sequence).select_from(func.generate_series(1, count))))


def change_rows(
    scene: Scene,
    model: type[Model],
    takes: Sequence[Take],
    about: Callable[[Take], str],
    shown: Callable[[Values], Values] = dict,
    action: str = "changed",
) -> None:
    """Update what changed, with before and after in the history; ``shown`` hides what must not stand there."""
    changed = [take for take in takes if take.changes]
    if not changed:
        return
    scene.session.execute(update(model), [{"id": take.known, **take.after} for take in changed])
    written = [
        history_row(
            scene.context.actor,
            scene.context.now,
            action,
            about(take),
            before=shown(take.before),
            after=shown(take.after),
        )
        for take in changed
    ]
    record_all(scene.session, written)
