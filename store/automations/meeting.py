"""The runs of two contacts who are one person: all go to the contact that stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store.campaigns.places import PAIRS

# Uses ix_automation_runs_contact_id_id. What started a run of each started two of one person: the one that moves is told
# apart by its id.
_MOVE = text(f"""
WITH {PAIRS}
UPDATE automation_runs r SET contact_id = p.kept, cause = CASE WHEN EXISTS (
        SELECT FROM automation_runs k
        WHERE k.automation_id = r.automation_id AND k.contact_id = p.kept AND k.cause = r.cause)
    THEN r.cause || ':' || r.id ELSE r.cause END
FROM pairs p WHERE r.contact_id = p.gone
RETURNING r.id
""")

# Uses ix_automation_runs_active_contact_id; locked in one order, as wherever several are locked.
_ACTIVE = text("""
SELECT r.id, r.contact_id, r.automation_id, r.version, r.channel_id, r.trigger_id, r.entry_key, r.step, r.started_at,
    r.moved_at, CASE WHEN r.id = ANY(CAST(:came AS uuid[])) THEN replace(r.cause, ':' || r.id, '') ELSE r.cause END AS cause,
    r.id = ANY(CAST(:came AS uuid[])) AS came,
    r.marketing AND c.marketing_opt_out_at IS NOT NULL AS opted_out
FROM automation_runs r JOIN contacts c ON c.id = r.contact_id
WHERE r.contact_id = ANY(CAST(:contacts AS uuid[])) AND r.ended_at IS NULL
ORDER BY r.id FOR NO KEY UPDATE OF r
""")

# Primary key.
_HAND_OVER = text("""
WITH kept AS (
    DELETE FROM automation_inbox WHERE run_id = :ended AND taken_at IS NULL RETURNING message_id, at
)
INSERT INTO automation_inbox (run_id, message_id, at) SELECT :goes_on, message_id, at FROM kept
ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class MetRun:
    """An active run of somebody who was two contacts.

    ``came``: it was the other contact's. ``cause`` as it was then. ``opted_out``: it is marketing, which the person stopped.
    """

    id: UUID
    contact_id: UUID
    automation_id: UUID
    version: int
    channel_id: UUID
    trigger_id: str
    entry_key: str | None
    step: int
    started_at: datetime
    moved_at: datetime
    cause: str
    came: bool
    opted_out: bool


async def move(session: AsyncSession, parameters: Mapping[str, object]) -> Sequence[UUID]:
    """Give every run to the contact that stays; returns those that moved."""
    return (await session.scalars(_MOVE, parameters)).all()


async def active(
    session: AsyncSession, contact_ids: Sequence[UUID], came: Sequence[UUID]
) -> list[MetRun]:
    """The runs of these contacts that have not ended, oldest first, locked; ``came`` are those that moved to them."""
    parameters = {"contacts": list(contact_ids), "came": list(came)}
    return [MetRun(**row._mapping) for row in await session.execute(_ACTIVE, parameters)]


async def hand_over(session: AsyncSession, ended: UUID, goes_on: UUID) -> None:
    """Put the messages that a run had not taken to another one."""
    await session.execute(_HAND_OVER, {"ended": ended, "goes_on": goes_on})
