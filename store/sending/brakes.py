"""A campaign's brakes: problems since its last start or resume that pause it until a person looks."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

FEWEST_OUTCOMES = 50
"""The minimum number of outcomes before the failure brake judges."""

QUALITY, FAILURES = "quality", "failures"
"""Causes of a pause, as ``domain.causes`` names them."""

_OUTCOMES = "(k.accepted + k.sent + k.delivered + k.read + k.played + k.failed + k.rejected)"
_FAILED = "(k.failed + k.rejected)"
_OUTCOMES_SINCE = f"({_OUTCOMES} - coalesce((c.brake_mark ->> 'outcomes')::int, 0))"
_FAILED_SINCE = f"({_FAILED} - coalesce((c.brake_mark ->> 'failures')::int, 0))"

BRAKE = f"""CASE
        WHEN ch.quality = 'RED' AND c.brake_mark ->> 'quality' IS DISTINCT FROM 'RED' THEN '{QUALITY}'
        WHEN {_OUTCOMES_SINCE} >= {FEWEST_OUTCOMES}
            AND 100 * {_FAILED_SINCE} >= c.brake_percent * {_OUTCOMES_SINCE} THEN '{FAILURES}'
    END"""
"""SQL: which brake applies, or null; from ``c`` (campaigns), ``ch`` (channels), ``k`` (campaign_counters)."""

_MARK = f"""
UPDATE campaigns c SET brake_mark = jsonb_build_object(
    'outcomes', {_OUTCOMES}, 'failures', {_FAILED}, 'quality', ch.quality)
FROM campaign_counters k, channels ch
WHERE k.campaign_id = c.id AND ch.id = c.channel_id AND c.status = 'running'
"""
_SET_MARK = text(f"{_MARK} AND c.id = :campaign_id")

# Uses ix_campaigns_status. A number that recovered may trigger the brake again.
_MOVE_MARKS = text(f"""{_MARK}
    AND {_OUTCOMES_SINCE} >= 10 * {FEWEST_OUTCOMES} AND ch.quality IS DISTINCT FROM 'RED'
    AND 100 * {_FAILED_SINCE} < coalesce(c.brake_percent, 101) * {_OUTCOMES_SINCE}
""")


async def set_mark(session: AsyncSession, campaign_id: UUID) -> None:
    """Measure brakes from now on: a person has seen the earlier problems."""
    await session.execute(_SET_MARK, {"campaign_id": campaign_id})


async def move_marks(session: AsyncSession) -> None:
    """For campaigns that go well, measure brakes on recent outcomes instead of all."""
    await session.execute(_MOVE_MARKS)
