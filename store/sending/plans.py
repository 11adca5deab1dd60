"""What a sender must know of a campaign: once per batch its message, at every claim its state."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """The frozen message of a campaign and the number it leaves from, token still encrypted."""

    campaign_id: UUID
    channel_id: UUID
    template: dict[str, Any]
    api_url: str
    api_version: str
    phone_number_id: str
    waba_id: str
    access_token: bytes


@dataclass(frozen=True, slots=True)
class CampaignPulse:
    """What may change while a campaign runs; read in the transaction of every claim."""

    status: str
    throttle: int | None
    throughput: int
    channel_status: str
    blocked_reason: str | None
    template_status: str | None


_PLAN = text("""
SELECT c.id AS campaign_id, c.channel_id, c.template, ch.api_url, ch.api_version, ch.phone_number_id,
    ch.waba_id, ch.access_token
FROM campaigns c JOIN channels ch ON ch.id = c.channel_id WHERE c.id = :campaign_id
""")

_PULSE = text("""
SELECT c.status, c.throttle, ch.throughput, ch.blocked_reason,
    CASE WHEN ch.deleted_at IS NULL THEN ch.status ELSE 'disconnected' END AS channel_status,
    CASE WHEN t.deleted_at IS NULL THEN t.status END AS template_status
FROM campaigns c
JOIN channels ch ON ch.id = c.channel_id
LEFT JOIN templates t ON t.id = c.template_id
WHERE c.id = :campaign_id
""")


async def plan(session: AsyncSession, campaign_id: UUID) -> CampaignPlan | None:
    """The message and number of a launched campaign."""
    row = (await session.execute(_PLAN, {"campaign_id": campaign_id})).one_or_none()
    return CampaignPlan(**row._mapping) if row else None


async def pulse(session: AsyncSession, campaign_id: UUID) -> CampaignPulse | None:
    """The state of a campaign, its number and its template now."""
    row = (await session.execute(_PULSE, {"campaign_id": campaign_id})).one_or_none()
    return CampaignPulse(**row._mapping) if row else None
