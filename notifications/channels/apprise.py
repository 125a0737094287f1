"""Apprise for every other service. Its addresses are the operator's setting, for it looks names up by itself."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import apprise

from engine.text import LocalizedText
from notifications.outgoing_messages import DeliveryOutcome, OutgoingMessage
from notifications.reasons import NOT_TAKEN, NOT_YET_TRIED, unreached

AT_ONCE: Final = 8
"""Services that are spoken to beside each other."""
_LATER: Final = DeliveryOutcome(NOT_YET_TRIED, wait=dt.timedelta(minutes=1))


class AppriseChannel:
    """Knows the addresses of the setting by their names; a letter names one of them."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._ways: dict[str, apprise.Apprise] = {}
        for name, address in addresses.items():
            self._ways[name] = apprise.Apprise()
            if not self._ways[name].add(address):
                raise ValueError(
                    f"HUITOUKAN_APPRISE: what {name} stands for is no address that Apprise knows"
                )

    def send(self, letters: Sequence[OutgoingMessage]) -> list[DeliveryOutcome]:
        """Try each letter once; the services beside each other, each of them until it fails."""
        by_service = defaultdict[str, list[int]](list)
        for number, letter in enumerate(letters):
            by_service[letter.endpoint_address].append(number)
        outcomes: dict[int, DeliveryOutcome] = {}

        def serve(numbers: Sequence[int]) -> None:
            failed = False
            for number in numbers:
                outcomes[number] = _LATER if failed else self._try(letters[number])
                failed = failed or (outcomes[number].error is not None and not outcomes[number].permanent)

        with ThreadPoolExecutor(AT_ONCE, "apprise") as threads:
            list(threads.map(serve, by_service.values()))
        return [outcomes[number] for number in range(len(letters))]

    def _try(self, letter: OutgoingMessage) -> DeliveryOutcome:
        way = self._ways.get(letter.endpoint_address)
        if way is None:
            return DeliveryOutcome(_unknown(letter.endpoint_address), permanent=True)
        try:
            sent = way.notify(title=letter.subject, body=letter.text, body_format=apprise.NotifyFormat.TEXT)
        except Exception as fault:  # plugins of many hands: none of them may stop the others
            return DeliveryOutcome(unreached(fault))
        return DeliveryOutcome() if sent else DeliveryOutcome(NOT_TAKEN)


def _unknown(name: str) -> LocalizedText:
    return LocalizedText(
        f"运维的设置 HUITOUKAN_APPRISE 中没有“{name}”", f"the setting HUITOUKAN_APPRISE names no “{name}”"
    )
