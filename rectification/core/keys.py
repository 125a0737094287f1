"""Numbers inside names: business keys (``ticket:17``) and owners (``person:5``) as people may send them."""

from __future__ import annotations


def parse_id(text: str) -> int | None:
    """The number that a text is, if it can be one of a row; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
