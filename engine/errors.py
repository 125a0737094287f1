"""What can be refused, each with its sentence in both languages.

A refusal is an ordinary answer, not an accident: pages show it beside the thing it is about and
the API returns it with its code. What is not a :class:`DomainError` becomes an incident.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from engine.text import LocalizedText

CLOCK_NAME: Final = "时钟"
"""How records name the clock where it closes work; what people read says that a deadline passed."""


class DomainError(Exception):
    """Something the installation will not do, and why. ``code`` is stable, ``words`` are for people."""

    status = 409
    place: tuple[str, str] = ("", "")
    """(id, name) of the element whose work refused, for whoever writes down an incident."""

    def __init__(self, code: str, words: LocalizedText) -> None:
        super().__init__(f"{code}: {words.en}")
        self.code = code
        self.words = words


class NotFound(DomainError):
    """No such thing, or none that this person may see."""

    status = 404

    def __init__(self, words: LocalizedText | None = None) -> None:
        super().__init__(
            "not_found", words or LocalizedText("没有找到，或您无权查看。", "Not found, or not yours to see.")
        )


class NotAllowed(DomainError):
    """This person may not do this."""

    status = 403

    def __init__(self, words: LocalizedText, code: str = "not_allowed") -> None:
        super().__init__(code, words)


class WrongValues(DomainError):
    """Form values that cannot be taken; ``problems`` has a sentence per field id ("" for the form)."""

    status = 422

    def __init__(self, problems: Mapping[str, LocalizedText]) -> None:
        super().__init__(
            "wrong_values", LocalizedText("表单有需要更正的内容。", "Some values need correcting.")
        )
        self.problems = dict(problems)


class AlreadyDone(DomainError):
    """Somebody else completed it first; says who. When that was depends on where its days are meant: see :meth:`at_time`."""

    def __init__(self, person: str | None, at: dt.datetime | None, outcome: str = "completed") -> None:
        super().__init__("already_done", _already_done(person, None))
        self.who = person
        self.at = at
        self.outcome = outcome

    def at_time(self, when: LocalizedText) -> LocalizedText:
        """The sentence with the time in it, as the reader's page says times."""
        return _already_done(self.who, when)


def _already_done(person: str | None, when: LocalizedText | None) -> LocalizedText:
    zh, en = (f"于 {when.zh} ", f" on {when.en}") if when is not None else ("", "")
    kept = LocalizedText("您填写的内容已保留在页面上。", "what you typed is kept on the page.")
    if person == CLOCK_NAME:
        return LocalizedText(
            f"期限已到，此事项已{zh}自动处理，{kept.zh}",
            f"The deadline passed and this was closed{en}; {kept.en}",
        )
    return LocalizedText(
        f"此事项已由 {person or '系统'} {zh}处理，{kept.zh}",
        f"{person or 'The system'} already dealt with this{en}; {kept.en}",
    )


class BadModel(DomainError):
    """A diagram that cannot be published or run."""

    status = 422

    def __init__(self, words: LocalizedText) -> None:
        super().__init__("bad_model", words)
