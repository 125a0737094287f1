"""What one evaluation may use up: steps of its own, and processor time.

Operators and built-in functions spend while they work, so that a value is refused before it is built:
shared lists within lists double with every level, and a text may be put into every place of another.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar
from time import thread_time
from typing import Final, TypeVar

from engine.expressions.errors import Exhausted, ExpressionError, refused
from engine.text import LocalizedText

BUDGET: Final = 10_000
"""Steps that one evaluation may take."""
SECONDS: Final = 2.0
"""Processor time of one evaluation: the last resort, should a step take longer than it ought to."""
GRAINS: Final = 64
"""Values compared, or letters read, for one step."""
_BETWEEN_LOOKS: Final = 100 * GRAINS
FAULTS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
    re.error,
)
"""What values can make Python raise; an outage (of the database, of the network) is none of these."""

T = TypeVar("T")


class Meter:
    """What is left of one evaluation."""

    __slots__ = ("_looked", "_until", "left")

    def __init__(self, steps: int, until: float) -> None:
        self.left = steps * GRAINS
        self._until = until
        self._looked = self.left

    @property
    def until(self) -> float:
        """The thread's processor time at which it stops."""
        return self._until

    def spend(self, grains: int) -> None:
        """Take off what a piece of work costs.

        Raises:
            Exhausted: nothing is left.
        """
        self.left -= grains
        if self.left < 0:
            raise _exhausted()
        if self._looked - self.left > _BETWEEN_LOOKS:
            self._looked = self.left
            if thread_time() > self._until:
                raise _exhausted()


_running: ContextVar[Meter | None] = ContextVar("running", default=None)


def spend(grains: int) -> None:
    """Take off the running evaluation what a piece of work costs; nothing is taken outside of one.

    Raises:
        Exhausted: nothing is left.
    """
    meter = _running.get()
    if meter is not None:
        meter.spend(grains)


def metered(work: Callable[[Meter], T], steps: int = BUDGET, seconds: float = SECONDS) -> T:
    """What the work answers, within its bounds and those of the evaluation around it.

    Raises:
        ExpressionError: whatever the values made it raise.
    """
    outer = _running.get()
    until = outer.until if outer is not None else thread_time() + seconds
    meter = Meter(steps if outer is None else min(steps, outer.left // GRAINS), until)
    begun = meter.left
    token = _running.set(meter)
    try:
        return work(meter)
    except ExpressionError:
        raise
    except FAULTS as fault:
        raise as_error(fault) from fault
    finally:
        _running.reset(token)
        if outer is not None:
            outer.left -= begun - meter.left


def as_error(fault: Exception) -> ExpressionError:
    """The error in words for what values made Python raise."""
    if isinstance(fault, ExpressionError):
        return fault
    words = getattr(fault, "words", None)
    if isinstance(words, LocalizedText):
        return ExpressionError(words)
    if isinstance(fault, RecursionError):
        return refused("表达式嵌套过深。", "The expression is nested too deeply.")
    if isinstance(fault, MemoryError):
        return refused("表达式需要的内存过多。", "The expression takes too much memory.")
    kind = type(fault).__name__
    return refused(f"这些值算不出来（{kind}）。", f"These values cannot be worked out ({kind}).")


def _exhausted() -> Exhausted:
    return Exhausted(
        LocalizedText("表达式计算量过大，已停止。", "The expression takes too many steps; it was stopped.")
    )
