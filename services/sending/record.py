"""Record what became of attempts, with everything that follows from it, in one transaction."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.campaigns.announce import changed
from services.sending.verdicts import Verdict
from store import live, slots
from store.sending import effects, outcomes
from store.sending.outcomes import Touched
from whatsapp.errors import ErrorKind

SLOW_DOWN = timedelta(seconds=1)
"""How long everybody on a number waits after WhatsApp called it too fast."""


async def record(
    session: AsyncSession, channel_id: UUID, campaign_id: UUID | None, verdicts: Sequence[Verdict]
) -> None:
    """Write the outcomes of attempts on one number, slow down, block, pause or opt out as they say."""
    touched = await outcomes.record(session, [verdict.outcome for verdict in verdicts])
    by_kind = {verdict.kind: verdict for verdict in verdicts if verdict.kind is not None}
    if ErrorKind.THROTTLED in by_kind:
        await slots.push(session, slots.channel_key(channel_id), SLOW_DOWN)
    if blocked := by_kind.get(ErrorKind.CHANNEL):
        await effects.block_channel(session, channel_id, blocked.block_reason or "policy")
    if campaign_id is not None:
        await _pause(session, campaign_id, by_kind)
    stopped = [v.outcome.message_id for v in verdicts if v.kind is ErrorKind.OPTED_OUT]
    if stopped:
        await effects.opt_out(session, stopped)
    await announce(session, touched)


async def announce(session: AsyncSession, touched: Sequence[Touched]) -> None:
    """Tell open pages which campaigns and threads changed."""
    for campaign_id in {item.campaign_id for item in touched if item.campaign_id}:
        await live.notify(session, f"campaign:{campaign_id}", "campaign_progress")
    for item in {item for item in touched if item.contact_id}:
        room = f"thread:{item.channel_id}:{item.contact_id}"
        await live.notify(session, room, "message_status")


async def _pause(
    session: AsyncSession, campaign_id: UUID, by_kind: dict[ErrorKind, Verdict]
) -> None:
    if blocked := by_kind.get(ErrorKind.CHANNEL):
        reason = blocked.block_reason or "policy"
        await effects.pause_campaign(session, campaign_id, reason, blocked.outcome.code)
        await changed(session, campaign_id)
    elif broken := by_kind.get(ErrorKind.TEMPLATE):
        await effects.pause_campaign(session, campaign_id, "template", broken.outcome.code)
        await changed(session, campaign_id)
