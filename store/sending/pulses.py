"""What may change while a campaign runs, read by every claim: gate, brakes and pace of the whole campaign."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store import gate, restrictions
from store.sending.brakes import BRAKE

NOT_RUNNING = "not_running"
"""The halt of a campaign stopped by a person or its workflow; every other halt has a cause."""

MARKETING = gate.is_marketing("c.template ->> 'category'", "t.category")
"""SQL: whether a campaign is marketing, when launched or because WhatsApp has recategorised its template since."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """A campaign and its number at one moment.

    ``halt`` is None while messages may be sent, else NOT_RUNNING, the gate's refusal of number or template, or the
    brake that applies. ``rest`` is how long to wait if Meta restricts the number for a time.
    """

    halt: str | None
    marketing: bool
    throttle: int | None
    throughput: int
    limited: bool
    rest: timedelta | None = None


# Primary key look-ups.
PULSE = f"""
pulse AS MATERIALIZED (
    SELECT CASE WHEN c.status <> 'running' THEN '{NOT_RUNNING}'
        ELSE coalesce({gate.first(gate.sender())}, {BRAKE}) END AS halt,
        {MARKETING} AS marketing, c.throttle, ch.throughput, p.messaging_limit IS NOT NULL AS limited,
        {restrictions.rest("c.template ->> 'category'")} AS rest
    FROM campaigns c
    JOIN channels ch ON ch.id = c.channel_id
    JOIN portfolios p ON p.id = ch.portfolio_id
    LEFT JOIN templates t ON t.id = c.template_id
    LEFT JOIN campaign_counters k ON k.campaign_id = c.id
    WHERE c.id = :campaign_id
)
"""
"""CTE ``pulse``, with the fields of ``Pulse``."""

GOES = "(SELECT halt IS NULL AND rest IS NULL FROM pulse)"
"""SQL: whether anybody may be claimed."""

_PULSE = text(f"WITH {PULSE} SELECT * FROM pulse")


async def pulse(session: AsyncSession, campaign_id: UUID) -> Pulse | None:
    """The state of a campaign and its number now; claims read it in their own statement."""
    row = (await session.execute(_PULSE, {"campaign_id": campaign_id})).one_or_none()
    return Pulse(**row._mapping) if row else None
