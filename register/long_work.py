"""What jobs do, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from register.jobs import Work

WORKS: Final[Mapping[str, Work]] = {}
