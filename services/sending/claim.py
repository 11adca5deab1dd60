"""Book rate slots ahead, then claim the messages that leave in them when the first slot comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import CampaignStatus
from domain.channels import ChannelStatus
from domain.ids import new_id
from domain.limits import Lane, chunk, grant
from services.campaigns import announce
from store import slots
from store.sending import claims, effects, plans
from store.sending.claims import Sendable, Span
from store.sending.plans import CampaignPulse

SENDABLE_TEMPLATE = "APPROVED"
SHORTEST_WAIT = timedelta(milliseconds=20)


@dataclass(frozen=True, slots=True)
class Booking:
    """``count`` slots, the first after ``delay``; with none, ``delay`` says when to ask again.

    ``intervals`` are the seconds between two sends, by rate key.
    """

    count: int = 0
    delay: timedelta = timedelta(0)
    intervals: Mapping[str, float] = field(default_factory=dict)
    halted: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages that are on record as ``sending`` and may leave now, in this order."""

    items: Sequence[Sendable] = ()
    last_seq: int | None = None
    halted: bool = False

    @property
    def exhausted(self) -> bool:
        """Whether nobody was left to claim."""
        return not self.items and self.last_seq is None and not self.halted


@dataclass(slots=True)
class Cursor:
    """Where a sender stands in its span."""

    span: Span
    marketing: bool
    after: int = 0
    fresh_left: bool = True


async def book(session: AsyncSession, span: Span) -> Booking:
    """Book the next slots of the number, and of the campaign's own speed when it has one."""
    pulse = await plans.pulse(session, span.campaign_id)
    if pulse is None or await _halts(session, span.campaign_id, pulse):
        return Booking(halted=True)
    rates = {slots.channel_key(span.channel_id): pulse.throughput}
    if pulse.throttle is not None:
        rates[slots.campaign_key(span.campaign_id)] = pulse.throttle
    tats, now = await slots.lock(session, list(rates))
    wanted = chunk(min(rates.values()))
    grants = [grant(tats[key], now, rate, wanted, Lane.CAMPAIGN) for key, rate in rates.items()]
    count = min(booked.count for booked in grants)
    # Delays, not times: the database's clock and ours need not agree.
    if count == 0:
        ask_again = max(booked.first for booked in grants if booked.count == 0)
        return Booking(delay=max(SHORTEST_WAIT, ask_again - now))
    tats = {
        key: booked.first + count * booked.interval
        for key, booked in zip(rates, grants, strict=True)
    }
    await slots.advance(session, tats)
    intervals = {
        key: booked.interval.total_seconds() for key, booked in zip(rates, grants, strict=True)
    }
    return Booking(count, max(booked.first for booked in grants) - now, intervals)


async def claim(session: AsyncSession, cursor: Cursor, count: int, name: str) -> Claim:
    """Claim as many messages as slots were booked; ``name`` marks the claim in the ledger.

    Made when the slots come, not when they are booked: what is claimed and has not left is what
    a crash leaves in doubt.
    """
    pulse = await plans.pulse(session, cursor.span.campaign_id)
    if pulse is None or await _halts(session, cursor.span.campaign_id, pulse):
        return Claim(halted=True)
    items = await claims.claim_again(session, cursor.span, count, name, cursor.marketing)
    last_seq = None
    if cursor.fresh_left and len(items) < count:
        ids = [new_id() for _ in range(count - len(items))]
        fresh, last_seq = await claims.claim_fresh(
            session, cursor.span, cursor.after, ids, name, cursor.marketing
        )
        items += fresh
    return Claim(items, last_seq)


async def _halts(session: AsyncSession, campaign_id: UUID, pulse: CampaignPulse) -> bool:
    """Whether nothing may leave; a blocked number or a lost template pauses the campaign."""
    if pulse.status != CampaignStatus.RUNNING:
        return True
    reason = None
    if pulse.channel_status in (ChannelStatus.BLOCKED, ChannelStatus.DISCONNECTED):
        reason = pulse.blocked_reason or "disconnected"
    elif pulse.template_status != SENDABLE_TEMPLATE:
        reason = "template"
    if reason is not None:
        await effects.pause_campaign(session, campaign_id, reason, None)
        await announce.changed(session, campaign_id)
    return reason is not None
