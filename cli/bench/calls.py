"""The simulator's call log, read page by page: what was really sent, counted from outside."""

from dataclasses import dataclass, field

import httpx

PAGE = 50_000


@dataclass(slots=True)
class Accepted:
    """Accepted sends: how often and when first by phone, when, and how many were never answered."""

    by_recipient: dict[str, int] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    moments: list[float] = field(default_factory=list)
    dropped: int = 0

    @property
    def doubles(self) -> int:
        """Acceptances beyond the first, summed over people."""
        return len(self.moments) - len(self.by_recipient)


async def accepted(http: httpx.AsyncClient, simulator_url: str) -> Accepted:
    """The whole log, only what counting needs."""
    result = Accepted()
    after: int | None = 0
    while after is not None:
        query = {"after": after, "limit": PAGE}
        answer = await http.get(f"{simulator_url}/_sim/accepted", params=query)
        page = answer.raise_for_status().json()
        for phone, moment, dropped in page["accepted"]:
            result.by_recipient[phone] = result.by_recipient.get(phone, 0) + 1
            result.first.setdefault(phone, moment)
            result.moments.append(moment)
            result.dropped += dropped
        after = page["next"]
    return result
