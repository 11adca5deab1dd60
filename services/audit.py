"""The audit log: who did what to which thing, before and after, without secrets."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.ids import parse_id
from store import audit as entries
from store.audit import AuditEntry, AuditFilter

SECRET_WORDS = ("password", "secret", "token_hash", "access_token", "verify_token")
HIDDEN = "•••"


async def record(
    session: AsyncSession,
    actor: Actor,
    action: str,
    entity: str,
    entity_id: object,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Append one entry in the caller's transaction; values under secret names are hidden."""
    await entries.add(
        session,
        user_id=actor.user_id,
        actor=actor.label,
        action=action,
        entity=entity,
        entity_id=str(entity_id),
        before=_plain(before),
        after=_plain(after),
        ip=actor.ip,
    )


async def page(session: AsyncSession, wanted: AuditFilter) -> list[AuditEntry]:
    """Entries that match, newest first."""
    return await entries.page(session, wanted)


async def names(session: AsyncSession, found: Sequence[AuditEntry]) -> dict[str, str]:
    """What the things of some entries are called, by id as the log keeps it; gone ones are left out."""
    wanted: dict[str, set[UUID]] = {}
    for entry in found:
        entity_id = parse_id(entry.entity_id)
        if entity_id is not None and entry.entity in entries.NAMED:
            wanted.setdefault(entry.entity, set()).add(entity_id)
    return {str(key): name for key, name in (await entries.names(session, wanted)).items()}


async def entities(session: AsyncSession) -> list[str]:
    """The kinds of things in the log."""
    return await entries.entities(session)


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The values as JSON can hold them, secrets hidden."""
    if values is None:
        return None
    plain = json.loads(json.dumps(dict(values), default=str))
    hidden = _hide(plain)
    assert isinstance(hidden, dict)
    return hidden


def _hide(value: object) -> object:
    if isinstance(value, dict):
        return {
            name: HIDDEN if any(word in name for word in SECRET_WORDS) else _hide(inner)
            for name, inner in value.items()
        }
    return [_hide(item) for item in value] if isinstance(value, list) else value
