"""What the checks and the tests say of a draft, and which warnings may stand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.authoring.drafts import Draft, save
from engine.checks import Finding, check
from engine.checks.facts import Vocabulary
from engine.definitions.versions import Version, is_model
from engine.errors import BadModel, NotAllowed, NotFound
from engine.host import Actor
from engine.schema import drafts
from engine.simulation.tests import ProcessTest, TestResult, run_tests
from engine.text import LocalizedText


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding about one file of a draft, and the reason with which somebody accepted it."""

    file: str
    finding: Finding
    reason: str = ""

    @property
    def blocks(self) -> bool:
        """Errors block for good, warnings until somebody says why they may stand."""
        return self.finding.severity == "error" or not self.reason


def findings(draft: Draft, file: str | None = None, facts: Vocabulary | None = None) -> list[Judged]:
    """What the checks say of the files that the draft changes, or of one file."""
    files = draft.files_as_drawn
    result = [file] if file else [name for name in files if name in draft.changed]
    reasons = {(kept["file"], kept["rule"], kept["element"]): kept["reason"] for kept in draft.accepted}
    return [
        Judged(name, finding, reasons.get((name, finding.rule, finding.element), ""))
        for name in result
        if name in files and is_model(name)
        for finding in check(files[name], file=name, companions=files, facts=facts)
    ]


def accept(
    session: Session,
    draft: Draft,
    warning: tuple[str, str, str],
    reason: str,
    actor: Actor,
    now: dt.datetime,
    facts: Vocabulary | None = None,
) -> None:
    """Let a warning (file, rule, element) stand, with the reason; an empty one takes that back.

    Errors cannot be accepted.
    """
    draft.must_be_open()
    file, rule, element = warning
    fits = [
        judged
        for judged in findings(draft, file, facts)
        if (judged.finding.rule, judged.finding.element) == (rule, element)
    ]
    if not fits:
        raise NotFound()
    if fits[0].finding.severity == "error":
        raise NotAllowed(
            LocalizedText("错误不能接受，只能改正。", "An error cannot be accepted; it has to be mended.")
        )
    kept = [
        was for was in draft.accepted if (was["file"], was["rule"], was["element"]) != (file, rule, element)
    ]
    if reason.strip():
        kept.append(
            {
                "file": file,
                "rule": rule,
                "element": element,
                "reason": reason.strip()[:1000],
                "by": actor.name,
            }
        )
    session.execute(update(drafts).where(drafts.c.id == draft.id).values(accepted=kept))
    record(
        session,
        actor,
        now,
        "warning_accepted",
        draft.key,
        file=file,
        rule=rule,
        on=element,
        text=reason.strip(),
    )


def test_results(draft: Draft) -> list[TestResult]:
    """What the tests say of the draft as it would be published; nothing while it cannot be read."""
    version = Version(0, {name: data.decode() for name, data in draft.files.items()})
    try:
        return run_tests(version)
    except BadModel:
        return []


def expect_anew(
    session: Session,
    draft: Draft,
    test: ProcessTest,
    revision: int,
    reason: str,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Put a test into the draft that expects otherwise, with the reason in the history.

    ``revision`` is the one on which the test was played.
    """
    save(session, draft, {test.file: test.as_file()}, revision, actor, now)
    record(session, actor, now, "expected_anew", draft.key, file=test.file, text=reason)
