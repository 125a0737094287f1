"""The expressions of process owners: a part of FEEL (DMN 1.3, chapter 10), never Python.

An expression is compiled once and evaluated over plain data. It can read names, calculate, and call
the built-in functions and those it is given; it cannot reach an attribute, a module or a file. Its
steps, its depth, its processor time, and the size of what it builds are bounded while it runs.

Numbers come out as int when whole and float when not; durations and times of day as ISO 8601 text;
dates and instants as ``date`` and ``datetime``. ``<``, ``in`` and ``between`` with null give null;
calculating with null, comparing what cannot be compared, and naming what is not in scope are errors,
except that a name which is not in scope is null in ``x = null``, ``x != null`` and ``is defined(x)``.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final, TypeVar

from engine.expressions.compiling import Compiler, Run
from engine.expressions.errors import ExpressionError
from engine.expressions.evaluation import Evaluation
from engine.expressions.meter import BUDGET, FAULTS, as_error, metered
from engine.expressions.operations import bounded_text, in_writing, result
from engine.expressions.syntax import parse
from engine.expressions.value import FeelFunction, Functions, Scope, Value
from engine.text import LocalizedText

__all__ = [
    "Expression",
    "ExpressionError",
    "FeelFunction",
    "Functions",
    "Scope",
    "UnaryTests",
    "Value",
    "compile_expression",
    "compile_unary",
    "compile_value",
]

T = TypeVar("T")
_CACHED = 4_096
_LONGEST_TEMPLATE: Final = 20_000
"""Characters in a text with placeholders."""
_NO_FUNCTIONS: Functions = {}
_PLACEHOLDER = re.compile(r"[$#]\{")


class Expression:
    """A compiled expression.

    ``names`` are the variables it reads and ``calls`` the functions it needs that are not built in.
    """

    __slots__ = ("_run", "calls", "names", "text")

    def __init__(self, text: str, run: Run, names: frozenset[str], calls: frozenset[str]) -> None:
        self.text = text
        self.names = names
        self.calls = calls
        self._run = run

    def evaluate(
        self,
        scope: Scope,
        functions: Functions = _NO_FUNCTIONS,
        *,
        budget: int = BUDGET,
        nulls: bool = False,
        plain: bool = True,
    ) -> Value:
        """The value over these variables and functions.

        ``nulls``: what cannot be calculated is null, as DMN has it (10.3.2.13), and not an error.
        ``plain``: durations and times of day come out as text; else they stay the values they are,
        for whoever goes on calculating with them.

        Raises:
            ExpressionError: with a sentence that says why there is none; whatever the values are,
                nothing else (what a given function raises for an outage passes through).
        """
        run, moment = self._run, partial(Evaluation, scope, functions, nulls=nulls)
        if plain:
            return metered(lambda meter: result(run(moment(meter))), budget)
        return metered(lambda meter: run(moment(meter)), budget)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


class UnaryTests:
    """A compiled DMN cell: a list of tests of which one must hold (DMN 1.3, 7.3.3 and grammar rule 17)."""

    __slots__ = ("_test", "calls", "names", "negated", "text")

    def __init__(
        self,
        text: str,
        test: Callable[[Evaluation, Value], bool | None] | None,
        names: frozenset[str],
        calls: frozenset[str],
        negated: bool,
    ) -> None:
        self.text = text
        self.names = names
        self.calls = calls
        self.negated = negated
        self._test = test

    def matches(self, value: Value, scope: Scope | None = None, functions: Functions = _NO_FUNCTIONS) -> bool:
        """Whether the value passes; ``?`` is the value. A cell with "-" or nothing lets all pass.

        Raises:
            ExpressionError: when a test cannot be applied to the value.
        """
        test = self._test
        if test is None:
            return True
        names: Scope = ChainMap({"?": value}, scope or {})  # type: ignore[arg-type]
        result = metered(lambda meter: test(Evaluation(names, functions, meter), value))
        return result is False if self.negated else result is True


@lru_cache(_CACHED)
def compile_expression(text: str, names: frozenset[str] = frozenset()) -> Expression:
    """Compile an expression; ``${…}``, ``#{…}`` and a leading ``=`` around it are taken off.

    ``names``: those in scope that have blanks or symbols in them (:func:`engine.expressions.names.uncommon`).

    Raises:
        ExpressionError: with the position, when it cannot be read.
    """
    inner, offset = _unwrapped(text)
    return _compiled(text, inner, offset, names)


def _read(work: Callable[[], T]) -> T:
    """What reading answers; whatever a text makes the reader raise is an ExpressionError."""
    try:
        return work()
    except FAULTS as fault:
        raise as_error(fault) from None


def _unwrapped(text: str) -> tuple[str, int]:
    start = len(text) - len(text.lstrip())
    body = text.strip()
    if _PLACEHOLDER.match(body) and body.endswith("}") and _closing(body, 2) == len(body) - 1:
        return body[2:-1], start + 2
    if body.startswith("=") and not body.startswith("=="):
        return body[1:], start + 1
    return body, start


def _compiled(text: str, inner: str, offset: int, names: frozenset[str] = frozenset()) -> Expression:
    compiler = Compiler()
    try:
        run = _read(lambda: compiler.compile(parse(inner, names=names)))
    except ExpressionError as error:
        raise ExpressionError(
            error.words, None if error.position is None else error.position + offset
        ) from None
    return Expression(text, run, frozenset(compiler.names), frozenset(compiler.calls))


@lru_cache(_CACHED)
def compile_unary(text: str, names: frozenset[str] = frozenset()) -> UnaryTests:
    """Compile the text of a DMN input cell; ``names`` as in :func:`compile_expression`.

    Raises:
        ExpressionError: with the position, when it cannot be read.
    """
    inner = text.strip()
    if inner in ("", "-"):
        return UnaryTests(text, None, frozenset(), frozenset(), False)
    negated = re.fullmatch(r"not\s*\((.*)\)", inner, re.DOTALL)
    is_negated = negated is not None and _closing(inner, inner.index("(") + 1) == len(inner) - 1
    compiler = Compiler()
    compiler.bound.append("?")
    cell = negated.group(1) if negated and is_negated else inner
    test = _read(lambda: compiler.tests(parse(cell, "cell", names), cell=True))
    return UnaryTests(text, test, frozenset(compiler.names), frozenset(compiler.calls), is_negated)


@lru_cache(_CACHED)
def compile_value(text: str) -> Expression:
    """Compile an attribute's value: ``${…}`` or a leading ``=`` is an expression, all else plain text.

    Text with placeholders in it, such as ``ticket ${number}``, is put together.

    Raises:
        ExpressionError: with the position, when an expression in it cannot be read.
    """
    body = text.strip()
    if body.startswith("=") or (_PLACEHOLDER.match(body) and _closing(body, 2) == len(body) - 1):
        return compile_expression(text)
    if not _PLACEHOLDER.search(text):
        return Expression(text, lambda _m: text, frozenset(), frozenset())
    return _template(text)


def _template(text: str) -> Expression:
    if len(text) > _LONGEST_TEMPLATE:
        words = LocalizedText(
            f"文字超过 {_LONGEST_TEMPLATE} 个字符。",
            f"The text is longer than {_LONGEST_TEMPLATE} characters.",
        )
        raise ExpressionError(words, _LONGEST_TEMPLATE)
    parts: list[str | Expression] = []
    at = 0
    while match := _PLACEHOLDER.search(text, at):
        end = _closing(text, match.end())
        if end < 0:
            raise ExpressionError(LocalizedText("“${”没有对应的“}”。", "“${” has no “}”."), match.start())
        parts += [
            text[at : match.start()],
            _compiled(text[match.end() : end], text[match.end() : end], match.end()),
        ]
        at = end + 1
    parts.append(text[at:])
    inner = [part for part in parts if isinstance(part, Expression)]

    def run(m: Evaluation) -> str:
        made = ""
        for part in parts:
            made = bounded_text(made + (part if isinstance(part, str) else in_writing(part._run(m))))
            m.meter.spend(len(made))
        return made

    return Expression(
        text,
        run,
        frozenset[str]().union(*(expression.names for expression in inner)),
        frozenset[str]().union(*(expression.calls for expression in inner)),
    )


def _closing(text: str, start: int) -> int:
    """Where the bracket that was opened just before ``start`` closes; -1 when it does not."""
    depth, quote, at = 1, "", start
    while at < len(text):
        letter = text[at]
        if quote:
            at += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        else:
            depth += (letter in "([{") - (letter in ")]}")
            if depth == 0:
                return at
        at += 1
    return -1
