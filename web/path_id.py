"""Numbers in addresses: no larger than a database's whole number, so that a made-up one is merely not found."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query

LARGEST: Final = 2**63 - 1

PathId = Annotated[int, Path(ge=0, le=LARGEST)]
"""The number of a thing, from the address."""

Beyond = Annotated[int | None, Query(ge=0, le=LARGEST, description="`next` of the page before")]
"""Where the next page of a list begins."""
