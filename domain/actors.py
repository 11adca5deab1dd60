"""Who performs an action: a person, a program with an API token, or the product itself."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of a write, as the audit log and histories name it."""

    label: str
    user_id: UUID | None = None
    ip: str = ""

    @property
    def is_program(self) -> bool:
        """Whether an API token is acting rather than its owner in person."""
        return self.label.startswith("token:")


SYSTEM = Actor("system")
