"""When the next try in a span is due, so that a sender asks the database only then."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(slots=True)
class NextTry:
    """When the span's next try is due, as far as this sender knows."""

    due: float | None = None
    clock: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    def note(self, wait: timedelta | None) -> None:
        """Record that somebody must be tried again after a wait."""
        if wait is not None:
            at = self.clock.time() + max(0.0, wait.total_seconds())
            self.due = at if self.due is None else min(self.due, at)

    def is_due(self) -> bool:
        """Whether a try is due now."""
        return self.due is not None and self.due <= self.clock.time()

    def take(self) -> bool:
        """Whether a try is due; forgets it, so the next one has to be recorded again."""
        due = self.is_due()
        if due:
            self.due = None
        return due
