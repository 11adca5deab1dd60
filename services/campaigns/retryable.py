"""Whom a retry may reach and from when, decided by the class of their error."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain import error_codes
from domain import templates as rules
from domain.error_codes import ErrorKind, classify
from domain.retries import RETRYABLE, not_before
from domain.sentences import Sentence
from store import templates
from store.campaigns import retries
from store.campaigns.retries import Retryable

CODES = tuple(code for code in error_codes.CODES if classify(code) in RETRYABLE)
DEFERRED = tuple(code for code in error_codes.CODES if classify(code) is ErrorKind.DEFER)


async def count(session: AsyncSession, campaign_id: Any) -> Retryable:
    """Who of a campaign may be tried again."""
    return await retries.count(session, campaign_id, CODES, DEFERRED)


async def problems(session: AsyncSession, row: Any, now: datetime) -> Mapping[str, Sentence]:
    """What stands in the way of a retry beside what may stand in the way of any campaign."""
    found: dict[str, Sentence] = {}
    retryable = await count(session, row.parent_id)
    if retryable.people == 0:
        found["audience"] = Sentence("launch_audience.tried")
    earliest = not_before(retryable.last_deferred)
    if earliest is not None and (row.scheduled_at or now) < earliest:
        found["schedule"] = Sentence("launch_schedule.deferred", earliest=earliest)
    template = await templates.get(session, row.template_id) if row.template_id else None
    if template is not None and _keys(template.components, template.parameter_format) != _keys(
        row.template["components"], row.template["parameter_format"]
    ):
        found["template"] = Sentence("launch_template.variables")
    return found


def _keys(components: list[Any], parameter_format: str) -> list[str]:
    return [slot.key for slot in rules.slots(components, parameter_format)]
