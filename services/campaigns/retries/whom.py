"""Who a retry may reach and from when, by the kind of their error."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import template_slots
from domain.retries import CODES, DEFERRED, not_before
from domain.sentences import Sentence
from store import templates
from store.campaigns import retries
from store.campaigns.retries import Retryable
from store.campaigns.rows import CampaignRow


async def count(session: AsyncSession, campaign_id: UUID) -> Retryable:
    """The recipients of a campaign who may be retried."""
    return await retries.count(session, campaign_id, CODES, DEFERRED)


async def problems(
    session: AsyncSession, row: CampaignRow, parent_id: UUID, now: datetime
) -> Mapping[str, Sentence]:
    """What prevents a retry, in addition to what may prevent any campaign."""
    found: dict[str, Sentence] = {}
    retryable = await count(session, parent_id)
    if retryable.people == 0:
        found["audience"] = Sentence("launch_audience.tried")
    earliest = not_before(retryable.last_deferred)
    if earliest is not None and (row.scheduled_at or now) < earliest:
        found["schedule"] = Sentence("launch_schedule.deferred", earliest=earliest)
    sent = row.template
    template = await templates.get(session, row.template_id) if row.template_id else None
    if (
        template
        and sent
        and _keys(template.components, template.parameter_format)
        != _keys(sent["components"], sent["parameter_format"])
    ):
        found["template"] = Sentence("launch_template.variables")
    return found


def _keys(components: list[Any], parameter_format: str) -> list[str]:
    return [slot.key for slot in template_slots.slots(components, parameter_format)]
