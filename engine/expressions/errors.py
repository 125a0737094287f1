"""What is said when an expression cannot be read or worked out."""

from __future__ import annotations

from engine.text import LocalizedText


class ExpressionError(ValueError):
    """An expression that does not compile or has no answer.

    ``words`` say why to whoever drew the diagram; ``position`` counts characters from 0 in the text
    of the expression, or is None when the fault showed only while working it out.
    """

    def __init__(self, words: LocalizedText, position: int | None = None) -> None:
        super().__init__(words.en)
        self.words = words
        self.position = position


class Exhausted(ExpressionError):
    """An evaluation that was stopped; never a null, however gently it is evaluated."""


def refused(zh: str, en: str) -> ExpressionError:
    """An error without a position."""
    return ExpressionError(LocalizedText(zh, en))
