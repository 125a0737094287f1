"""What a responsible person may ask for when a ticket stands on their desk: each way has its own conditions."""

from __future__ import annotations

from collections.abc import Mapping

from engine.host import Step, Values
from engine.text import LocalizedText
from rectification.tickets.closures import evidence_complete
from rectification.tickets.extensions import wrong_extension
from rectification.tickets.transfers import wrong_transfer


def outcome_complete(step: Step, values: Values) -> Mapping[str, LocalizedText]:
    """Guard: evidence for a closure, a receiver for a transfer, a date in time for an extension."""
    match values.get("outcome"):
        case "transfer":
            return wrong_transfer(step, values)
        case "extend":
            return wrong_extension(step, values)
    return evidence_complete(step, values)
