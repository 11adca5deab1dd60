"""The audit log: a line of it, and what of it one wants to see."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the log, with the person's name when it was a person."""

    id: int
    at: datetime
    user_id: UUID | None
    user_name: str
    actor: str
    action: str
    entity: str
    entity_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    ip: str


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What of the log to show; empty means everything."""

    user_id: UUID | None = None
    entity: str = ""
    entities: Collection[str] = ()
    entity_id: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None
    after_id: int | None = None
    limit: int = field(default=50)
