"""One evaluation of an expression: what it can read and call, and how far it may go."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Any

from engine.expressions.errors import ExpressionError, refused

BUDGET = 10_000
"""Steps that one evaluation may take."""


class Moment:
    """One evaluation: what is in scope, which functions there are, and how many steps are left.

    ``nulls``: what cannot be calculated is null, as DMN has it, and not an error in words.
    """

    __slots__ = ("functions", "left", "nulls", "scope")

    def __init__(
        self,
        scope: Mapping[str, Any],
        functions: Mapping[str, Callable[..., Any]],
        left: list[int],
        nulls: bool = False,
    ) -> None:
        self.scope = scope
        self.functions = functions
        self.left = left
        self.nulls = nulls

    def spend(self, steps: int) -> None:
        """Take steps off the budget.

        Raises:
            ExpressionError: when it is used up.
        """
        self.left[0] -= steps
        if self.left[0] < 0:
            raise refused(
                "表达式计算量过大，已停止。", "The expression takes too many steps; it was stopped."
            )

    def worked_out(self, work: Callable[..., Any], *values: Any) -> Any:
        """What an operator or a built-in function makes of these values."""
        if not self.nulls:
            return work(*values)
        try:
            return work(*values)
        except ExpressionError:
            return None

    def with_names(self, names: dict[str, Any]) -> Moment:
        """The same evaluation with more names in scope."""
        return Moment(ChainMap(names, self.scope), self.functions, self.left, self.nulls)  # type: ignore[arg-type]
