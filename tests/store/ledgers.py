"""A launched campaign whose messages a test may put into any state, with counters that agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.counters import COUNTED
from domain.ids import new_id
from services.vault import Vault, new_key
from store.campaigns import rows
from store.sending import claims
from tests import factories
from tests.factories import LaunchedCampaign

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)

_RECOUNT = text(f"""
UPDATE campaign_counters c SET {
    ", ".join(f"{s} = (SELECT count(*) FROM messages WHERE state = '{s}')" for s in COUNTED)
}
""")


@dataclass(frozen=True, slots=True)
class Ledger:
    """The messages of one campaign, in the order of their ids, which is that of their seqs."""

    session: AsyncSession
    campaign: LaunchedCampaign
    ids: list[UUID]

    async def run(self, statement: str, **given: Any) -> None:
        """Make something so."""
        await self.session.execute(text(statement), given)

    async def read(self, query: str, **given: Any) -> list[tuple[Any, ...]]:
        """Rows as they are now."""
        return [tuple(row) for row in await self.session.execute(text(query), given)]

    async def put(self, states: Sequence[str], **columns: Any) -> None:
        """Let each message be in its state, as its first attempt unless ``columns`` say otherwise."""
        given = {"attempt": 1, **columns}
        sets = "".join(f", {name} = :{name}" for name in given)
        await self.run(
            f"""UPDATE messages m SET state = i.state{sets}
            FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[])) AS i(id, state)
            WHERE m.id = i.id""",
            ids=self.ids, states=list(states), **given,
        )  # fmt: skip
        await self.session.execute(_RECOUNT)

    async def states(self) -> list[str]:
        """The states of the campaign's messages."""
        query = "SELECT state FROM messages WHERE campaign_id = :id ORDER BY id"
        return [state for (state,) in await self.read(query, id=self.campaign.id)]

    async def rows(self) -> list[dict[str, Any]]:
        """All of every message."""
        found = await self.session.execute(text("SELECT * FROM messages ORDER BY id"))
        return [dict(row) for row in found.mappings()]

    async def row(self, message_id: UUID | None = None) -> dict[str, Any]:
        """All of one message, of the first unless another is named."""
        wanted = message_id or self.ids[0]
        return next(row for row in await self.rows() if row["id"] == wanted)

    async def logged(self) -> list[tuple[Any, ...]]:
        """Attempts on record: number, outcome, code, detail."""
        return await self.read(
            "SELECT attempt, outcome, error_code, error_detail FROM message_attempts ORDER BY id"
        )

    async def assert_counted(self) -> None:
        """Law 3: counters are what the rows say, and what is in none of them still waits."""
        counted = await rows.counters(self.session, self.campaign.id)
        assert counted is not None
        states = await self.states()
        assert {state: getattr(counted, state) for state in COUNTED} == {
            state: states.count(state) for state in COUNTED
        }
        waiting = states.count("queued") + self.campaign.total - len(states)
        assert counted.queued == waiting


async def ledger(session: AsyncSession, count: int = 1, **more: Any) -> Ledger:
    """A running campaign of so many people, all of them claimed."""
    campaign = await factories.campaign(session, Vault([new_key()]), count, **more)
    ids = sorted(new_id() for _ in range(count))
    await claims.claim_fresh(session, campaign.span, 0, ids, "me/1")
    return Ledger(session, campaign, ids)
