"""What is waiting to be sent, for how long, and whether database locks hold it up."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.counters import COUNTED

# The last two days of ix_messages_single.
_SINGLES = text("""
SELECT count(*) AS waiting, min(created_at) AS oldest FROM messages
WHERE campaign_id IS NULL AND direction = 'out' AND created_at > clock_timestamp() - interval '2 days'
    AND state = 'queued' AND coalesce(next_try_at <= clock_timestamp(), true)
""")

# ix_campaigns_status, then primary keys; campaign_rates by the end of its primary key.
_CAMPAIGNS = text(f"""
SELECT c.id, c.name, c.channel_id, k.total - ({" + ".join(f"k.{state}" for state in COUNTED)}) AS waiting,
    coalesce((SELECT max(second) FROM campaign_rates r WHERE r.campaign_id = c.id), c.started_at,
        c.launched_at) AS moved_at
FROM campaigns c JOIN campaign_counters k ON k.campaign_id = c.id WHERE c.status = 'running'
ORDER BY c.id
""")

# A view of the server's processes; those of other roles show nothing, but ours share one role.
_LOCKED = text("""
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'whatsway-%' AND wait_event_type = 'Lock'
    AND wait_event <> 'advisory' AND query_start < clock_timestamp() - CAST(:longer AS interval)
""")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Single messages that may be sent now; ``oldest`` is when the first was written."""

    waiting: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Moving:
    """A running campaign: how many are waiting, and when WhatsApp last accepted one of its messages."""

    id: UUID
    name: str
    channel_id: UUID | None
    waiting: int
    moved_at: datetime | None


async def singles(session: AsyncSession) -> Waiting:
    """Replies and other single messages."""
    return Waiting(**(await session.execute(_SINGLES)).one()._mapping)


async def campaigns(session: AsyncSession) -> list[Moving]:
    """Running campaigns, the oldest first."""
    return [Moving(**row._mapping) for row in (await session.execute(_CAMPAIGNS)).all()]


async def locked(session: AsyncSession, longer: object) -> int:
    """How many of our statements have been waiting for a lock for longer than this."""
    return int((await session.execute(_LOCKED, {"longer": longer})).scalar_one())
