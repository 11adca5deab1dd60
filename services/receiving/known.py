"""Recently learned identities, so that a message's later statuses need no query."""

import time
from collections.abc import Collection, Set

Pair = tuple[str, str]
"""A ``wa_id`` and a user id."""

KEPT_S = 60.0
MOST = 50_000


class Known:
    """Pairs that belonged to one person when a transaction committed; forgotten after one to two minutes.

    Forgetting costs a look-up. Remembering too long only delays what a repeated status reports again.
    """

    def __init__(self) -> None:
        self._young: set[Pair] = set()
        self._old: Set[Pair] = frozenset()
        self._turn_at = 0.0

    def __contains__(self, pair: Pair) -> bool:
        return pair in self._young or pair in self._old

    def add(self, pairs: Collection[Pair]) -> None:
        """Remember what a committed transaction found or wrote."""
        now = time.monotonic()
        if now >= self._turn_at or len(self._young) >= MOST:
            fresh = now < self._turn_at + KEPT_S
            self._old = self._young if fresh else frozenset()
            self._young, self._turn_at = set(), now + KEPT_S
        self._young.update(pairs)
