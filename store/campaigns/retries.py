"""Failed recipients of a campaign who may be retried: the audience of its retry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import Audience
from store import gate
from store.tables.campaigns import CampaignRow

# Uses uq_messages_campaign_id_seq; ix_messages_contact_id_id finds those already messaged by an earlier retry of the
# same campaign. If a message now belongs to another contact, that person is in the campaign twice: their other place
# counts.
_FAILED = """
FROM messages m
JOIN campaign_recipients r ON r.campaign_id = m.campaign_id AND r.seq = m.seq
LEFT JOIN contacts c ON c.id = m.contact_id
WHERE m.campaign_id = :retry_of AND m.state IN ('failed', 'rejected')
    AND m.error_code = ANY(CAST(:retry_codes AS int[]))
    AND m.contact_id = r.contact_id
    AND NOT EXISTS (
        SELECT 1 FROM messages again JOIN campaigns k ON k.id = again.campaign_id
        WHERE k.parent_id = :retry_of AND again.contact_id = m.contact_id)
"""

_REASON = gate.first(
    (gate.deleted("c"), *gate.people("c", "c.phone_key", "CAST(:marketing AS boolean)"))
)

_CLASSIFIED = f"""classified AS (
    SELECT 0 AS row, m.contact_id, c.name, r.phone, c.phone_key, r.variables,
        {_REASON} AS reason
    {_FAILED}
)"""

_COUNT = text(f"""
SELECT count(*) AS people,
    count(*) FILTER (WHERE m.error_code = ANY(CAST(:deferred AS int[]))) AS deferred,
    max(m.failed_at) FILTER (WHERE m.error_code = ANY(CAST(:deferred AS int[]))) AS last_deferred
{_FAILED}
""")


@dataclass(frozen=True, slots=True)
class Retryable:
    """How many may be retried; ``deferred`` of them only a day after ``last_deferred``."""

    people: int
    deferred: int
    last_deferred: datetime | None


def classified(audience: Audience, *, marketing: bool) -> tuple[str, dict[str, Any]]:
    """The CTE of ``classify.classified`` for a retry, with the values frozen back then."""
    return _CLASSIFIED, _parameters(audience) | {"marketing": marketing}


def counted(audience: Audience, parameters: dict[str, Any]) -> str:
    """SELECT counting the people of a retry."""
    parameters |= _parameters(audience)
    return f"SELECT count(*) {_FAILED}"


def _parameters(audience: Audience) -> dict[str, Any]:
    return {"retry_of": audience.retry_of, "retry_codes": list(audience.retry_codes)}


async def count(
    session: AsyncSession, campaign_id: UUID, codes: Sequence[int], deferred: Sequence[int]
) -> Retryable:
    """The recipients of a campaign who may be retried."""
    parameters = {
        "retry_of": campaign_id, "retry_codes": list(codes), "deferred": list(deferred),
    }  # fmt: skip
    row = (await session.execute(_COUNT, parameters)).one()
    return Retryable(row.people, row.deferred, row.last_deferred)


async def children(session: AsyncSession, campaign_id: UUID) -> list[CampaignRow]:
    """The retries of a campaign, newest first; campaigns are few, so there is no index."""
    query = (
        select(CampaignRow)
        .where(CampaignRow.parent_id == campaign_id)
        .order_by(CampaignRow.created_at.desc())
    )
    return list((await session.scalars(query)).all())
