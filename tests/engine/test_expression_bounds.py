"""Whatever the values are: an answer or an ExpressionError, soon, and never more memory than is held."""

from __future__ import annotations

import datetime as dt
import re
import time
import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.expressions import ExpressionError, compile_expression, compile_unary, compile_value
from engine.expressions.functions import BUILT_IN, Function
from engine.expressions.patterns import matches_all, pattern_problem
from engine.expressions.value import Interval, Months

MEGABYTE = 1024 * 1024
ZONE = dt.timezone(dt.timedelta(hours=8))
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(["", "a", "abc", "，", "P1D", "P1M", "-PT5S", "2019-09-24", "0001-01-01", "9999-12-31T23:59:59Z",
                     "18:00:00+08:00", "1e400", "nan", "(", "\\", "[a", "$1", "$9", "i", "x" * 500]),
    st.sampled_from([0, 1, -1, 3, 10**33, 10**40, -(10**40), 2**70, 10**4000, 0.5, -1.5, 1e308, float("nan"), float("inf")]),
    st.sampled_from([Decimal("0.1"), Decimal("1e-200"), Decimal("NaN"), Decimal("-Infinity"), Decimal("sNaN")]),
    st.sampled_from([dt.date.min, dt.date.max, dt.date(2019, 2, 28), dt.time(), dt.time(23, 59, tzinfo=ZONE)]),
    st.sampled_from([dt.datetime(1, 1, 1, tzinfo=ZONE), dt.datetime(9999, 12, 31, 23, tzinfo=dt.UTC)]),
    st.sampled_from([dt.timedelta.min, dt.timedelta.max, dt.timedelta(), Months(-7), Months(12_000_000)]),
)  # fmt: skip
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "key", "value"]), inner, max_size=2),
        st.builds(Interval, inner, inner, st.booleans(), st.booleans()),
        st.just(len),
    ),
    max_leaves=4,
)
OPERATORS = [
    "a {} b".replace("{}", sign)
    for sign in ("+", "-", "*", "/", "**", "=", "!=", "<", "<=", "and", "or", "in")
]
FORMS = [
    *OPERATORS, "-a", "not(a)", "a.key", "a[b]", "a[item > b]", "a between b and c", "a in [b..c)", "a in (b, > c)",
    "if a then b else c", "for i in a return i + b", "for i in a..b return i", "some i in a satisfies i = b",
    "every i in a satisfies i", "{x: a, y: x + b}", "[a, b][c]", "a.days + b.year",
]  # fmt: skip


def refusal(work: Callable[[], Any]) -> str | None:
    """Why there is no answer, in words; None when there is one. Anything else that is raised passes."""
    try:
        work()
    except ExpressionError as fault:
        return fault.words.zh and fault.words.en
    return None


def calls() -> list[str]:
    """Every built-in function with every number of arguments that it takes, up to four."""
    result = []
    for name, function in BUILT_IN.items():
        for count in range(function.least, min(function.most, 4) + 1):
            if name != "@":
                result.append(f"{name}({', '.join('abcd'[:count])})")
    return result


@given(
    st.sampled_from([*FORMS, *calls()]), st.fixed_dictionaries(dict.fromkeys("abcd", VALUES)), st.booleans()
)
@example('substring before("abc", a)', {"a": ""}, False)
@example("number(a, 1.5)", {"a": ""}, False)
@example("a < b", {"a": "18:00:00", "b": "18:00:00+08:00"}, False)
@settings(max_examples=1500, deadline=None)
def test_any_values_give_an_answer_or_an_expression_error(
    text: str, scope: dict[str, Any], nulls: bool
) -> None:
    assert refusal(lambda: compile_expression(text).evaluate(scope, nulls=nulls)) != ""


@given(
    st.sampled_from(["> c", "[b..c]", "not(b, c)", "b", "? + b > c", "string length(?) > 3"]),
    VALUES,
    VALUES,
    VALUES,
)
@settings(max_examples=300, deadline=None)
def test_any_values_pass_a_cell_or_give_an_expression_error(cell: str, value: Any, b: Any, c: Any) -> None:
    assert refusal(lambda: compile_unary(cell).matches(value, {"b": b, "c": c})) != ""


class Unheard(Exception):
    """Nothing that the product knows."""


