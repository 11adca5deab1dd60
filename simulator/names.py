"""The business's names for people, looked up among its contacts for those who are shown."""

import time
from collections.abc import Awaitable, Callable, Sequence

from simulator.people import People
from simulator.world import World

Lookup = Callable[[Sequence[str]], Awaitable[dict[str, str]]]
"""Names by digits, for numbers that are contacts; it may fail, and nothing depends on it."""

FRESH_S = 10.0


class Names:
    """Gives people their contacts' names; a name typed in here stays."""

    def __init__(self, world: World, lookup: Lookup | None) -> None:
        self._world = world
        self._lookup = lookup
        self._asked: dict[int, float] = {}
        self._people = world.people

    async def learn(self, customers: Sequence[int]) -> None:
        """Looks up everybody who was not looked up recently."""
        if self._lookup is None:
            return
        people, now = self._world.people, time.monotonic()
        if people is not self._people:  # a reset forgot them
            self._people, self._asked = people, {}
        wanted = [one for one in customers if now - self._asked.get(one, -FRESH_S) >= FRESH_S]
        self._asked |= dict.fromkeys(wanted, now)
        if wanted:
            self._give(people, wanted, await self._lookup([people.numbers[one] for one in wanted]))

    def _give(self, people: People, customers: Sequence[int], found: dict[str, str]) -> None:
        for customer in customers:
            name = found.get(people.numbers[customer])
            if name and people.contacts.get(customer) != name:
                people.contacts[customer] = name
                self._world.watch.version += 1
