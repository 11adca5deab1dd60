"""The 24-hour budget of a business portfolio: how many people it may message, and how many it has."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Primary key look-ups; 24 hours of minutes are at most 1,440 rows.
_USAGE = text("""
SELECT p.messaging_limit AS most,
    (SELECT coalesce(sum(u.people), 0) FROM portfolio_usage u
     WHERE u.portfolio_id = p.id AND u.minute > clock_timestamp() - interval '24 hours') AS used
FROM channels ch JOIN portfolios p ON p.id = ch.portfolio_id WHERE ch.id = :channel_id
""")


@dataclass(frozen=True, slots=True)
class Usage:
    """``most`` is the limit in 24 hours, None if unlimited or unknown; ``used`` is the count so far."""

    most: int | None
    used: int


async def usage(session: AsyncSession, channel_id: UUID) -> Usage | None:
    """The budget of the portfolio a number belongs to."""
    row = (await session.execute(_USAGE, {"channel_id": channel_id})).one_or_none()
    return Usage(row.most, int(row.used)) if row else None
