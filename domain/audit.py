"""The audit log: its lines and the filter for listing them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the log, with the name of the actor if it was a person."""

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
    """Which lines to show; empty means all."""

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
