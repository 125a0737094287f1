"""From text to a tree of nodes: everything an expression may be, and nothing of what Python may."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TypeAlias

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken, VisitError

from engine.expressions.errors import ExpressionError, refused
from engine.expressions.functions import BUILT_IN
from engine.expressions.grammar import grammar
from engine.expressions.meter import as_error
from engine.expressions.names import moved, spelled
from engine.expressions.numbers import number_literal
from engine.expressions.value import Value
from engine.text import LocalizedText

LONGEST = 4_000
"""Characters in one expression."""
DEEPEST = 100
"""Brackets within brackets, and operators within operators."""

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_FULL_WIDTH = "（），。：；“”‘’＝＞＜！［］｛｝＋－＊／"


@dataclass(frozen=True, slots=True)
class SyntaxNode:
    """One construct of the language; ``size`` counts the nodes of the tree below it."""

    kind: str
    parts: tuple[Part, ...]
    depth: int
    size: int

    def node(self, place: int) -> SyntaxNode:
        """The part at this place, which is a node."""
        part = self.parts[place]
        assert isinstance(part, SyntaxNode)
        return part

    def nodes(self, place: int) -> tuple[SyntaxNode, ...]:
        """The part at this place, which is a row of nodes."""
        return tuple(part for part in self._row(place) if isinstance(part, SyntaxNode))

    def word(self, place: int) -> str:
        """The part at this place, which is a name or a sign."""
        part = self.parts[place]
        assert isinstance(part, str)
        return part

    def words(self, place: int) -> tuple[str, ...]:
        """The part at this place, which is a row of signs."""
        return tuple(part for part in self._row(place) if isinstance(part, str))

    def constant(self, place: int = 0) -> Value:
        """The part at this place, which is a value as it was written."""
        part = self.parts[place]
        assert not isinstance(part, (SyntaxNode, tuple))
        return part

    def _row(self, place: int) -> tuple[Part, ...]:
        row = self.parts[place]
        assert isinstance(row, tuple)
        return row


Part: TypeAlias = "SyntaxNode | bool | int | Decimal | str | tuple[Part, ...] | None"
"""What a node is made of: nodes, rows of them, names and constants."""


def parse(text: str, start: str = "expression", names: frozenset[str] = frozenset()) -> SyntaxNode:
    """The tree of an expression, or of a DMN cell (``start="cell"``).

    ``names`` are those in scope that are no plain words (:mod:`engine.expressions.names`).

    Raises:
        ExpressionError: with the position of the first thing that cannot be read.
    """
    if len(text) > LONGEST:
        raise ExpressionError(
            LocalizedText(
                f"表达式超过 {LONGEST} 个字符。", f"The expression is longer than {LONGEST} characters."
            ),
            LONGEST,
        )
    if not text.strip():
        raise ExpressionError(LocalizedText("表达式是空的。", "The expression is empty."), 0)
    _refuse_deep(text)
    try:
        return _parser().parse(moved(text, names), start=start)  # type: ignore[return-value]
    except UnexpectedInput as fault:
        raise _unreadable(text, fault) from None
    except VisitError as fault:
        raise as_error(fault.orig_exc) from None


@cache
def _parser() -> Lark:
    phrases = ["is defined", *(name for name in BUILT_IN if " " in name)]
    return Lark(
        grammar(phrases),
        parser="lalr",
        start=["expression", "cell"],
        transformer=_Builder(),
        maybe_placeholders=True,
    )


def _refuse_deep(text: str) -> None:
    depth = 0
    for position, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth > DEEPEST:
            raise ExpressionError(
                LocalizedText("括号嵌套过深。", "Brackets are nested too deeply."), position
            )


def _unreadable(text: str, fault: UnexpectedInput) -> ExpressionError:
    at_end = isinstance(fault, UnexpectedEOF) or (
        isinstance(fault, UnexpectedToken) and fault.token.type == "$END"
    )
    position = len(text) if at_end else (fault.pos_in_stream or 0)
    if at_end:
        return ExpressionError(LocalizedText("表达式没有写完。", "The expression stops too early."), position)
    excerpt = text[position : position + 12]
    zh, en = (
        f"第 {position + 1} 个字符“{excerpt}”处看不懂",
        f"“{excerpt}” at character {position + 1} is not understood",
    )
    if isinstance(fault, UnexpectedCharacters) and excerpt[0] in _FULL_WIDTH:
        return ExpressionError(
            LocalizedText(f"{zh}：请改用英文（半角）符号。", f"{en}: use the half-width symbol."), position
        )
    if excerpt[0] in "\"'":
        return ExpressionError(
            LocalizedText(f"{zh}：文字的引号没有成对。", f"{en}: a quotation mark is missing."), position
        )
    return ExpressionError(LocalizedText(f"{zh}。", f"{en}."), position)


def read_text(literal: str) -> str:
    """The characters that a quoted text stands for.

    Raises:
        ExpressionError: half of a pair of surrogates, or a NUL: no database keeps them.
    """
    text = re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _unescaped, literal[1:-1], flags=re.DOTALL)
    try:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise refused(
            "文字里有不能保存的字符（\\u0000 或单独的代理码）。",
            "The text has a character that cannot be kept (\\u0000, or half of a surrogate pair).",
        )
    return text


def _unescaped(match: re.Match[str]) -> str:
    code = match.group(1)
    return chr(int(code[1:], 16)) if len(code) == 5 else _ESCAPES.get(code, code)


def _node(kind: str, *parts: Part) -> SyntaxNode:
    below = [
        item
        for part in parts
        for item in (part if isinstance(part, tuple) else (part,))
        if isinstance(item, SyntaxNode)
    ]
    depth = 1 + max((node.depth for node in below), default=0)
    if depth > DEEPEST:
        raise refused("表达式嵌套过深。", "The expression is nested too deeply.")
    return SyntaxNode(kind, parts, depth, 1 + sum(node.size for node in below))


def _given(parts: list[Part]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part is not None)


class _Builder(Transformer[Token, SyntaxNode]):
    """Makes a node of each construct while the parser recognises it."""

    def choice(self, parts: list[Part]) -> SyntaxNode:
        return _node("choice", *parts)

    def turn(self, parts: list[Part]) -> SyntaxNode:
        return _node("turn", spelled(parts[0]), parts[1], parts[2])

    def turns(self, parts: list[Part]) -> tuple[Part, ...]:
        return tuple(parts)

    def loop(self, parts: list[Part]) -> SyntaxNode:
        return _node("loop", parts[0], parts[1])

    def some(self, parts: list[Part]) -> SyntaxNode:
        return _node("quantified", parts[0], parts[1], True)

    def every(self, parts: list[Part]) -> SyntaxNode:
        return _node("quantified", parts[0], parts[1], False)

    def either(self, parts: list[Part]) -> SyntaxNode:
        return _node("either", tuple(parts))

    def both(self, parts: list[Part]) -> SyntaxNode:
        return _node("both", tuple(parts))

    def opposite(self, parts: list[Part]) -> SyntaxNode:
        return _node("opposite", parts[0])

    def compare(self, parts: list[Part]) -> SyntaxNode:
        return _node("compare", _sign(parts[1]), parts[0], parts[2])

    def between(self, parts: list[Part]) -> SyntaxNode:
        return _node("between", *parts)

    def member(self, parts: list[Part]) -> SyntaxNode:
        tests = (
            parts[1]
            if isinstance(parts[1], SyntaxNode) and parts[1].kind == "tests"
            else _node("tests", (parts[1],))
        )
        return _node("member", parts[0], tests)

    def bound(self, parts: list[Part]) -> SyntaxNode:
        return _node("bound", _sign(parts[0]), parts[1])

    def tests(self, parts: list[Part]) -> SyntaxNode:
        return _node("tests", tuple(parts))

    def add(self, parts: list[Part]) -> SyntaxNode:
        return _node("fold", parts[0], tuple(str(part) for part in parts[1::2]), tuple(parts[2::2]))

    def multiply(self, parts: list[Part]) -> SyntaxNode:
        return self.add(parts)

    def raised(self, parts: list[Part]) -> SyntaxNode:
        return _node("fold", parts[0], ("**",), (parts[1],))

    def negate(self, parts: list[Part]) -> SyntaxNode:
        inner = parts[1]
        assert isinstance(inner, SyntaxNode)
        return _node("negate", inner) if parts[0] == "-" else inner

    def path(self, parts: list[Part]) -> SyntaxNode:
        return _node("path", parts[0], spelled(parts[1]))

    def filtered(self, parts: list[Part]) -> SyntaxNode:
        return _node("filtered", *parts)

    def number(self, parts: list[Part]) -> SyntaxNode:
        return _node("constant", number_literal(str(parts[0])))

    def text(self, parts: list[Part]) -> SyntaxNode:
        return _node("constant", read_text(str(parts[0])))

    def moment(self, parts: list[Part]) -> SyntaxNode:
        return _node("call", "@", (_node("constant", read_text(str(parts[0]))),))

    def name(self, parts: list[Part]) -> SyntaxNode:
        python = {"True": True, "False": False, "None": None}
        name = spelled(parts[0])
        return _node("constant", python[name]) if name in python else _node("name", name)

    def tested(self, _parts: list[Part]) -> SyntaxNode:
        return _node("name", "?")

    def null(self, _parts: list[Part]) -> SyntaxNode:
        return _node("constant", None)

    def yes(self, _parts: list[Part]) -> SyntaxNode:
        return _node("constant", True)

    def no(self, _parts: list[Part]) -> SyntaxNode:
        return _node("constant", False)

    def empty(self, _parts: list[Part]) -> SyntaxNode:
        return _node("listed", ())

    def listed(self, parts: list[Part]) -> SyntaxNode:
        return _node("listed", tuple(parts))

    def entry(self, parts: list[Part]) -> SyntaxNode:
        key = str(parts[0])
        return _node("entry", read_text(key) if key[0] in "\"'" else spelled(key), parts[1])

    def context(self, parts: list[Part]) -> SyntaxNode:
        return _node("context", _given(parts))

    def interval(self, parts: list[Part]) -> SyntaxNode:
        return _node("interval", parts[1], parts[3], str(parts[0]) == "[", str(parts[4]) == "]")

    def call(self, parts: list[Part]) -> SyntaxNode:
        return _node("call", " ".join(spelled(parts[0]).split()), _given(parts[1:]))


def _sign(token: Part) -> str:
    return "=" if token == "==" else str(token)
