"""Apprise for every other service. Its addresses are the operator's setting, for it looks names up by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import apprise

from notifications.letters import Letter, Outcome


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
            return Outcome(f"the setting names no {letter.outlet_address}", permanent=True)
        try:
            sent = way.notify(title=letter.subject, body=letter.text, body_format=apprise.NotifyFormat.TEXT)
        except Exception as fault:  # plugins of many hands: none of them may stop the others
            return Outcome(f"{type(fault).__name__}: {fault}"[:500])
        return Outcome() if sent else Outcome("the service did not take it")
