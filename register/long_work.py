"""What jobs do, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from register.jobs import Work
from register.opening import open_cases_everywhere

WORKS: Final[Mapping[str, Work]] = {"open_cases": open_cases_everywhere}
