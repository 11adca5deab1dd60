"""What a sender must know about a campaign before it claims: its frozen message, and its number."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store.sending.pulses import MARKETING


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """A campaign's frozen message and the number that sends it, token still encrypted.

    ``marketing``, speeds and limit are as they were when it was read; every claim reads them again.
    """

    campaign_id: UUID
    channel_id: UUID
    template: dict[str, Any]
    marketing: bool
    api_url: str
    api_version: str
    phone_number_id: str
    waba_id: str
    access_token: bytes
    marketing_api: bool
    throttle: int | None
    throughput: int
    limited: bool


_PLAN = text(f"""
SELECT c.id AS campaign_id, c.channel_id, c.template, {MARKETING} AS marketing, ch.api_url, ch.api_version,
    ch.phone_number_id, ch.waba_id, ch.access_token, ch.marketing_api, c.throttle,
    ch.throughput, p.messaging_limit IS NOT NULL AS limited
FROM campaigns c JOIN channels ch ON ch.id = c.channel_id JOIN portfolios p ON p.id = ch.portfolio_id
LEFT JOIN templates t ON t.id = c.template_id
WHERE c.id = :campaign_id
""")


async def plan(session: AsyncSession, campaign_id: UUID) -> CampaignPlan | None:
    """The message and number of a launched campaign."""
    row = (await session.execute(_PLAN, {"campaign_id": campaign_id})).one_or_none()
    return CampaignPlan(**row._mapping) if row else None
