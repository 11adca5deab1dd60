"""What must follow the commit of received news: workflows and commands that are started afterwards."""

from dataclasses import dataclass, field
from uuid import UUID

from services.receiving.windows import OpenedWindow


@dataclass(slots=True)
class Following:
    """Windows that opened, queued single messages to send, channels whose templates are to be synced."""

    windows: list[OpenedWindow] = field(default_factory=list)
    messages: list[UUID] = field(default_factory=list)
    syncs: list[UUID] = field(default_factory=list)

    def join(self, other: "Following") -> None:
        """Add what follows from another part."""
        self.windows += other.windows
        self.messages += other.messages
        self.syncs += other.syncs


@dataclass(slots=True)
class Processed(Following):
    """What a transaction took, and what follows it."""

    taken: int = 0
