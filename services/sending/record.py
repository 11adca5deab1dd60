"""Record the outcomes of attempts, with everything that follows from them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.error_codes import ErrorKind
from domain.journal.campaigns import CampaignAutoPaused
from domain.journal.team import ChannelBlocked
from domain.live import Event, Room, thread_of
from services import journal
from services.contacts import consent
from services.sending.verdicts import Trouble, Verdict
from store import live, slots
from store.sending import effects, outcomes
from store.sending.outcomes import Touched

SLOW_DOWN = timedelta(seconds=1)
"""How long a number pauses after WhatsApp called it too fast, before continuing at half speed."""


async def record(
    session: AsyncSession, channel_id: UUID, campaign_id: UUID | None, verdicts: Sequence[Verdict]
) -> None:
    """Write the outcomes of attempts on one number, and slow down, block, pause or opt out accordingly."""
    touched = await outcomes.record(session, [verdict.outcome for verdict in verdicts])
    troubles = [trouble for verdict in verdicts if (trouble := verdict.trouble) is not None]
    if troubles:
        await react(session, channel_id, campaign_id, troubles)
    await announce(session, touched)


async def record_accepted(session: AsyncSession, verdicts: Sequence[Verdict]) -> None:
    """Write outcomes that are all acceptances: one statement, nothing follows."""
    await outcomes.record(session, [verdict.outcome for verdict in verdicts])


async def react(
    session: AsyncSession, channel_id: UUID, campaign_id: UUID | None, troubles: Iterable[Trouble]
) -> None:
    """Apply failures, early or late, to the number, the campaign and the contacts."""
    by_kind: dict[ErrorKind, Trouble] = {}
    stopped: list[UUID] = []
    for trouble in troubles:
        by_kind[trouble.kind] = trouble
        if trouble.kind is ErrorKind.OPTED_OUT:
            stopped.append(trouble.message_id)
    if ErrorKind.THROTTLED in by_kind:
        await slots.slow_down(session, channel_id, SLOW_DOWN)
    blocked = by_kind.get(ErrorKind.CHANNEL)
    if blocked and await effects.block_channel(session, channel_id, blocked.block_reason):
        await journal.note(session, SYSTEM, ChannelBlocked(channel_id=channel_id))
    if campaign_id is not None:
        await _pause(session, campaign_id, by_kind)
    if stopped and (facts := await effects.opt_outs(session, stopped)):
        await consent.hear(session, facts)


async def announce(session: AsyncSession, touched: Sequence[Touched]) -> None:
    """Tell open pages which campaigns and threads changed."""
    for campaign_id in {item.campaign_id for item in touched if item.campaign_id}:
        await announce_progress(session, campaign_id)
    threads = {thread_of(item.channel_id, item.contact_id) for item in touched if item.contact_id}
    await live.tick_all(session, sorted(threads), Event.MESSAGE_STATUS)


async def announce_progress(session: AsyncSession, campaign_id: UUID) -> None:
    """Tell open pages that a campaign's figures moved."""
    await live.tick(session, Room.CAMPAIGN.of(campaign_id), Event.CAMPAIGN_PROGRESS)


async def _pause(
    session: AsyncSession, campaign_id: UUID, by_kind: dict[ErrorKind, Trouble]
) -> None:
    if blocked := by_kind.get(ErrorKind.CHANNEL):
        await pause_campaign(session, campaign_id, blocked.block_reason, blocked.code)
    elif broken := by_kind.get(ErrorKind.TEMPLATE):
        await pause_campaign(session, campaign_id, "template", broken.code)


async def pause_campaign(
    session: AsyncSession, campaign_id: UUID, reason: str, code: int | None = None
) -> None:
    """Pause a running campaign because nobody else can be reached at the moment."""
    if await effects.pause_campaign(session, campaign_id, reason):
        paused = CampaignAutoPaused(campaign_id=campaign_id, reason=reason, code=code)
        await journal.note(session, SYSTEM, paused)
