"""Apprise for every other service. Its addresses are the operator's setting, for it looks names up by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import apprise

from engine.words import Words
from notifications.letters import Letter, Outcome
from notifications.reasons import NOT_TAKEN, unreached


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

    def send(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Try each letter once."""
        return [self._try(letter) for letter in letters]

    def _try(self, letter: Letter) -> Outcome:
        way = self._ways.get(letter.outlet_address)
        if way is None:
            return Outcome(_unknown(letter.outlet_address), permanent=True)
        try:
            sent = way.notify(title=letter.subject, body=letter.text, body_format=apprise.NotifyFormat.TEXT)
        except Exception as fault:  # plugins of many hands: none of them may stop the others
            return Outcome(unreached(fault))
        return Outcome() if sent else Outcome(NOT_TAKEN)


def _unknown(name: str) -> Words:
    return Words(
        f"运维的设置 HUITOUKAN_APPRISE 中没有“{name}”", f"the setting HUITOUKAN_APPRISE names no “{name}”"
    )
