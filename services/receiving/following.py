"""What must wait for the commit of received news: workflows and commands to start, what to remember."""

from dataclasses import dataclass, field
from uuid import UUID

from services.receiving.known import Pair
from services.receiving.windows import OpenedWindow


@dataclass(slots=True)
class Following:
    """Windows that opened, queued single messages to send, channels whose templates are to be synced,
    numbers and ids that are known to be one person's."""

    windows: list[OpenedWindow] = field(default_factory=list)
    messages: list[UUID] = field(default_factory=list)
    syncs: list[UUID] = field(default_factory=list)
    tied: list[Pair] = field(default_factory=list)

    def join(self, other: "Following") -> None:
        """Add what follows from another part."""
        self.windows += other.windows
        self.messages += other.messages
        self.syncs += other.syncs
        self.tied += other.tied


@dataclass(slots=True)
class Processed(Following):
    """What a transaction took, whom it found, and what follows it."""

    taken: int = 0
