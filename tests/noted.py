"""What a test's actions noted in the journal."""

from uuid import UUID

from sqlalchemy import text

from api.state import AppState
from domain.journal.rules import RULES


async def noted(state: AppState, kind: str) -> list[UUID]:
    """Ids of the things to which this kind of fact happened, in the order it was noted."""
    async with state.sessions() as session:
        query = text("SELECT entity_id FROM journal WHERE kind = :kind ORDER BY id")
        return [UUID(one) for one in await session.scalars(query, {"kind": kind})]


async def commands(state: AppState) -> list[str]:
    """The commands that follow from what was noted, in order; not what automations look at."""
    async with state.sessions() as session:
        query = text("SELECT kind FROM journal WHERE stream <> 'routing' ORDER BY id")
        kinds = await session.scalars(query)
        return [str(RULES[kind].command) for kind in kinds]
