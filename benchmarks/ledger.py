"""The first page of a ledger of a million tickets under three filters, against the same question in bare SQL."""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.databases import fresh
from benchmarks.inbox import _median_ms
from engine.database import Database
from rectification.campaigns.model import Campaign
from rectification.ledger import pages
from rectification.ledger.filters import Filters
from rectification.people.model import Person
from rectification.people.posts import Post
from rectification.places.areas import Division, add_divisions

NOW = dt.datetime(2019, 9, 22, 2, 30, tzinfo=dt.UTC)
_MOMENT = (NOW - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
CITY, COUNTY = "341200", "341226"
TOWNS, VILLAGES, OFFICE = 20, 400, 2001
CONDITIONS = "status=in_progress&category=3&overdue=yes"
_TICKETS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO tickets (id, campaign_id, number, household_id, village, town, county, item, category, description, source, found_on,
  found_by_id, status, resp_person_id, due_at, rounds, escalation_level, slow, created_at, subject_kind)
SELECT i, 1, '颍上-' || (10000000 + i), i % :homes + 1, '341226' || (100 + i % 400 / 20) || (200 + i % 20), '341226' || (100 + i % 400 / 20),
  '341226', 'E' || (i * 7 % 40), 1 + i * 13 % 7, '家庭医生半年未上门 ' || i, 'visit', '2019-09-10', 1 + i % 2000,
  CASE i * 11 % 10 WHEN 0 THEN 'listed' WHEN 1 THEN 'submitted' WHEN 2 THEN 'verified' WHEN 3 THEN 'hung' WHEN 4 THEN 'closed'
    WHEN 5 THEN 'closed' WHEN 6 THEN 'closed' ELSE 'in_progress' END,
  1 + i * 3 % 2000, {due}, i % 3, i % 4, {never}, {now}, 'household' FROM n
"""
_SAID = {
    "sqlite": {"due": f"{_MOMENT} + (i * 7919 % 18000 - 9000) * 60000000", "never": "0", "now": f"{_MOMENT}", "late": f"+due_at < {_MOMENT}"},
    "postgresql": {"due": f"timestamptz '{NOW}' + (i::bigint * 7919 % 18000 - 9000) * interval '1 minute'", "never": "false",
                   "now": f"timestamptz '{NOW}'", "late": f"due_at < '{NOW}'"},
}  # fmt: skip
"""What the databases write differently."""
_HOMES = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :homes)
INSERT INTO households (id, campaign_id, number, village, town, county, head, kind, members_registered, helper_id)
SELECT i, 1, 'H' || i, '341226' || (100 + i % 400 / 20) || (200 + i % 20), '341226' || (100 + i % 400 / 20), '341226', '户主' || i,
  'registered', 3, 1 + i % 2000 FROM n
"""
_SEEN = (
    f"county = '{COUNTY}'",
    f"resp_person_id = {OFFICE}",
    f"found_by_id = {OFFICE}",
    f"household_id IN (SELECT id FROM households WHERE helper_id = {OFFICE})",
)
_UNION = " UNION ".join(
    f"SELECT * FROM (SELECT id, due_at FROM tickets WHERE {entry} AND status = 'in_progress' AND category = '3' AND {{late}}"
    " ORDER BY {order} LIMIT 41) one_way"
    for entry in _SEEN
)
_BARE = f"""
SELECT t.*, h.head, h.kind, v.name, o.name, c.name, p.name, f.name, u.name, d.name, g.review_date
FROM (SELECT * FROM tickets WHERE id IN (SELECT id FROM ({_UNION}) every_way ORDER BY {{order}} LIMIT 41)) t
JOIN areas v ON v.code = t.village LEFT JOIN areas o ON o.code = t.town LEFT JOIN areas c ON c.code = t.county
LEFT JOIN households h ON h.id = t.household_id LEFT JOIN people p ON p.id = t.resp_person_id LEFT JOIN people f ON f.id = t.found_by_id
LEFT JOIN units u ON u.id = t.resp_unit_id LEFT JOIN units d ON d.id = t.line_dept_id
LEFT JOIN hung_tickets g ON g.ticket_id = t.id AND g.until IS NULL ORDER BY {{order}}
"""
"""As somebody would write it by hand who knows how SQLite plans: one reason to see tickets after the other."""


def measure(count: int = 1_000_000) -> dict[str, Any]:
    """Medians in turns and their ratios, in two orders; the page of the county office that sees them all."""
    with tempfile.TemporaryDirectory() as folder:
        database = fresh(Path(folder), "ledger")
        _fill(database, count)
        if not database.is_sqlite:  # as its own housekeeping does soon after
            with database.writing() as session:
                session.execute(text("ANALYZE"))
        with database.reading() as session:
            told = {"tickets": count, "newest first": _first_page(session, "", "id DESC")}
            told["longest overdue first"] = _first_page(session, "&sort=due", "due_at, id")
            figures = _median_ms(
                lambda: pages.figures(session, OFFICE, NOW, Filters.from_query(CONDITIONS)), 3
            )
        database.close()
    return {**told, "figures ms": round(figures, 1)}


def _first_page(session: Session, sort: str, order: str) -> dict[str, float]:
    filters = Filters.from_query(CONDITIONS + sort)
    connection = session.connection()
    question = _BARE.format(order=order, late=_SAID[connection.dialect.name]["late"])

    def bare() -> Any:
        return connection.exec_driver_sql(question).all()

    def page() -> Any:
        return pages.page(session, OFFICE, NOW, filters, None, 40).rows

    assert [row.id for row in bare()[:40]] == [row.id for row in page()]
    pairs = sorted((_median_ms(bare, 30), _median_ms(page, 30)) for _ in range(5))
    ratio = statistics.median(page_ms / bare_ms for bare_ms, page_ms in pairs)
    bare_ms, page_ms = (statistics.median(side) for side in zip(*pairs, strict=True))
    return {"bare SQL ms": round(bare_ms, 2), "page ms": round(page_ms, 2), "ratio": round(ratio, 2)}


def _fill(database: Database, count: int) -> None:
    with database.writing() as session:
        towns = [f"{COUNTY}{100 + number}" for number in range(TOWNS)]
        places = [Division(CITY, "阜阳市", "city", ""), Division(COUNTY, "颍上县", "county", CITY)]
        places += [Division(town, f"{town}镇", "town", COUNTY) for town in towns]
        places += [
            Division(f"{town}{200 + v}", f"{v}村", "village", town) for town in towns for v in range(20)
        ]
        add_divisions(session, places)
        session.add(Campaign(id=1, name="回头看", name_en="Look-back", year=2019, area_code=CITY))
        session.add_all(
            Person(id=number, name=f"人员{number}", login=f"p{number}") for number in range(1, OFFICE + 1)
        )
        session.flush()
        post = Post(person_id=OFFICE, role="county_office", scope=COUNTY, area_code=COUNTY)
        post.since = dt.date(2019, 1, 1)
        session.add(post)
        _insert(session, count)


def _insert(session: Session, count: int) -> None:
    homes = max(VILLAGES, count // 10)
    session.flush()
    session.execute(text(_HOMES), {"homes": homes})
    said = _SAID[session.get_bind().dialect.name]
    session.execute(text(_TICKETS.format(**said)), {"count": count, "homes": homes})


if __name__ == "__main__":
    print(measure(*(int(argument) for argument in sys.argv[1:2])))
