"""One form, ready for its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.datastructures import FormData

from engine.forms.fields import Field
from engine.forms.form import Form
from engine.json import Values
from engine.text import LocalizedText
from web.fields.registry import kind_of
from web.fields.surroundings import Surroundings
from web.security.secrets import new_secret

SEND = LocalizedText("提交", "Send")
_ANSWERABLE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """A line of the summary at the top."""

    anchor: str
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field: what it is, what stands in it, what is wrong with it."""

    id: str
    type: str
    label: str
    help: str
    required: bool
    readonly: bool
    minimum: object
    maximum: object
    min_length: object
    max_length: object
    shown_if: str
    value: object
    problem: str
    problems: Mapping[str, str]
    anchor: str
    template: str
    grouped: bool
    more: Mapping[str, object]

    @property
    def described(self) -> str:
        """The ids of the help and the problem, for aria-describedby."""
        parts = [f"{self.anchor}-help"] if self.help else []
        return " ".join(parts + ([f"{self.anchor}-problem"] if self.problem else []))


@dataclass(frozen=True, slots=True)
class FormView:
    """The form, its key for sending it once, and the list of what is wrong."""

    fields: Sequence[FieldView]
    key: str
    fresh: bool = True
    send_words: LocalizedText = SEND
    problems: Sequence[SummaryLine] = field(default_factory=list)


def view_form(
    form: Form,
    values: Mapping[str, object],
    around: Surroundings,
    *,
    problems: Mapping[str, LocalizedText] | None = None,
    key: str | None = None,
    send_words: LocalizedText = SEND,
) -> FormView:
    """Prepare a form; ``problems`` and ``key`` come from an attempt that was not accepted."""
    said = {name: around.said(words) for name, words in (problems or {}).items()}
    fields = [_view(entry, values.get(entry.id), around, said) for entry in form.fields]
    summary = [_line(fields, name, words) for name, words in said.items()]
    return FormView(fields, key or new_secret(), key is None, send_words, summary)


def _view(entry: Field, value: object, around: Surroundings, problems: Mapping[str, str]) -> FieldView:
    kind = kind_of(entry)
    inner = {
        name.removeprefix(f"{entry.id}."): words
        for name, words in problems.items()
        if name.startswith(f"{entry.id}.")
    }
    return FieldView(
        id=entry.id,
        type=entry.type,
        label=around.said(entry.label),
        help=around.said(entry.help),
        required=entry.required or entry.required_if is not None,
        readonly=entry.readonly,
        minimum=entry.minimum,
        maximum=entry.maximum,
        min_length=entry.min_length,
        max_length=entry.max_length,
        shown_if=entry.shown_if.text if entry.shown_if else "",
        value=value,
        problem=problems.get(entry.id, ""),
        problems=inner,
        anchor=anchor_of(entry.id),
        template=kind.template,
        grouped=kind.grouped,
        more=kind.show(entry, value, around),
    )


def anchor_of(name: str) -> str:
    """An id that can stand in a page and in an address."""
    return "f-" + "".join(entry if entry in _ANSWERABLE else f"-{ord(entry):x}-" for entry in name)


def _line(fields: Sequence[FieldView], name: str, words: str) -> SummaryLine:
    for entry in fields:
        if name == entry.id:
            return SummaryLine(entry.anchor, entry.label, words)
        if name.startswith(f"{entry.id}."):
            return SummaryLine(anchor_of(name), name.removeprefix(f"{entry.id}."), words)
    return SummaryLine("", "", words)


def read_posted(form: Form, posted: FormData) -> Values:
    """The values that a browser sent for the fields of a form, and for no other."""
    result = {entry.id: kind_of(entry).read(entry, posted) for entry in form.fields if not entry.readonly}
    return {name: value for name, value in result.items() if value is not None}
