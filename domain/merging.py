"""Two contacts that are one person: which of their places in a campaign counts."""

from dataclasses import dataclass
from uuid import UUID

from domain.messages import MessageState

_DONE = frozenset(
    {
        MessageState.SENDING, MessageState.UNKNOWN, MessageState.ACCEPTED, MessageState.SENT,
        MessageState.DELIVERED, MessageState.READ, MessageState.PLAYED,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A recipient of a campaign; ``state`` is the message's, None before there is one."""

    seq: int
    contact_id: UUID
    state: MessageState | None

    @property
    def rank(self) -> int:
        """A message that reached the person, or may have, beats a pending one; a failure comes last."""
        if self.state in _DONE:
            return 0
        if self.state is None:
            return 2
        return 1 if self.state is MessageState.QUEUED else 3

    @property
    def open(self) -> bool:
        """Whether something would still be sent."""
        return self.rank in (1, 2)


def counting(places: tuple[Place, Place]) -> tuple[Place, Place]:
    """The place that counts, and the other one, which gets nothing more; nobody gets the message twice."""
    first, second = sorted(places, key=lambda place: (place.rank, place.seq))
    return first, second
