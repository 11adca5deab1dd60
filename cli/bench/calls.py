"""The simulator's call log, read page by page: what was really sent, counted from outside."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx

PAGE = 50_000


@dataclass(slots=True)
class Accepted:
    """Accepted sends: count, first and last time by phone, all times, and how many were never answered."""

    by_recipient: dict[str, int] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)
    moments: list[float] = field(default_factory=list)
    dropped: int = 0

    @property
    def doubles(self) -> int:
        """Acceptances beyond the first, summed over people."""
        return len(self.moments) - len(self.by_recipient)


async def accepted(
    http: httpx.AsyncClient, simulator_url: str, *, templates: bool = False
) -> Accepted:
    """The whole log, or its ``templates``; only what counting needs."""
    result = Accepted()
    url = f"{simulator_url}/_sim/accepted?templates={str(templates).lower()}"
    async for phone, moment, dropped in _rows(http, url, "accepted"):
        result.by_recipient[phone] = result.by_recipient.get(phone, 0) + 1
        result.first.setdefault(phone, moment)
        result.last[phone] = moment
        result.moments.append(moment)
        result.dropped += dropped
    return result


async def told(http: httpx.AsyncClient, simulator_url: str) -> dict[str, float]:
    """When a webhook with each customer's first message was answered, where it was."""
    moments: dict[str, float] = {}
    async for phone, _, moment in _rows(http, f"{simulator_url}/_sim/inbound", "inbound"):
        if moment is not None:
            moments.setdefault(phone, moment)
    return moments


async def _rows(http: httpx.AsyncClient, url: str, name: str) -> AsyncIterator[list[Any]]:
    after: int | None = 0
    while after is not None:
        place = httpx.URL(url).copy_merge_params({"after": after, "limit": PAGE})
        page = (await http.get(place)).raise_for_status().json()
        for row in page[name]:
            yield row
        after = page["next"]
