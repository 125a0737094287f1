"""How a form is drawn: camunda:formData of a task, read into fields."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from engine.expressions import Expression, ExpressionError, compile_expression
from engine.expressions.patterns import pattern_problem
from engine.forms.fields import TYPES, Field, Option
from engine.forms.form import Form
from engine.forms.values import WrongValue, read_value
from engine.json import Json
from engine.text import LocalizedText

_CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
_WHOLE = ("long", "int", "integer")


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A fault in the drawing of a form: which field, and why."""

    field: str
    words: LocalizedText


def parse_form(element: etree._Element) -> Form:
    """The form of a user task (or of its extensionElements); no fields when it has none.

    Raises:
        ExpressionError: for the first field that is drawn wrongly.
    """
    form, problems = read_form(element)
    if problems:
        raise ExpressionError(problems[0].words)
    return form


def read_form(element: etree._Element) -> tuple[Form, list[FieldProblem]]:
    """The form of an element and everything that is wrong with its drawing."""
    data = next(iter(element.findall(f"{_CAMUNDA}formData")), None)
    if data is None:
        data = next(
            (
                form_data
                for child in element
                if _local(child) == "extensionElements"
                for form_data in child.findall(f"{_CAMUNDA}formData")
            ),
            None,
        )
    if data is None:
        return Form(()), []
    problems: list[FieldProblem] = []
    fields = tuple(_FieldReader(node, problems).read() for node in data.findall(f"{_CAMUNDA}formField"))
    names: set[str] = set()
    for field in fields:
        if field.id in names:
            problems.append(
                FieldProblem(
                    field.id,
                    LocalizedText(
                        f"字段 id“{field.id}”用了不止一次。",
                        f"The field id “{field.id}” is used more than once.",
                    ),
                )
            )
        names.add(field.id)
    return Form(fields), problems


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


