"""Somebody who works through the JSON API alone."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from tests.journeys.conftest import Demo
from tests.journeys.pictures import photo


class Colleague:
    """One person with a token; everything goes through /api/v1."""

    def __init__(self, demo: Demo, login: str) -> None:
        way = demo.way_of(login)
        self.id, self.name = way.id, way.name
        headers = {"Authorization": f"Bearer {way.token}"}
        self._client = httpx.Client(base_url=f"{demo.address}/api/v1", headers=headers, timeout=30)
        demo.clients.append(self._client)

    def work(self, element: str, key: str | None = None) -> list[dict[str, Any]]:
        """Open work items on this desk, through every page of the list."""
        found: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            asked = {"element": element, "limit": 3, **({"after": after} if after else {})}
            page = self._json("GET", "/work-items", params=asked)
            found += [entry for entry in page["items"] if key in (None, entry["key"])]
            after = page["next"]
            if after is None:
                return found

    def item(self, element: str, key: str | None = None) -> dict[str, Any]:
        """The one (or first) such work item, with its form."""
        found = self.work(element, key)
        assert found, f"{self.name} has no {element} for {key}"
        item: dict[str, Any] = self._json("GET", f"/work-items/{found[0]['id']}")
        return item

    def complete(self, element: str, key: str | None = None, /, **values: Any) -> dict[str, Any]:
        """Complete the work item with these values; returns what came of it."""
        return self.answered(self.item(element, key)["id"], values)

    def answered(self, item: int, values: dict[str, Any]) -> dict[str, Any]:
        """Complete a work item by its number."""
        done = self.try_to(item, values)
        assert done.status_code == 200, done.text
        answer: dict[str, Any] = done.json()
        return answer

    def try_to(self, item: int, values: dict[str, Any], key: str | None = None) -> httpx.Response:
        """Complete a work item and hand back whatever the installation says to it."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self._client.post(f"/work-items/{item}/completion", json={"values": values}, headers=headers)

    def photo(self, about: str) -> int:
        """Send a photo as evidence; returns its number."""
        sent = self._client.post("/evidence", files={"file": ("photo.jpg", photo())}, data={"about": about})
        assert sent.status_code == 201, sent.text
        return int(sent.json()["id"])

    def ticket(self, number: int) -> dict[str, Any]:
        """A ticket with its history."""
        ticket: dict[str, Any] = self._json("GET", f"/tickets/{number}")
        return ticket

    def tickets(self) -> dict[str, Any]:
        """The ledger."""
        page: dict[str, Any] = self._json("GET", "/tickets")
        return page

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Anything else."""
        return self._client.request(method, path, **more)

    def _json(self, method: str, path: str, **more: Any) -> Any:
        answer = self._client.request(method, path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()
