"""Claim the next messages of a campaign: state, rate slots and ledger in one short transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import CampaignStatus
from domain.channels import ChannelStatus
from domain.ids import new_id
from domain.limits import Grant, Lane, chunk, grant
from services.campaigns import announce
from store import slots
from store.sending import claims, effects, plans
from store.sending.claims import Sendable, Span
from store.sending.plans import CampaignPulse

SENDABLE_TEMPLATE = "APPROVED"
SHORTEST_WAIT = timedelta(milliseconds=40)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a sender may do now: send ``items``, each after its entry in ``delays``, or wait, or stop.

    ``intervals`` are the seconds between two sends, by rate key.
    """

    items: Sequence[Sendable] = ()
    delays: Sequence[timedelta] = ()
    intervals: Mapping[str, float] = field(default_factory=dict)
    last_seq: int | None = None
    wait: timedelta | None = None
    halted: bool = False
    exhausted: bool = False


@dataclass(slots=True)
class Cursor:
    """Where a sender stands in its span."""

    span: Span
    marketing: bool
    after: int = 0
    fresh_left: bool = True


async def claim(session: AsyncSession, cursor: Cursor, name: str) -> Claim:
    """Book rate slots and claim as many messages; ``name`` marks the claim in the ledger."""
    campaign_id = cursor.span.campaign_id
    pulse = await plans.pulse(session, campaign_id)
    if pulse is None or await _halts(session, campaign_id, pulse):
        return Claim(halted=True)
    grants, now = await _book(session, cursor.span, pulse)
    count = min(booked.count for booked in grants.values())
    if count == 0:
        ask_again = max(booked.first for booked in grants.values() if booked.count == 0)
        return Claim(wait=max(SHORTEST_WAIT, ask_again - now))
    items, last_seq = await _take(session, cursor, count, name)
    used = len(items)
    await slots.advance(
        session, {key: booked.first + used * booked.interval for key, booked in grants.items()}
    )
    # Delays, not times: the database's clock and ours need not agree.
    delays = [max(booked.slot(index) for booked in grants.values()) - now for index in range(used)]
    intervals = {key: booked.interval.total_seconds() for key, booked in grants.items()}
    return Claim(items, delays, intervals, last_seq, exhausted=last_seq is None and used == 0)


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


async def _book(
    session: AsyncSession, span: Span, pulse: CampaignPulse
) -> tuple[dict[str, Grant], datetime]:
    rates = {slots.channel_key(span.channel_id): pulse.throughput}
    if pulse.throttle is not None:
        rates[slots.campaign_key(span.campaign_id)] = pulse.throttle
    tats, now = await slots.lock(session, list(rates))
    wanted = chunk(min(rates.values()))
    booked = {
        key: grant(tats[key], now, rate, wanted, Lane.CAMPAIGN) for key, rate in rates.items()
    }
    return booked, now


async def _take(
    session: AsyncSession, cursor: Cursor, count: int, name: str
) -> tuple[list[Sendable], int | None]:
    """Messages to try again first, then people who have none yet."""
    items = await claims.claim_again(session, cursor.span, count, name, cursor.marketing)
    last_seq = None
    if cursor.fresh_left and len(items) < count:
        ids = [new_id() for _ in range(count - len(items))]
        fresh, last_seq = await claims.claim_fresh(
            session, cursor.span, cursor.after, ids, name, cursor.marketing
        )
        items += fresh
    return items, last_seq