class _FieldReader:
    """Reads one camunda:formField."""

    def __init__(self, node: etree._Element, problems: list[FieldProblem]) -> None:
        self.node = node
        self.problems = problems
        self.id = node.get("id", "")
        self.properties = {
            node.get("id", ""): node.get("value", "")
            for node in node.findall(f"{_CAMUNDA}properties/{_CAMUNDA}property")
        }
        self.constraints = {
            constraint.get("name", ""): constraint.get("config", "")
            for constraint in node.findall(f"{_CAMUNDA}validation/{_CAMUNDA}constraint")
        }

    def read(self) -> Field:
        written = self.node.get("type", "string")
        kind = TYPES.get(written)
        if not re.fullmatch(r"[^\W\d]\w*", self.id):
            self._problem(
                f"字段 id“{self.id}”只能由文字、数字和下划线组成，且不能以数字开头。",
                f"The field id “{self.id}” must be letters, digits and underscores, and may not begin with a digit.",
            )
        if kind is None:
            self._problem(
                f"不认识的字段类型“{written}”；可用：{'、'.join(TYPES)}。",
                f"The field type “{written}” is not known; use one of: {', '.join(TYPES)}.",
            )
        kind = kind or "string"
        options, options_from = self._options(kind)
        minimum, minimum_from = self._limit("min", kind)
        maximum, maximum_from = self._limit("max", kind)
        default, default_from = self._default(kind)
        return Field(
            id=self.id,
            type=kind,
            label=self._label(),
            help=_words(self.properties.get("help", ""), self.properties.get("help_en", ""))
            if self.properties.get("help") or self.properties.get("help_en")
            else None,
            required=self._flag("required"),
            minimum=minimum,
            maximum=maximum,
            min_length=self._length("minlength"),
            max_length=self._length("maxlength"),
            pattern=self._pattern(),
            options=options,
            default=default,
            shown_if=self._expression("shown_if"),
            readonly=self._flag("readonly"),
            properties=self.properties,
            whole=written in _WHOLE,
            required_if=self._expression("required_if"),
            minimum_from=minimum_from,
            maximum_from=maximum_from,
            options_from=options_from,
            default_from=default_from,
        )

    def _problem(self, zh: str, en: str) -> None:
        self.problems.append(FieldProblem(self.id, LocalizedText(zh, en)))

    def _label(self) -> LocalizedText:
        return _words(
            self.node.get("label") or self.properties.get("label_en") or self.id,
            self.properties.get("label_en", ""),
        )

    def _flag(self, name: str) -> bool:
        return name in self.constraints and self.constraints[name].strip().lower() not in ("false", "no", "0")

    def _length(self, name: str) -> int | None:
        text = self.constraints.get(name, "").strip()
        if text and not text.isdecimal():
            self._problem(
                f"字段“{self.id}”的 {name}“{text}”不是自然数。",
                f"The {name} “{text}” of the field “{self.id}” is not a whole number.",
            )
        return int(text) if text.isdecimal() else None

    def _limit(self, name: str, kind: str) -> tuple[Json, Expression | None]:
        text = self.constraints.get(name, "").strip()
        if not text:
            return None, None
        if text.startswith(("$", "#", "=")):
            return None, self._compiled(text)
        try:
            limited = kind if kind in ("date", "datetime") else "number"
            limit = read_value(Field(self.id, limited, LocalizedText("", "")), text)
        except WrongValue:
            self._problem(
                f"字段“{self.id}”的 {name}“{text}”写得不对。",
                f"The {name} “{text}” of the field “{self.id}” cannot be read.",
            )
            limit = None
        return limit, None

    def _pattern(self) -> str | None:
        text = self.constraints.get("pattern") or self.properties.get("pattern")
        fault = pattern_problem(text) if text else None
        if isinstance(fault, ExpressionError):
            self._problem(f"字段“{self.id}”：{fault.words.zh}", f"The field “{self.id}”: {fault.words.en}")
        return None if fault else text

    def _expression(self, name: str) -> Expression | None:
        text = self.properties.get(name, "").strip()
        return self._compiled(text) if text else None

    def _compiled(self, text: str) -> Expression | None:
        try:
            return compile_expression(text)
        except ExpressionError as error:
            self._problem(
                f"字段“{self.id}”的表达式“{text}”：{error.words.zh}",
                f"The expression “{text}” of the field “{self.id}”: {error.words.en}",
            )
            return None

    def _default(self, kind: str) -> tuple[Json, Expression | None]:
        text = (self.node.get("defaultValue") or "").strip()
        if text.startswith(("${", "#{", "=")):
            return None, self._compiled(text)
        try:
            return (read_value(Field(self.id, kind, LocalizedText("", "")), text) if text else None), None
        except WrongValue as fault:
            self._problem(
                f"字段“{self.id}”的默认值“{text}”：{fault.words.zh}",
                f"The default “{text}” of the field “{self.id}”: {fault.words.en}",
            )
            return None, None

    def _options(self, kind: str) -> tuple[tuple[Option, ...], Expression | None]:
        text = self.properties.get("options", "").strip()
        result = [
            Option(choice.get("id", ""), _words(choice.get("name") or choice.get("id") or "", ""))
            for choice in self.node.findall(f"{_CAMUNDA}value")
        ]
        if text.startswith(("${", "#{", "=")):
            return tuple(result), self._compiled(text)
        for part in text.split(","):
            if part.strip():
                number, _, label = part.strip().partition(":")
                result.append(Option(number.strip(), _words(label.strip() or number.strip(), "")))
        if kind in ("choice", "choices") and not result:
            self._problem(
                f"选择字段“{self.id}”没有选项。", f"The field “{self.id}” has nothing to choose from."
            )
        if len({option.id for option in result}) < len(result):
            self._problem(
                f"字段“{self.id}”的选项 id 有重复。", f"The field “{self.id}” has two options with one id."
            )
        return tuple(result), None


def _words(text: str, english: str) -> LocalizedText:
    """A label in both languages; ``中文|English`` holds both."""
    chinese, _, second = text.partition("|")
    return LocalizedText(chinese.strip(), english.strip() or second.strip() or chinese.strip())
