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
    messages = {name: around.said(words) for name, words in (problems or {}).items()}
    fields = [_view(field, values.get(field.id), around, messages) for field in form.fields]
    summary = [_line(fields, name, words) for name, words in messages.items()]
    return FormView(fields, key or new_secret(), key is None, send_words, summary)


def _view(field: Field, value: object, around: Surroundings, problems: Mapping[str, str]) -> FieldView:
    kind = kind_of(field)
    inner = {
        name.removeprefix(f"{field.id}."): words
        for name, words in problems.items()
        if name.startswith(f"{field.id}.")
    }
    return FieldView(
        id=field.id,
        type=field.type,
        label=around.said(field.label),
        help=around.said(field.help),
        required=field.required or field.required_if is not None,
        readonly=field.readonly,
        minimum=field.minimum,
        maximum=field.maximum,
        min_length=field.min_length,
        max_length=field.max_length,
        shown_if=field.shown_if.text if field.shown_if else "",
        value=value,
        problem=problems.get(field.id, ""),
        problems=inner,
        anchor=anchor_of(field.id),
        template=kind.template,
        grouped=kind.grouped,
        more=kind.show(field, value, around),
    )


def anchor_of(name: str) -> str:
    """An id that can stand in a page and in an address."""
    return "f-" + "".join(
        character if character in _ANSWERABLE else f"-{ord(character):x}-" for character in name
    )


def _line(fields: Sequence[FieldView], name: str, words: str) -> SummaryLine:
    for view in fields:
        if name == view.id:
            return SummaryLine(view.anchor, view.label, words)
        if name.startswith(f"{view.id}."):
            return SummaryLine(anchor_of(name), name.removeprefix(f"{view.id}."), words)
    return SummaryLine("", "", words)


def read_posted(form: Form, posted: FormData) -> Values:
    """The values that a browser sent for the fields of a form, and for no other."""
    result = {field.id: kind_of(field).read(field, posted) for field in form.fields if not field.readonly}
    return {name: value for name, value in result.items() if value is not None}
