"""Marks: what may stand between the braces of a template. Fields, loops over them, and conditions; nothing else.

A template is checked against the fields of its kind every time it is filled, so that nothing is looked up,
called or repeated that the kind does not declare: a loop in a loop goes through a list of its own line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.errors import DomainError
from engine.text import LocalizedText
from rectification.papers.fields import PaperField

_ALLOWED: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.For, nodes.If,
    nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Const,
)  # fmt: skip
_LOOP: Final = ("index", "first", "last", "length")
"""What may be asked of ``loop``."""
_NEAR: Final = 24

Scope = Mapping[str, Sequence[PaperField] | None]
"""Lines of lists by the name that the loop gives them; None for ``loop`` itself."""


class BrokenTemplate(DomainError):
    """A template that cannot be used, and why."""

    status = 422

    def __init__(self, zh: str, en: str) -> None:
        super().__init__("broken_template", LocalizedText(zh, en))


class Marks(ImmutableSandboxedEnvironment):
    """The environment in which one kind's templates are filled."""

    def __init__(self, fields: Sequence[PaperField]) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        self._fields = fields
        self.filters, self.globals, self.tests = {}, {}, {}

    def from_string(self, source: str | nodes.Template, *args: Any, **kwargs: Any) -> Template:
        """Compile after checking; the filler hands every part of a document through here.

        Raises:
            BrokenTemplate: with what is wrong and the text near it.
        """
        text = source if isinstance(source, str) else ""
        try:
            tree = self.parse(source) if isinstance(source, str) else source
        except TemplateSyntaxError as fault:
            raise _syntax(fault, text) from None
        _Check(text).statements(tree.body, {"": self._fields})
        return super().from_string(tree, *args, **kwargs)


class _Check:
    """Walks one part of a document."""

    def __init__(self, source: str) -> None:
        self._lines = source.splitlines()

    def statements(self, body: Iterable[nodes.Node], scope: Scope) -> None:
        for node in body:
            if isinstance(node, nodes.For):
                self._loop(node, scope)
            else:
                self._expression(node, scope)

    def _loop(self, node: nodes.For, scope: Scope) -> None:
        if not isinstance(node.target, nodes.Name) or node.recursive:
            raise self._refused(node, "循环只能写成“for 行 in 列表”", "a loop is written “for line in list”")
        listed = self._field(node.iter, scope)
        if listed is None or not listed.columns:
            name = self._said(node.iter)
            raise self._refused(node, f"“{name}”不是列表，不能循环", f"“{name}” is no list to go through")
        if len(scope) > 1 and isinstance(node.iter, nodes.Name):
            raise self._refused(
                node, "循环里只能再循环本行的列表", "a loop within a loop goes through a list of its own line"
            )
        inner = {**scope, node.target.name: listed.columns, "loop": None}
        if node.test is not None:
            self._expression(node.test, inner)
        self.statements(node.body, inner)
        self.statements(node.else_, scope)

    def _expression(self, node: nodes.Node, scope: Scope) -> None:
        if not isinstance(node, _ALLOWED):
            what = type(node).__name__.lower()
            raise self._refused(
                node,
                f"只能用字段、for 和 if，不能用 {what}",
                f"only fields, for and if may be used, not {what}",
            )
        if isinstance(node, nodes.Name | nodes.Getattr):
            self._field(node, scope)
            return
        if isinstance(node, nodes.If):
            self._expression(node.test, scope)
            self.statements([*node.body, *node.elif_, *node.else_], scope)
            return
        self.statements(node.iter_child_nodes(), scope)

    def _field(self, node: nodes.Node, scope: Scope) -> PaperField | None:
        """The declared field that an expression names; None for what ``loop`` knows."""
        if isinstance(node, nodes.Name):
            if node.name in scope:
                raise self._refused(
                    node, f"“{node.name}”后面要写列名", f"“{node.name}” needs a column’s name behind it"
                )
            return self._one_of(node, node.name, scope[""] or ())
        if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
            of = node.node.name
            if of in scope and of:
                columns = scope[of]
                if columns is None and node.attr in _LOOP:
                    return None
                return self._one_of(node, node.attr, columns or ())
        name = self._said(node)
        raise self._refused(node, f"没有字段“{name}”", f"there is no field “{name}”")

    def _one_of(self, node: nodes.Node, name: str, fields: Sequence[PaperField]) -> PaperField:
        for field in fields:
            if field.name == name:
                return field
        close = get_close_matches(name[:40], [field.name for field in fields], n=1, cutoff=0.4)
        zh, en = (f"，是不是“{close[0]}”？", f"; did you mean “{close[0]}”?") if close else ("", "")
        raise self._refused(node, f"没有字段“{name[:40]}”{zh}", f"there is no field “{name[:40]}”{en}")

    def _said(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Name):
            return node.name
        if isinstance(node, nodes.Getattr):
            return f"{self._said(node.node)}.{node.attr}"
        return "…"

    def _refused(self, node: nodes.Node, zh: str, en: str) -> BrokenTemplate:
        return _with_place(zh, en, self._lines, node.lineno)


def _syntax(fault: TemplateSyntaxError, source: str) -> BrokenTemplate:
    message = re.sub(r"'", "", fault.message or "")[:120]
    zh = f"模板标记写错了（{message}），请检查花括号、for 和 endfor、if 和 endif 是否成对"
    return _with_place(zh, f"a mark is not written right: {message}", source.splitlines(), fault.lineno)


def _with_place(zh: str, en: str, lines: Sequence[str], number: int) -> BrokenTemplate:
    """A sentence with the text in which the fault stands: a paragraph of the document is a line here."""
    near = re.sub(r"<[^>]*>", "", lines[number - 1]).strip() if 0 < number <= len(lines) else ""
    marks = re.findall(r"\{[{%].*?[}%]\}", near)
    near = (near if len(near) <= _NEAR or not marks else " ".join(marks))[: _NEAR * 2]
    where = (f"在“{near}”处，", f"At “{near}”: ") if near else ("", "")
    return BrokenTemplate(f"{where[0]}{zh}。", f"{where[1]}{en}.")
