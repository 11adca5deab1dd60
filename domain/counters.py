"""How many recipients of a campaign are in each state: the only list of what is counted."""

from dataclasses import dataclass, fields

from domain.messages import MessageState

COUNTED = tuple(
    state.value
    for state in MessageState
    if state not in (MessageState.RECEIVED, MessageState.QUEUED)
)
"""States with a counter; a recipient in none of them is still queued."""


@dataclass(frozen=True)
class Counters:
    """How many recipients are in each state; queued and the others sum to ``total``."""

    total: int
    excluded: int
    sending: int
    unknown: int
    accepted: int
    sent: int
    delivered: int
    read: int
    played: int
    failed: int
    rejected: int
    refused: int
    replied: int

    @property
    def queued(self) -> int:
        """Nobody has tried them yet, or their next try is due."""
        return self.total - sum(int(getattr(self, state)) for state in COUNTED)

    @property
    def submitted(self) -> int:
        """WhatsApp accepted the message, whatever happened since."""
        return self.accepted + self.reached_sent + self.failed

    @property
    def reached_sent(self) -> int:
        """Sent on by WhatsApp to the phone."""
        return self.sent + self.reached_delivered

    @property
    def reached_delivered(self) -> int:
        """Arrived on the phone."""
        return self.delivered + self.reached_read

    @property
    def reached_read(self) -> int:
        """Read by the person."""
        return self.read + self.played

    @property
    def landed(self) -> int:
        """Accepted by WhatsApp and not failed since."""
        return self.accepted + self.reached_sent

    @property
    def not_sent(self) -> int:
        """WhatsApp or our own gate said no, before or after acceptance."""
        return self.failed + self.rejected + self.refused


COLUMNS = tuple(field.name for field in fields(Counters))
"""The stored counts; ``queued`` is the rest of ``total``, so the sum always holds."""

NOTHING = Counters(*[0] * len(COLUMNS))
"""For a campaign whose audience is not frozen yet."""
