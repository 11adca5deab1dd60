"""Claim the messages for booked rate slots, when the first slot comes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain import causes
from domain.ids import new_id
from domain.limits import Lane, chunk
from services.sending.record import pause_campaign
from store import slots
from store.sending import budget, claims
from store.sending.claims import Span, Taken
from store.sending.plans import CampaignPlan
from store.sending.pulses import NOT_RUNNING, Pulse
from store.slots import Booking, Rate

SHORTEST_WAIT = timedelta(milliseconds=20)

Sessions = async_sessionmaker[AsyncSession]


@dataclass(slots=True)
class Cursor:
    """A sender's position in its span, and the speeds as last seen."""

    span: Span
    marketing: bool
    throttle: int | None
    throughput: int
    limited: bool
    after: int = 0
    fresh_left: bool = False

    @classmethod
    def at(cls, plan: CampaignPlan, span: Span) -> "Cursor":
        """Start as if everybody in the span had a message, until ``start`` finds otherwise."""
        return cls(span, plan.marketing, plan.throttle, plan.throughput, plan.limited)

    def start(self, first_fresh: int | None) -> None:
        """Start at the first recipient in the span without a message."""
        if first_fresh is not None:
            self.after, self.fresh_left = first_fresh - 1, True

    def see(self, pulse: Pulse) -> None:
        """Adopt what a claim saw."""
        self.marketing, self.limited = pulse.marketing, pulse.limited
        self.throttle, self.throughput = pulse.throttle, pulse.throughput


async def book(session: AsyncSession, cursor: Cursor) -> Booking:
    """Book the next slots of the number, and of the campaign's own speed if it has one."""
    rates = [Rate(slots.channel_key(cursor.span.channel_id), cursor.throughput)]
    if cursor.throttle is not None:
        rates.append(Rate(slots.campaign_key(cursor.span.campaign_id), cursor.throttle))
    wanted = chunk(int(min(rate.per_second for rate in rates)))
    if cursor.fresh_left:  # an unused slot is lost to everything on the number
        wanted = min(wanted, cursor.span.high - cursor.after)
    booking = await slots.reserve(session, rates, wanted, Lane.CAMPAIGN.value)
    if booking.count == 0:
        return Booking(0, max(SHORTEST_WAIT, booking.delay), booking.intervals)
    return booking


async def claim_fresh(
    statements: Sessions, transactions: Sessions, cursor: Cursor, count: int, name: str
) -> Taken:
    """Claim people without a message; ``name`` marks the claim in the ledger.

    Made when the slots come, not when they are booked: a crash leaves in doubt what was claimed but not sent. One
    statement, after locking a portfolio that has a limit.
    """
    ids = [new_id() for _ in range(count)]
    async with _claiming(statements, transactions, cursor) as session:
        taken = await claims.claim_fresh(
            session, cursor.span, cursor.after, ids, name, limited=cursor.limited
        )
    if taken.pulse is not None and taken.pulse.halt is None and not taken.spent:
        cursor.after += count
        cursor.fresh_left = cursor.after < cursor.span.high
    return taken


async def claim_again(
    statements: Sessions, transactions: Sessions, cursor: Cursor, count: int, name: str
) -> Taken:
    """Claim people whose next try is due."""
    async with _claiming(statements, transactions, cursor) as session:
        return await claims.claim_again(session, cursor.span, count, name, limited=cursor.limited)


async def halted(transactions: Sessions, cursor: Cursor, taken: Taken) -> bool:
    """Whether nothing more may be sent; a cause that a person must see pauses the campaign."""
    if taken.pulse is None:
        return True
    cursor.see(taken.pulse)
    halt = taken.pulse.halt
    if halt is None:
        return False
    if halt != NOT_RUNNING:
        async with transactions.begin() as session:
            cause = causes.halt_cause(halt).key
            await pause_campaign(session, cursor.span.campaign_id, cause)
    return True


@asynccontextmanager
async def _claiming(
    statements: Sessions, transactions: Sessions, cursor: Cursor
) -> AsyncIterator[AsyncSession]:
    if not cursor.limited:
        async with statements() as session:
            yield session
        return
    async with transactions.begin() as session:
        await budget.lock(session, cursor.span.channel_id)
        yield session
