"""Verifying an installation: whatever somebody changes behind the product's back is named, and nothing crashes the check."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from engine.audit import chain
from engine.audit.chain import MOST_FAULTS
from engine.audit.history import record
from engine.clock import PushedClock
from engine.schema import history, seals
from engine.text import LocalizedText
from huitoukan.auditing import verify, verify_session
from notifications.claiming import Sender, claim
from notifications.notices import Delivery
from notifications.outbox import NotificationRequest, notify_many
from rectification.campaigns.model import Campaign, Milestone
from rectification.evidence.files import kept_file, kept_small_picture
from rectification.evidence.model import Evidence
from rectification.households.model import Household
from rectification.imports import ImportOptions, bring_in
from rectification.matters.issue_list import IssueList
from rectification.matters.result import HouseholdResult, ResultDecision
from rectification.matters.ticket import Ticket
from rectification.matters.visit import Visit, VisitCheck
from rectification.papers.proof import write_package
from rectification.rescheduling.milestones import move, written
from rectification.results.outcomes import CaseOutcome
from rectification.tickets.closures import Closure, ClosureRequest
from rectification.tickets.dispatch import Dispatch
from rectification.tickets.reverifications import Reverification
from tests.rectification.campaign import ZONE, SmallCampaign, local
from tests.rectification.test_exports import exported
from tests.rectification.test_papers import printed, words
from tests.rectification.test_results import POOR, Walk
from tests.rectification.test_works import answers


@dataclass
class Installation:
    """A sealed installation, and a transaction in which somebody changes it and which is never committed."""

    session: Session
    data: Path
    clock: PushedClock

    @property
    def anchor(self) -> Path:
        return self.data / "seals.txt"

    def faults(self, anchor: Path | None = None) -> str:
        verdict = verify_session(self.session, self.data, anchor or self.anchor)
        return "\n".join(fault.en for fault in verdict.faults)

    def free(self) -> None:
        """Whoever owns the database takes the triggers away first."""
        for table in ("history", "audit_seals"):
            if self.session.get_bind().dialect.name == "postgresql":
                self.session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
            else:
                for verb in ("update", "delete"):
                    self.session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))

    @property
    def last(self) -> Any:
        return self.session.execute(select(seals).order_by(seals.c.id.desc()).limit(1)).one()

    def put_in(self, **values: Any) -> None:
        """Put a row in, like the first one but for what is given."""
        first = self.session.execute(select(history).order_by(history.c.id).limit(1)).one()
        self.session.execute(insert(history), {**first._mapping, "action": "reminded", **values})

    def change(self, table: Any, **values: Any) -> None:
        """Change the last row of a table."""
        last = select(table.id).order_by(table.id.desc()).limit(1).scalar_subquery()
        self.session.execute(update(table).where(table.id == last).values(**values))

    def remove(self, table: Any) -> None:
        """Take away the last row of a table."""
        last = select(table.id).order_by(table.id.desc()).limit(1).scalar_subquery()
        self.session.execute(delete(table).where(table.id == last))

    def seal_anew(self) -> None:
        """Somebody who knows the product makes a new chain."""
        self.session.execute(delete(seals))
        while chain.seal(self.session, self.clock.now()) is not None:
            pass

    def file(self, *, small: bool = False) -> Path:
        row = self.session.scalars(select(Evidence).where(Evidence.media_type == "image/jpeg")).first()
        assert row is not None
        return (kept_small_picture if small else kept_file)(self.data, row.sha256)

    def seal_on(self) -> None:
        """The server seals what it finds."""
        self.clock.push_by(dt.timedelta(hours=1))
        assert chain.seal(self.session, self.clock.now()) is not None


def _sealed(small: SmallCampaign) -> None:
    anchor = small.folder / "seals.txt"
    with small.database.writing() as session:
        made = chain.seal(session, small.clock.now())
    assert made is not None
    chain.write_outside(anchor, made)


def work(small: SmallCampaign) -> None:
    """A list, a ticket under repair with evidence, a result; sealed on several days."""
    small.begin()
    _sealed(small)
    number = small.in_progress()
    _sealed(small)
    small.photo(f"ticket:{number}")
    small.paper(f"ticket:{number}")
    small.push(local(15))
    _sealed(small)
    walk = Walk(small, "exit_planned", "dynamic", "recheck")
    recheck = next(entry.key for entry in small.open() if entry.element == "recheck")
    small.do("helper", recheck, "recheck", answers=answers(small, "recheck"))
    walk.dynamic(income=POOR)
    walk.decide("no_exit")
    small.push(local(16))
    _sealed(small)


Tampering = Callable[[Installation], None]

EARLIER = dt.timedelta(days=2)


def _row_changed(installation: Installation) -> None:
    installation.session.execute(
        update(history).where(history.c.id == installation.last.first_id).values(actor="别人")
    )


def _row_removed(installation: Installation) -> None:
    installation.session.execute(delete(history).where(history.c.id == installation.last.first_id))


def _last_row_removed(installation: Installation) -> None:
    installation.session.execute(delete(history).where(history.c.id == installation.last.last_id))


def _row_zero(installation: Installation) -> None:
    installation.put_in(id=0)


def _row_below_zero(installation: Installation) -> None:
    installation.put_in(id=-5)


def _row_in_a_gap(installation: Installation) -> None:
    """The gap that a transaction left which was rolled back."""
    number = installation.last.first_id
    entries = b"".join(
        n.to_bytes(8, "big") + digest for n, digest in chain.entries_of(installation.last.rows) if n != number
    )
    installation.session.execute(delete(history).where(history.c.id == number))
    installation.session.execute(update(seals).where(seals.c.id == installation.last.id).values(rows=entries))
    digest = chain._hash_seal(
        installation.last.previous,
        installation.last.first_id,
        installation.last.last_id,
        installation.last.sealed_at,
        entries,
    )
    installation.session.execute(update(seals).where(seals.c.id == installation.last.id).values(hash=digest))
    *before, _ = installation.anchor.read_text().splitlines()
    installation.anchor.write_text("\n".join([*before, f"{installation.last.id} {digest}"]) + "\n")
    assert installation.faults() == "", "only the gap stands there"
    installation.put_in(id=number, at=installation.clock.now())


def _row_backdated(installation: Installation) -> None:
    installation.put_in(id=installation.last.last_id + 1, at=installation.clock.now() - EARLIER)


def _row_backdated_and_sealed(installation: Installation) -> None:
    _row_backdated(installation)
    installation.seal_on()


def _row_far_ahead_and_backdated(installation: Installation) -> None:
    installation.put_in(id=installation.last.last_id + 100_000, at=installation.clock.now() - EARLIER)
    installation.seal_on()


def _row_of_the_future(installation: Installation) -> None:
    installation.put_in(id=installation.last.last_id + 1, at=installation.clock.now() + EARLIER)
    installation.seal_on()


def _row_taken_out_of_its_seal(installation: Installation) -> None:
    kept = installation.last.rows[40:]
    installation.session.execute(delete(history).where(history.c.id == installation.last.first_id))
    installation.session.execute(update(seals).where(seals.c.id == installation.last.id).values(rows=kept))


def _seal_removed(installation: Installation) -> None:
    installation.session.execute(delete(seals).where(seals.c.id == installation.last.id - 1))


def _end_cut_off(installation: Installation) -> None:
    last = installation.last
    installation.session.execute(delete(history).where(history.c.id >= last.first_id))
    installation.session.execute(delete(seals).where(seals.c.id == last.id))


def _seals_removed(installation: Installation) -> None:
    installation.session.execute(delete(seals))


def _seals_and_copy_removed(installation: Installation) -> None:
    installation.session.execute(delete(seals))
    installation.anchor.unlink()


def _time_of_a_seal(installation: Installation) -> None:
    installation.session.execute(
        update(seals)
        .where(seals.c.id == installation.last.id)
        .values(sealed_at=installation.last.sealed_at + EARLIER)
    )


def _chain_made_anew(installation: Installation) -> None:
    _row_changed(installation)
    installation.seal_anew()


def _chain_made_anew_and_copy_emptied(installation: Installation) -> None:
    _chain_made_anew(installation)
    installation.anchor.write_text("")


def _chain_made_anew_and_copy_removed(installation: Installation) -> None:
    _chain_made_anew(installation)
    installation.anchor.unlink()


def _chain_made_anew_and_copy_of_the_new_end(installation: Installation) -> None:
    _chain_made_anew_and_copy_emptied(installation)
    installation.put_in(id=installation.last.last_id + 1, at=installation.clock.now())
    installation.seal_on()
    chain.write_outside(installation.anchor, chain.Seal(installation.last.id, installation.last.hash, 0))


def _copy_removed(installation: Installation) -> None:
    installation.anchor.unlink()


def _copy_emptied(installation: Installation) -> None:
    installation.anchor.write_text("")


def _copy_with_a_strange_line(installation: Installation) -> None:
    installation.anchor.write_text("ünlesbar\n" + installation.anchor.read_text() + "12x 99\n", "utf-8")


def _copy_of_bytes(installation: Installation) -> None:
    installation.anchor.write_bytes(b"\xff\xfe\x00" + installation.anchor.read_bytes())


def _copy_is_a_folder(installation: Installation) -> None:
    installation.anchor.unlink()
    installation.anchor.mkdir()


def _line_of_the_copy_removed(installation: Installation) -> None:
    first, _, *others = installation.anchor.read_text().splitlines()
    installation.anchor.write_text("\n".join([first, *others]) + "\n")


def _line_of_the_copy_changed(installation: Installation) -> None:
    installation.anchor.write_text(installation.anchor.read_text().replace(installation.last.hash, "0" * 64))


def _ticket_put_in(installation: Installation) -> None:
    row = installation.session.execute(select(Ticket.__table__)).first()
    assert row is not None
    values = {**row._mapping, "id": 99, "number": None, "instance_id": None}
    installation.session.execute(insert(Ticket.__table__), values)  # type: ignore[arg-type]


def _list_with_another_hash(installation: Installation) -> None:
    row = installation.session.scalars(select(IssueList).where(IssueList.frozen_at.is_not(None))).one()
    lines = (row.lines or "").replace("E4", "E5")
    digest = hashlib.sha256(lines.encode()).hexdigest()
    installation.session.execute(
        update(IssueList).where(IssueList.id == row.id).values(lines=lines, hash=digest)
    )


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _evidence_put_in(installation: Installation) -> None:
    row = installation.session.execute(select(Evidence.__table__)).first()
    assert row is not None
    installation.session.execute(insert(Evidence.__table__), {**row._mapping, "id": 99})  # type: ignore[arg-type]


def _table_dropped(name: str) -> Tampering:
    def drop(installation: Installation) -> None:
        cascade = " CASCADE" if installation.session.get_bind().dialect.name == "postgresql" else ""
        installation.session.execute(text(f"DROP TABLE {name}{cascade}"))

    return drop


TAMPERINGS: dict[str, tuple[Tampering, str]] = {
    "a row was changed": (_row_changed, "was changed"),
    "a row was removed": (_row_removed, "was removed"),
    "the last row was removed": (_last_row_removed, "was removed"),
    "a row was put in with number 0": (_row_zero, "no seal knows"),
    "a row was put in with a number below 0": (_row_below_zero, "no seal knows"),
    "a row was put into a gap": (_row_in_a_gap, "no seal knows"),
    "a row was backdated": (_row_backdated, "says that it is older"),
    "a row was backdated and sealed": (_row_backdated_and_sealed, "does not fit its seal"),
    "a row was put in far ahead": (_row_far_ahead_and_backdated, "does not fit its seal"),
    "a row was dated ahead": (_row_of_the_future, "does not fit its seal"),
    "a row was taken out of its seal": (_row_taken_out_of_its_seal, "does not follow"),
    "a seal was removed": (_seal_removed, "does not follow"),
    "the end was cut off": (_end_cut_off, "differs from the copy"),
    "all seals were removed": (_seals_removed, "no seal at all"),
    "all seals and the copy were removed": (_seals_and_copy_removed, "no seal at all"),
    "the time of a seal was changed": (_time_of_a_seal, "does not follow"),
    "the chain was made anew": (_chain_made_anew, "differs from the copy"),
    "and the copy emptied": (_chain_made_anew_and_copy_emptied, "lacks"),
    "and the copy removed": (_chain_made_anew_and_copy_removed, "nothing could be compared"),
    "and the copy begun anew": (_chain_made_anew_and_copy_of_the_new_end, "lacks"),
    "the copy was removed": (_copy_removed, "nothing could be compared"),
    "the copy was emptied": (_copy_emptied, "lacks"),
    "the copy holds a strange line": (_copy_with_a_strange_line, "cannot be understood"),
    "the copy holds strange bytes": (_copy_of_bytes, "cannot be understood"),
    "the copy is a folder": (_copy_is_a_folder, "cannot be read"),
    "a line of the copy was removed": (_line_of_the_copy_removed, "lacks 1 seal,"),
    "a line of the copy was changed": (_line_of_the_copy_changed, "differs from the copy"),
    "evidence has another hash": (lambda one: one.change(Evidence, sha256="0" * 64), "differs from the history"),
    "evidence is about something else": (lambda one: one.change(Evidence, about="ticket:9"), "knows nothing of evidence"),
    "evidence came from somebody else": (lambda one: one.change(Evidence, uploaded_by_id=1), "differs from the history"),
    "evidence was removed": (lambda one: one.remove(Evidence), "no longer in the database"),
    "evidence was put in": (_evidence_put_in, "knows nothing of evidence"),
    "a file was changed": (lambda one: _write(one.file(), b"another"), "the file was changed"),
    "a file was removed": (lambda one: one.file().unlink(), "not in the store"),
    "a small picture was changed": (lambda one: _write(one.file(small=True), b"x"), "the file was changed"),
    "a ticket has another status": (lambda one: one.change(Ticket, status="closed"), "The status of ticket"),
    "a ticket is due later": (lambda one: one.change(Ticket, due_at=one.clock.now()), "The due date of ticket"),
    "a ticket is somebody else's": (lambda one: one.change(Ticket, resp_person_id=1), "The responsible person"),
    "a ticket was closed otherwise": (lambda one: one.change(Ticket, close_type="rectified"), "The closing of ticket"),
    "a ticket has another number": (lambda one: one.change(Ticket, number="2019-1-001"), "does not stand on its frozen list"),
    "a ticket was put in": (_ticket_put_in, "does not say where ticket 99 comes from"),
    "a list was changed": (lambda one: one.change(IssueList, lines="{}"), "Issue list"),
    "a list was changed with its hash": (_list_with_another_hash, "Issue list"),
    "a work's outcome was changed": (lambda one: one.change(CaseOutcome, kind="fixed"), "The result of case"),
    "a work's outcome was removed": (lambda one: one.remove(CaseOutcome), "The result of case"),
    "a result was changed": (lambda one: one.change(HouseholdResult, outcome="exit"), "The result 1 differs"),
    "a decision was changed": (lambda one: one.change(ResultDecision, reason="别的理由"), "The result 1 differs"),
    "a decision was removed": (lambda one: one.remove(ResultDecision), "A decision about result:1"),
    "the table of seals was dropped": (_table_dropped("audit_seals"), "cannot be read"),
    "the table of history was dropped": (_table_dropped("history"), "cannot be read"),
    "the table of evidence was dropped": (_table_dropped("evidence"), "cannot be read"),
}  # fmt: skip
"""What was tried, and words of the sentence that names it."""


def _tried(small: SmallCampaign, place: Path, tampering: Tampering) -> str:
    """What is found after somebody did something to a copy of the data folder and to the database."""
    shutil.copytree(small.folder, place)
    with small.database.trying() as session:
        installation = Installation(session, place, small.clock)
        installation.free()
        tampering(installation)
        return installation.faults()


def test_whatever_is_changed_behind_the_products_back_is_named(
    small: SmallCampaign, tmp_path_factory: pytest.TempPathFactory
) -> None:
    work(small)
    place = tmp_path_factory.mktemp("copies")
    assert _tried(small, place / "untouched", lambda one: None) == ""
    result = {name: _tried(small, place / name, tampering) for name, (tampering, _) in TAMPERINGS.items()}
    missed = {name: result[name] for name, (_, words) in TAMPERINGS.items() if words not in result[name]}
    assert not missed


def _finished(small: SmallCampaign) -> None:
    """A ticket that was fixed at the second attempt and closed, another under repair, a household that was brought in."""
    number = small.in_progress()
    small.push(local(15))
    small.fixed(number)
    small.verified(number, "not_fixed", demand="补签约")
    small.fixed(number)
    small.verified(number, "fixed")
    small.do(
        "county", f"ticket:{number}", "record_closure", record_channel="provincial_system",
        external_number="省-1", external_date="2019-09-15",
    )  # fmt: skip
    sheet = "户编号,村,户主,户类型,人口\nN-1,东村,王一,边缘户,2\n".encode()
    with small.database.writing() as session:
        bring_in(small.acting(session, "county"), "households", sheet, "户.csv", ImportOptions(campaign_id=1))
        row = session.scalars(select(Milestone).where(Milestone.name == "closing")).one()
        moved = {
            "before": {"closing": written(row)},
            "after": {"closing": {"day": "2019-10-08", "cutoff": None}},
        }
        record(session, small.actor("county"), small.clock.now(), "milestones_changed", "campaign:1", **moved)
        move(session, session.get_one(Campaign, 1), moved["after"])
    _sealed(small)


def _visit_removed(installation: Installation) -> None:
    installation.session.execute(update(Ticket).values(visit_id=None))
    installation.session.execute(delete(VisitCheck))
    installation.session.execute(delete(Visit))


def _day_of_closing(installation: Installation) -> None:
    later = update(Milestone).where(Milestone.name == "closing").values(day=dt.date(2019, 10, 9))
    installation.session.execute(later)


KEPT_ROWS: dict[str, tuple[Tampering, str]] = {
    "a finding": (lambda one: one.change(Reverification, result="not_true"), "A re-verification of ticket 1 differs"),
    "the second verifier": (lambda one: one.change(Reverification, second_verifier="李四"), "A re-verification of ticket 1 differs"),
    "a finding removed": (lambda one: one.remove(Reverification), "The re-verification of ticket 1: 1 are kept"),
    "a closing removed": (lambda one: one.remove(Closure), "The closing of ticket 1: 0 are kept"),
    "a closing": (lambda one: one.change(Closure, basis="文号"), "A closing of ticket 1 differs"),
    "a request": (lambda one: one.change(ClosureRequest, result="没有整改"), "A request for closure of ticket 1 differs"),
    "a dispatch": (lambda one: one.change(Dispatch, measure="不用整改"), "A dispatch of ticket 1 differs"),
    "the answers of a visit": (lambda one: one.change(Visit, answers={}), "Visit 1 differs"),
    "the day of a visit": (lambda one: one.change(Visit, visited_on=dt.date(2019, 9, 1)), "Visit 1 differs"),
    "the second visitor": (lambda one: one.change(Visit, second_visitor="李四"), "Visit 1 differs"),
    "a visit removed": (_visit_removed, "Visit 1 is no longer"),
    "the description": (lambda one: one.change(Ticket, description="无"), "The description of ticket 1 differs from the history.\nThe description of ticket 1 differs from its frozen list"),
    "the day of the find": (lambda one: one.change(Ticket, found_on=dt.date(2019, 1, 1)), "The day of the find of ticket 1"),
    "the measure": (lambda one: one.change(Ticket, measure="不用整改"), "The measure of ticket 1 differs"),
    "the external number": (lambda one: one.change(Ticket, external_number="省-2"), "The external number of ticket 1"),
    "the time of closing": (lambda one: one.change(Ticket, closed_at=local(1)), "The time of closing of ticket 1"),
    "the level": (lambda one: one.change(Ticket, escalation_level=3), "The escalation level of ticket 1"),
    "no number": (lambda one: one.change(Ticket, number=None), "No ticket has the number"),
    "the kind of a household": (lambda one: one.change(Household, kind="ordinary"), "The type of household 5 differs"),
    "a household removed": (lambda one: one.remove(Household), "Household 5 is no longer"),
    "a milestone": (_day_of_closing, "The milestone “closing” of campaign 1 differs"),
}  # fmt: skip
"""What acts kept, changed by hand after a ticket was closed, and words of the sentence that names it."""


def test_what_acts_kept_is_compared_too(
    small: SmallCampaign, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _finished(small)
    place = tmp_path_factory.mktemp("copies")
    assert _tried(small, place / "untouched", lambda one: None) == ""
    result = {name: _tried(small, place / name, tampering) for name, (tampering, _) in KEPT_ROWS.items()}
    missed = {name: result[name] for name, (_, words) in KEPT_ROWS.items() if words not in result[name]}
    assert not missed


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_copy_that_another_system_saved_with_its_own_line_ends_is_the_same_copy(
    small: SmallCampaign, tmp_path: Path, mark: str
) -> None:
    work(small)
    copy = tmp_path / "copy.txt"
    text = (small.folder / "seals.txt").read_text()
    copy.write_bytes((mark + text.replace("\n", "\r\n")).encode())
    with small.database.reading() as session:
        assert verify_session(session, small.folder, copy).faults == ()


def test_a_copy_that_is_not_where_it_was_said_to_be_is_no_verification(small: SmallCampaign) -> None:
    work(small)
    with small.database.reading() as session:
        verdict = verify_session(session, small.folder, small.folder / "seal.txt")
    assert verdict.fault is not None
    assert "nothing could be compared" in verdict.fault.en


def test_what_a_server_could_not_write_outside_is_written_by_the_next_and_nothing_else_is(
    small: SmallCampaign,
) -> None:
    work(small)
    anchor = small.folder / "seals.txt"
    whole = anchor.read_text()
    *before, _last = whole.splitlines()

    def owed() -> int:
        with small.database.reading() as session:
            return chain.write_owed(session, anchor)

    anchor.write_text("\n".join([*before, "3 abc"]))  # the disk was full
    assert owed() == 1
    assert anchor.read_text().splitlines() == [*before, "3 abc", _last]
    assert owed() == 0
    for another in ("", "7 " + "0" * 64 + "\n"):
        anchor.write_text(another)
        assert owed() == 0, "a copy that the chain does not continue is left for the verification"
    anchor.write_text(whole)


def test_a_whole_installation_is_whole_and_says_what_is_not_sealed_yet(small: SmallCampaign) -> None:
    work(small)
    small.photo("household:1")
    verdict = verify(small.database, small.folder, small.folder / "seals.txt")
    assert (verdict.faults, verdict.unsealed) == ((), 1)
    assert verdict.rows > 20
    with small.database.reading() as session:
        assert str(chain.get_head(session)).endswith(verdict.head)


def test_one_great_change_is_named_and_not_told_a_thousand_times(small: SmallCampaign) -> None:
    work(small)
    with small.database.trying() as session:
        Installation(session, small.folder, small.clock).free()
        session.execute(update(history).values(actor="别人"))
        verdict = verify_session(session, small.folder, small.folder / "seals.txt")
    assert len(verdict.faults) == MOST_FAULTS


def test_the_head_of_the_chain_stands_on_exports_papers_and_daily_mails(small: SmallCampaign) -> None:
    work(small)
    with small.database.reading() as session:
        head = chain.get_head(session)
    assert head is not None
    assert f"审计链 {head}" in words(printed(small, "dispatch", 1))
    assert f"Audit chain {head}" in (
        openpyxl.load_workbook(exported(small))["整改台账"].oddFooter.left.text or ""
    )
    with small.database.writing() as session:
        notify_many(
            session,
            [NotificationRequest(1, "level", "ticket:1", LocalizedText("逾期", "Overdue"), "/")],
            small.clock.now(),
        )
    with small.database.reading() as session:
        daily = select(Delivery.id).where(Delivery.channel == "mail", Delivery.digest_key.is_not(None))
        number = session.scalars(daily.order_by(Delivery.id.desc()).limit(1)).one()
    small.clock.push_by(dt.timedelta(days=2))
    letters = claim(small.database, Sender("", "h", ZONE), "mail", small.clock.now()).letters
    texts = [letter.letter.text for letter in letters if number in letter.deliveries]
    assert [str(head) in text_ for text_ in texts] == [True]


def _unpacked(small: SmallCampaign, place: Path) -> Path:
    with small.database.reading() as session, (place / "package.zip").open("w+b") as file:
        write_package(session, small.folder, small.ticket(1), printed(small, "ticket_dossier", 1), file)
        with zipfile.ZipFile(file) as archive:
            archive.extractall(place / "package")
    return place / "package"


def _verified(package: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", package / "verify.py"], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_a_dossiers_package_is_verified_offline_and_names_what_was_changed(
    small: SmallCampaign, tmp_path_factory: pytest.TempPathFactory
) -> None:
    work(small)
    package = _unpacked(small, tmp_path_factory.mktemp("package"))
    with small.database.reading() as session:
        head = chain.get_head(session)
    code, said = _verified(package)
    assert (code, str(head) in said) == (0, True)
    assert "2 件凭证" in said
    rows, evidence = package / "rows.json", next((package / "evidence").iterdir())
    whole, content = rows.read_text(), evidence.read_bytes()
    changes: dict[str, Callable[[], object]] = {
        "was changed": lambda: rows.write_text(whole.replace("dispatched", "closed")),
        "does not follow": lambda: rows.write_text(_without_a_seal(whole)),
        "the evidence": lambda: evidence.write_bytes(b"another"),
        "is missing": evidence.unlink,
        "know nothing of evidence": lambda: (package / "evidence" / "more").write_text("x"),
    }
    for sentence, change in changes.items():
        change()
        code, said = _verified(package)
        assert (code, sentence in said) == (1, True), sentence
        rows.write_text(whole)
        evidence.write_bytes(content)


def _without_a_seal(text: str) -> str:
    told = json.loads(text)
    del told["seals"][1]
    return json.dumps(told, ensure_ascii=False)
