"""A sentence in both languages of the installation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]


def plural(number: int, text: str, many: str) -> str:
    """An English count with its noun: ``1 ticket``, ``2 tickets``; ``many`` is the noun of several."""
    return f"{number} {text if number == 1 else many}"


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """The same sentence for a reader of Chinese and a reader of English."""

    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        """The sentence for one reader."""
        return self.zh if language == "zh" else self.en

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"
