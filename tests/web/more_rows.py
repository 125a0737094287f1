"""More of everything that pages list, around the things of the matrix: each round adds one more of each, with people of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import orjson
from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from engine.database import metadata
from tests.rectification.campaign import CITY, COUNTY, EAST, TOWN
from tests.web.application import START
from tests.web.matrix.installation import ROLES, Matrix

DAY: Final = START.date()


def add_round(matrix: Matrix, number: int) -> None:
    """One more of each kind."""
    with matrix.street.application.database.writing() as session:
        _Round(session, matrix, number).add()


class _Round:
    """One round of new rows; ``people`` are new in each."""

    def __init__(self, session: Session, matrix: Matrix, number: int) -> None:
        self.session = session
        self.things = matrix.things
        self.readers = [matrix.people[role, "own"] for role in ROLES]
        self.number = number
        self.people: list[int] = []

    def add(self) -> None:
        self._places()
        self._people()
        self._households()
        self._about_the_ticket()
        self._about_the_household()
        self._installation()
        self._workshop()

    # -- rows ------------------------------------------------------------------------------

    def new(self, name: str, /, **values: Any) -> int:
        """Insert a row; its number."""
        table = metadata.tables[name]
        statement = insert(table).values(**values)
        if "id" not in table.c:
            self.session.execute(statement)
            return 0
        return int(self.session.scalars(statement.returning(table.c.id)).one())

    def copy(self, name: str, row: int, /, **changes: Any) -> int:
        """Insert a row that differs from another in these values; its number."""
        table: Table = metadata.tables[name]
        values = dict(self.session.execute(select(table).where(table.c.id == row)).one()._mapping)
        del values["id"]
        return self.new(name, **{**values, **changes})

    # -- places and people -----------------------------------------------------------------

    def _places(self) -> None:
        n = self.number
        county, town = f"{341227 + n}", f"{341226100 + n}"
        self.town, self.village = town, f"{town}201"
        near = f"{TOWN}{300 + n}"
        for code, level, above, path in (
            (county, "county", CITY, f"{CITY}/{county}/"),
            (town, "town", COUNTY, f"{CITY}/{COUNTY}/{town}/"),
            (self.village, "village", town, f"{CITY}/{COUNTY}/{town}/{self.village}/"),
            (near, "village", TOWN, f"{CITY}/{COUNTY}/{TOWN}/{near}/"),
        ):
            self.new("areas", code=code, name=f"区划{code}", level=level, parent_code=above, path=path)
        self.unit = self.new("units", name=f"单位{n}", kind="town_unit", area_code=TOWN, field="health")
        self.team = self.new("units", name=f"工作队{n}", kind="village_team", area_code=EAST)
        self.bureau = self.new("units", name=f"县局{n}", kind="line_dept", area_code=COUNTY, field="health")

    def _people(self) -> None:
        held = (
            (("helper", EAST, EAST, self.team), ("village_office", self.village, self.village, None)),
            (("town_office", TOWN, TOWN, self.unit), ("town_office", self.town, self.town, None)),
            (("county_office", COUNTY, COUNTY, None), ("inspector", COUNTY, COUNTY, None)),
            (("unit_leader", f"U{self.unit}", TOWN, self.unit), ("team_lead", EAST, EAST, self.team)),
            (("line_dept", f"U{self.bureau}", COUNTY, self.bureau), ("admin", COUNTY, COUNTY, None)),
            (("city_office", CITY, CITY, None), ("helper", self.village, self.village, None)),
        )
        for place, posts in enumerate(held):
            name = f"h新人{self.number}-{place}"
            who = self.new("people", name=name, login=name, language="zh", active=True, email=f"{place}@x.cn")
            self.people.append(who)
            for role, scope, area, unit in posts:
                values = {"role": role, "scope": scope, "area_code": area, "unit_id": unit}
                self.new("posts", person_id=who, since=dt.date(2019, 1, 1), **values)
        for reader in self.readers:
            self.new("deputies", person_id=reader, stands_in_for_id=self.people[0], since=DAY)
            self.new("deputies", person_id=self.people[1], stands_in_for_id=reader, since=DAY)

    # -- households, tickets and their work ------------------------------------------------

    def _instance(self, of: int, key: str) -> int:
        """A copy of a running instance with its open work, under another key."""
        table, n = metadata.tables["work_items"], self.number
        open_work = select(table.c.id).where(table.c.instance_id == of, table.c.closed_at.is_(None))
        result = self.copy("instances", of, key=key)
        for item in self.session.scalars(open_work.order_by(table.c.id)).all():
            self.copy("work_items", item, instance_id=result, key=key)
        for timer in self.session.scalars(
            select(metadata.tables["timers"].c.id).where(metadata.tables["timers"].c.instance_id == of)
        ).all():
            self.copy("timers", timer, instance_id=result)
        self.new(
            "incidents", instance_id=result, subject=f"instance:{result}", element="rectify", name=f"整改{n}", doing="timer", detail="",
            happened_at=START, words_zh="停了。", words_en="It stopped.",
        )  # fmt: skip
        return result

    def _open_instance(self, key: str) -> int:
        table = metadata.tables["instances"]
        query = select(table.c.id).where(table.c.key == key, table.c.ended_at.is_(None))
        return self.session.scalars(query.order_by(table.c.id)).first() or 0

    def _households(self) -> None:
        helper, n = self.people[0], self.number
        for village, town in ((EAST, TOWN), (self.village, self.town)):
            home = self.copy(
                "households", 2, number=f"{village}-{n:03}", village=village, town=town, helper_id=self.readers[0], head=f"户主新{n}"
            )  # fmt: skip
            self._instance(self._open_instance("household:2"), f"household:{home}")
            ticket = self.copy(
                "tickets", self.things["ticket"], household_id=home, village=village, town=town, number=f"T-{village}-{n}",
                found_by_id=helper, resp_person_id=self.readers[0] if village == EAST else self.people[3], resp_unit_id=self.unit,
                line_dept_id=self.bureau, visit_id=None, due_at=START - dt.timedelta(days=1),
            )  # fmt: skip
            self._instance(self.things["instance"], f"ticket:{ticket}")
            case = self.copy("cases", self.things["case"], household_id=home, village=village, town=town)
            self._instance(self._open_instance(f"case:{self.things['case']}"), f"case:{case}")
            self.copy(
                "household_results", self.things["result"], household_id=home, village=village, town=town
            )
            self.copy("visits", self.things["visit"], household_id=home, person_id=self.people[0])
        self._instance(self._open_instance(f"village:{EAST}"), f"village:{self.village}")
        self.new("issue_lists", campaign_id=1, village=self.village, kind="main", version=0, zero_report=False, statement="", unvisited_reason="")  # fmt: skip

    def _about_the_ticket(self) -> None:
        ticket, n, people = self.things["ticket"], self.number, self.people
        key, item, at = f"ticket:{ticket}", self.things["item"], START - dt.timedelta(minutes=n)
        self.copy("evidence", self.things["evidence"], uploaded_by_id=people[0], on_behalf_of_id=people[1])
        spoken = self.copy(
            "evidence", self.things["evidence"], about=f"comments:{ticket}", uploaded_by_id=people[2]
        )
        self.new(
            "comments",
            ticket_id=ticket,
            text=f"说{n}",
            mentioned=people[1:3],
            files=[spoken],
            by_id=people[0],
            at=at,
        )
        self.new("progress_notes", ticket_id=ticket, percent=20, text=f"进展{n}", by_id=people[1], at=at)
        self.new("carbon_copies", ticket_id=ticket, person_id=people[2], note="", by_id=people[3], at=at)
        self._history(key, at)
        question = self.new(
            "consultations", ticket_id=ticket, work_item_id=item, step="整改", element="rectify", kind="opinion", needed=1, question=f"问{n}",
            by_id=people[0], on_behalf_of_id=people[1], at=at, due_at=at, work_gone=False,
        )  # fmt: skip
        for who in people[2:4]:
            self.new(
                "consulted_people",
                consultation_id=question,
                person_id=who,
                text="好",
                view="agree",
                by_id=people[4],
                on_behalf_of_id=who,
                at=at,
            )
        for who in people[:2]:
            notice = self.new(
                "notices", person_id=who, at=at, kind="level", about=key, words_zh="催办", words_en="x", link=f"/tickets/{ticket}", level=1,
                urgent=False, dedupe=f"{n}-{who}",
            )  # fmt: skip
            self.copy("deliveries", self.things["delivery"], notice_id=notice, digest_key=None)
        step = {
            "work_item_id": item,
            "level": 1,
            "colour": "yellow",
            "who": "unit_leader",
            "escalation_at": at,
            "at": at,
        }
        self.new(
            "escalation_steps",
            **step,
            rule=1 + n,
            person_id=people[3],
            late=False,
            channel="mail",
            batch_id=0,
        )
        for name, values in self._acts(people, at).items():
            self.new(name, ticket_id=ticket, **values)
        self.copy(
            "work_items", item, owner=f"post:unit_leader@U{self.unit}", offered_to=f"post:unit_leader@U{self.unit}", token=900 + n,
            due_at=START + dt.timedelta(days=n),
        )  # fmt: skip

    def _acts(self, people: list[int], at: dt.datetime) -> dict[str, Mapping[str, Any]]:
        n = self.number
        return {
            "dispatches": {"rect_type": "immediate", "measure": "x", "unit_id": self.unit, "person_id": people[0], "due_at": at, "by_id": people[1], "at": at},
            "reverifications": {"result": "not_fixed", "method": "on_site", "second_verifier": "x", "demand": "", "photos": [], "unit_id": self.unit, "by_id": people[1], "at": at},
            "transfers": {"from_unit_id": self.unit, "from_person_id": people[0], "to_unit_id": self.team, "to_person_id": people[1], "reason": "x", "result": "accepted", "note": "", "by_id": people[2], "at": at},
            "due_date_changes": {"old_due": at, "new_due": at, "reason": "x", "by_id": people[2], "at": at},
            "extensions": {"old_due": at, "asked_for": DAY, "reason": "x", "new_due": at, "note": "", "asked_by_id": people[0], "decided_by_id": people[2], "at": at},
            "progress_statements": {"cause": "mark", "asked": "x", "asked_by_id": people[1], "asked_at": at, "due_at": at, "reason": f"因{n}", "plan": "", "by_id": people[0], "at": at, "decision": "keep", "opinion": "", "decided_by_id": people[2], "closed_at": at},
            "cancellations": {"reason": f"止{n}", "by_id": people[0], "at": at, "confirmed": False, "opinion": "x", "decided_by_id": people[1], "on_behalf_of_id": people[2], "decided_at": at},
            "suspensions": {"until": DAY, "reason": "x", "by_id": people[2], "at": at, "ended_at": at, "ended_by_id": people[3]},
            "explanations": {"kind": "overdue", "reason_code": "construction", "text": "x", "plan": "x", "protection": "", "review_date": DAY, "evidence": [], "state": "accepted", "by_id": people[0], "at": at},
            "closure_requests": {"result": "x", "evidence": [], "late": False, "by_id": people[0], "at": at},
        }  # fmt: skip

    def _history(self, key: str, at: dt.datetime) -> None:
        """What several people did, each naming others and for somebody else."""
        people = self.people
        details = (
            ("commented", {"mentioned": people[1:3], "text": "x"}, None),
            ("transferred", {"person": people[3], "unit": self.unit}, None),
            ("completed", {"values": {"resp_person": people[4], "resp_unit": self.bureau}}, "dispatch"),
            ("escalated", {"level": 1, "told": people[:2]}, "rectify"),
        )
        for action, detail, element in details:
            self.new(
                "history", at=at, actor="x", person=people[0], on_behalf_of=people[1], action=action, key=key, element=element,
                instance_id=self.things["instance"], detail=orjson.dumps(detail).decode(),
            )  # fmt: skip

    def _about_the_household(self) -> None:
        home, n, people = self.things["household"], self.number, self.people
        visit = self.copy("visits", self.things["visit"], person_id=people[0])
        self.new("visit_checks", visit_id=visit, accepted=False, reason="x", by_id=people[1], at=START)
        self.new("household_members", household_id=home, name=f"人{n}", relation="子", works=False)
        self.new("household_measures", household_id=home, year=2000 + n, person="", kind="低保")
        problem = self.new(
            "baseline_problems", campaign_id=1, household_id=home, item=f"旧{n}", description="x"
        )
        self.new(
            "baseline_checks", problem_id=problem, case_id=self.things["case"], state="fixed", measure_in_place=True, measure="", note="", reason="",
            plan="", ticket_id=self.things["ticket"], by_id=people[1], agreed_by_id=people[2], at=START,
        )  # fmt: skip
        self.new("result_decisions", result_id=self.things["result"], how="kept", outcome="exit", reason="x", facts={}, papers=[], by_id=people[0], at=START)  # fmt: skip
        stream = self.copy("work_streams", 1, code=f"w{n}", name_zh=f"工作{n}", position=n)
        case = self.copy("cases", self.things["case"], work_stream_id=stream)
        self._instance(self._open_instance(f"case:{self.things['case']}"), f"case:{case}")
        self.new(
            "case_outcomes", case_id=case, work_stream_id=stream, household_id=home, kind="recheck", reason="x", facts={}, by_id=people[0], at=START
        )  # fmt: skip
        for key in (
            f"household:{home}",
            f"case:{self.things['case']}",
            f"result:{self.things['result']}",
            f"village:{EAST}",
        ):
            self._history(key, START - dt.timedelta(minutes=n))
        ticket = self.things["ticket"]
        self.copy(
            "tickets",
            ticket,
            number=f"H-{n}",
            found_by_id=people[0],
            resp_person_id=people[1],
            resp_unit_id=self.unit,
        )

    # -- the installation ------------------------------------------------------------------

    def _installation(self) -> None:
        n, people, things, helper = self.number, self.people, self.things, self.things["helper"]
        self.copy("campaigns", 1, name=f"行动{n}", area_code=CITY)
        self.copy("uploads", things["upload"], file_name=f"{n}.xlsx", by_id=people[2])
        self.copy("uploads", things["upload"], file_name=f"{n}.xlsx")
        for reader in self.readers:
            self.copy("jobs", things["job"], asked_by_id=reader)
            self.copy("saved_filters", things["filter"], person_id=reader, name=f"筛{n}")
            self.new(
                "notices", person_id=reader, at=START, kind="offered", about=f"ticket:{things['ticket']}", words_zh="告知", words_en="x", link="/",
                level=0, urgent=False, dedupe=f"reader-{n}-{reader}", read_at=START,
            )  # fmt: skip
            self.new("web_api_tokens", token_hash=f"{n}-{reader}", person_id=reader, name="x", revoked=False, created_at=START, expires_at=START + dt.timedelta(days=99))  # fmt: skip
            awaited = {
                "work_item_id": things["item"],
                "rule": 100 * n + reader,
                "level": 1,
                "who": "unit_leader",
            }
            self.new(
                "acknowledgement_requests",
                **awaited,
                colour="yellow",
                channel="app",
                asked_at=START,
                due_at=START,
            )
        for code in (COUNTY, TOWN, EAST):
            endpoint = self.new("endpoints", kind="webhook", name=f"{code}-{n}", address="https://example.invalid/x", secret="", area_code=code, active=True)  # fmt: skip
        self.new("devices", endpoint_id=endpoint, person_id=helper, fingerprint=f"{n}", added_at=START)
        self.new(
            "saved_filters",
            person_id=people[1],
            name=f"共享{n}",
            query="",
            columns=[],
            shared_to=f"post:town_office@{TOWN}",
            created_at=START,
        )
        self.new("holidays", area=COUNTY, day=dt.date(2019, 10, 1 + n), kind="holiday", name="停工")
        change = self.copy("calendar_changes", things["calendar_change"], asked_by_id=people[2])
        self.copy("reschedulings", things["rescheduling"], asked_by_id=people[2], job_id=None)
        self.copy("reschedulings", 1, calendar_change_id=change, asked_by_id=people[2], job_id=None)
        self.new(
            "rescheduled_dates", rescheduling_id=things["rescheduling"], instance_id=things["instance"], kind="work", number=things["item"],
            name_zh="整改", name_en="x", before=START, after=START,
        )  # fmt: skip
        self.copy("check_items", 3, code=f"E{100 + n}")
        self.new("categories", campaign_id=1, code=f"c{n}", position=n, title_zh="类", title_en="x")
        self.copy("check_items", 3, code=f"F{100 + n}", category=f"c{n}")
        for area in (CITY, COUNTY, TOWN):
            self.new(
                "criteria",
                campaign_id=1,
                area=area,
                item="E4",
                version=n,
                text_zh="x",
                text_en="x",
                by_id=people[2],
                at=START,
            )
        self.new(
            "handovers", person_id=helper, by_id=people[2], at=START, reason="leave", note="", successors={"tickets": people[1]}, posts={},
            moved={"tickets": 1}, left=[[f"ticket:{things['ticket']}", "x", "x"]], finished_at=START,
        )  # fmt: skip

    def _workshop(self) -> None:
        n, things = self.number, self.things
        draft = self.copy("drafts", things["draft"], title=f"改{n}")
        for number, whose in ((draft, self.people[2]), (things["draft"], self.people[2])):
            self.new(
                "draft_editors", draft_id=number, person=whose, name=f"h{n}", seen_at=START, saved_at=START
            )
            self.new(
                "draft_reviews", draft_id=number, revision=1, note="x", asked_at=START, asked_by="x", decided_at=START, decided_by="x",
                approved=False, words="x",
            )  # fmt: skip
        version = self.copy("definitions", things["definition"], number=1 + n)
        table = metadata.tables["processes"]
        for row in self.session.execute(
            select(table).where(table.c.definition_id == things["definition"])
        ).all():
            self.new("processes", **{**row._mapping, "definition_id": version, "current": False})
        self.new("instance_migrations", instance_id=things["instance"], kind="hand", from_id=things["definition"], to_id=version, places={}, reason="x", at=START, by="x", before=b"", version_after=1)  # fmt: skip
