"""One evaluation of an expression: what it can read and call, and how far it may go."""

from __future__ import annotations

from collections import ChainMap

from engine.expressions.errors import Exhausted
from engine.expressions.meter import FAULTS, GRAINS, Meter
from engine.expressions.value import FeelFunction, Functions, Scope, Value


class Evaluation:
    """One evaluation: what is in scope, which functions there are, and what it may still use up.

    ``nulls``: what cannot be calculated is null, as DMN has it, and not an error in words.
    """

    __slots__ = ("functions", "meter", "nulls", "scope")

    def __init__(
        self,
        scope: Scope,
        functions: Functions,
        meter: Meter,
        nulls: bool = False,
    ) -> None:
        self.scope = scope
        self.functions = functions
        self.meter = meter
        self.nulls = nulls

    def spend(self, steps: int) -> None:
        """Take steps off the budget.

        Raises:
            Exhausted: when it is used up.
        """
        self.meter.spend(steps * GRAINS)

    def worked_out(self, work: FeelFunction, *values: Value) -> Value:
        """What an operator or a built-in function makes of these values."""
        if not self.nulls:
            return work(*values)
        try:
            return work(*values)
        except Exhausted:
            raise
        except FAULTS:
            return None

    def with_names(self, names: dict[str, Value]) -> Evaluation:
        """The same evaluation with more names in scope."""
        return Evaluation(ChainMap(names, self.scope), self.functions, self.meter, self.nulls)  # type: ignore[arg-type]