@pytest.mark.parametrize(
    "fault", [ValueError, TypeError, KeyError, AttributeError, RecursionError, MemoryError]
)
def test_what_a_built_in_raises_is_an_expression_error(
    fault: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise fault("planted")

    monkeypatch.setitem(BUILT_IN, "upper case", Function(broken, 1, 1))
    compile_expression.cache_clear()
    with pytest.raises(ExpressionError):
        compile_expression("upper case('a')").evaluate({})
    assert compile_expression("upper case('a')").evaluate({}, nulls=True) is None
    compile_expression.cache_clear()


@pytest.mark.parametrize("fault", [OSError, Unheard])
def test_an_outage_behind_a_given_function_is_nobodys_fault_here(fault: type[Exception]) -> None:
    def broken() -> Any:
        raise fault("planted")

    with pytest.raises(fault):
        compile_expression("milestone()").evaluate({}, {"milestone": broken})


def doubled(first: str, step: str, times: int, last: str) -> str:
    """A context whose entries double the one before."""
    steps = [f"x{i}: {step.replace('?', f'x{i - 1}')}" for i in range(1, times)]
    asked = last.replace("?", f"x{times - 1}")
    return f"{{x0: {first}, {', '.join(steps)}, end: {asked}}}.end"


LONG = "'" + "a" * 200 + "'"
GREEDY = {
    "a text in every place of another": doubled(LONG, "? + ?", 8, "replace(?, 'a', ?)"),
    "and with groups": doubled(LONG, "? + ?", 8, "replace(?, '(a)', '$1$1$1$1$1$1$1$1$1$1' + ?)"),
    "a list in a list in a list": doubled("[1, 1]", "[?, ?]", 40, "?"),
    "written out": doubled("[1, 1]", "[?, ?]", 40, "string(?)"),
    "and compared": "{a: " + doubled("[1, 1]", "[?, ?]", 40, "?") + ", b: " + doubled("[1, 1]", "[?, ?]", 40, "?") + ", c: a = b}.c",
    "compared within": doubled("[1, 1]", "[?, ?]", 40, "{a: ?, b: [?]}.a = ?"),
    "looked through": doubled("[[], []]", "[?, ?]", 40, "flatten(?)"),
    "asked for a part": doubled("[1, 1]", "[?, ?]", 40, "count(?.day)"),
    "tried as alternatives": doubled("[1, 1]", "[?, ?]", 40, "3 in ?"),
    "and named in a sentence": doubled("[1, 1]", "[?, ?]", 40, "? > 3"),
    "contexts": doubled("{a: 1}", "{a: ?, b: ?}", 40, "?"),
    "a long text everywhere in a list": doubled(LONG, "? + ?", 9, "for i in 1..9000 return ?"),
    "joined": doubled(LONG, "? + ?", 9, "string join(for i in 1..2000 return ?, ?)"),
    "split": doubled("'中中'", "? + ?", 16, "count(split(?, '')) + count(split(?, '中')) > 0"),
    "one list after the other": "count(for i in 1..9000 return concatenate(1, 2, 3)) + count(for a in 1..100, b in 1..100 return [a, b, a, b])",
    "different values": "distinct values(for i in 1..5000 return [i])",
    "powers": "for i in 1..4000 return 10 ** 33 + i",
}  # fmt: skip


@pytest.mark.parametrize("text", GREEDY.values(), ids=GREEDY.keys())
def test_a_short_condition_never_takes_much_memory_and_ends(text: str) -> None:
    assert len(text) < 1_500
    condition = compile_expression(text)
    tracemalloc.start()
    try:
        assert refusal(lambda: condition.evaluate({})) != ""
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 24 * MEGABYTE


def test_texts_with_placeholders_are_bounded_together() -> None:
    long = "a" * 60_000
    with pytest.raises(ExpressionError, match="characters"):
        compile_value("${x}${x}").evaluate({"x": long})
    with pytest.raises(ExpressionError, match="characters"):
        compile_value("${x} " * 5_000)


def test_evaluations_within_one_another_share_one_bound() -> None:
    inner = compile_expression("count(for i in 1..900 return i)")
    outer = compile_expression("count(for i in 1..200 return more())")
    with pytest.raises(ExpressionError, match="steps"):
        outer.evaluate({}, {"more": lambda: inner.evaluate({})})


@pytest.mark.parametrize("text", ['"\\ud800"', '"a\\u0000b"'])
def test_characters_that_no_database_keeps_are_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="cannot be kept"):
        compile_expression(text)
    assert compile_expression('"\\ud83d\\ude00"').evaluate({}) == "😀"


@pytest.mark.parametrize("pattern", ["(.|a)" * 24, "(a+)+$", "(a|aa)*b", "a*a*a*a*a*a*b", "((.?){30}){30}a"])
def test_no_pattern_holds_a_request(pattern: str) -> None:
    begun = time.thread_time()
    answer = compile_expression("matches(t, p)")
    short = refusal(lambda: answer.evaluate({"t": "a" * 40 + "!", "p": pattern}))
    long = refusal(lambda: answer.evaluate({"t": "a" * 100_000 + "!", "p": pattern}))
    assert short is None
    assert long is None or "too long for this pattern" in long
    assert time.thread_time() - begun < 2


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("(?=.*a)b", "looking around"),
        ("(?<!a)b", "looking around"),
        (r"(a)\1", "back-references"),
        ("a++", "possessive"),
        (r"\d{,3}", "{0,3}"),
        ("(", "cannot be read"),
        ("a" * 201, "longer"),
    ],
)
def test_patterns_that_are_not_known_are_named(pattern: str, word: str) -> None:
    fault = pattern_problem(pattern)
    assert fault is not None
    assert word in fault.words.en
    assert fault.words.zh
    with pytest.raises(ExpressionError, match=re.escape(word)):
        compile_expression(f"matches(t, {orjson.dumps(pattern).decode()})")


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"\w{2,4}", "王秀英", True),
        (r"[\w·]+", "买买提·艾力", True),
        (r"\W+", "，！", True),
        (r"\W+", "王", False),
        (r"[]\w]+", "]中", True),
        (r"[*+]+", "+*", True),
        (r"1[3-9]\d{9}", "13800000000", True),
        (r"1[3-9]\d{9}", "１３８００００００００", False),
    ],
)
def test_patterns_know_chinese_characters(pattern: str, text: str, matches: bool) -> None:
    assert matches_all(pattern, text) is matches
