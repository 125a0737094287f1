"""``Any`` does not spread: each package may shed it and not gain it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST = {"engine": 54, "rectification": 363, "web": 127, "notifications": 32, "huitoukan": 15}
"""How often the word stands in a package; whoever takes some away writes the new figure here."""


@pytest.mark.parametrize("package", sorted(MOST))
def test_any_does_not_spread(package: str) -> None:
    texts = (path.read_text("utf-8") for path in (ROOT / package).rglob("*.py"))
    count = sum(len(re.findall(r"\bAny\b", text)) for text in texts)
    assert count <= MOST[package], (
        "give the value its type: see engine/json.py, engine/rows.py, engine/inputs.py"
    )
    assert count >= MOST[package], f"write the lower figure here: {package!r}: {count}"
