"""The names of the cookies in which a device keeps what its reader chose."""

from __future__ import annotations

from typing import Final

LANGUAGE: Final = "language"
CAMPAIGN: Final = "campaign"
