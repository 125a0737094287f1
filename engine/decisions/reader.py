"""Reads the elements that decisions and their tables are made of, with a sentence for each that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lxml import etree

from engine.decisions.decision import Problem
from engine.decisions.types import Type, basic, read_types
from engine.expressions import Expression, ExpressionError, UnaryTests, compile_expression, compile_unary
from engine.expressions.names import uncommon
from engine.text import LocalizedText

Compiled = TypeVar("Compiled")


class Reader:
    """Reads one file; collects problems instead of stopping at the first."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.namespace = etree.QName(root).namespace
        self.types = read_types(root, self.namespace)
        self.names = uncommon(iterdescendant.get("name", "") for iterdescendant in root.iterdescendants())
        self.problems: list[Problem] = []
        self.here = root

    def problem(self, zh: str, en: str, element: str | None = None) -> None:
        label = self.here.get("name") or self.here.get("id") or ""
        self.problems.append(
            Problem(
                element or self.here.get("id"),
                self.here.get("name"),
                LocalizedText(f"“{label}”：{zh}", f"“{label}”: {en}"),
            )
        )

    def children(self, node: etree._Element, name: str) -> list[etree._Element]:
        return node.findall(f"{{{self.namespace}}}{name}")

    def child(self, node: etree._Element, name: str) -> etree._Element | None:
        return node.find(f"{{{self.namespace}}}{name}")

    def text(self, node: etree._Element | None) -> str:
        inner = None if node is None else self.child(node, "text")
        return "" if inner is None else (inner.text or "").strip()

    def type_of(self, node: etree._Element | None) -> Type:
        """The type that a node declares; the file may define it itself."""
        reference = "" if node is None else node.get("typeRef", "")
        name = basic(reference)
        return self.types.get(name) or self.types.get(reference) or Type(name, name)

    def expression(self, node: etree._Element | None, element: str | None) -> Expression | None:
        """Compile the text of a node; None when there is none or it cannot be read."""
        text = self.text(node)
        self.refuse_language(node, element)
        return self.compiled(self.read_expression, text, element) if text else None

    def read_expression(self, text: str) -> Expression:
        """Compile an expression in which the names of this file may stand."""
        return compile_expression(text, self.names)

    def read_tests(self, text: str) -> UnaryTests:
        """Compile a cell in which the names of this file may stand."""
        return compile_unary(text, self.names)

    def refuse_language(self, node: etree._Element | None, element: str | None) -> None:
        """Only FEEL is evaluated."""
        language = "" if node is None else node.get("expressionLanguage", "")
        if language and "feel" not in language.lower() and language.lower() != "juel":
            self.problem(
                f"表达式语言“{language}”不支持，请改用 FEEL。",
                f"The expression language “{language}” is not supported; use FEEL.",
                element,
            )

    def compiled(self, how: Callable[[str], Compiled], text: str, element: str | None) -> Compiled | None:
        """Compile a text of this file; None, and a problem, when it cannot be read."""
        try:
            return how(text)
        except ExpressionError as error:
            self.problem(f"“{text[:80]}”：{error.words.zh}", f"“{text[:80]}”: {error.words.en}", element)
            return None
