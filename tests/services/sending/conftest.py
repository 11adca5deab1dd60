"""Both lanes of one number: campaigns and single messages, with what their senders need."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.ids import new_id
from services.sending import single
from services.sending.claim import Cursor, claim_fresh, halted
from services.vault import Vault, new_key
from store.engine import create_autocommit_engine, create_engine, create_sessions
from store.sending import plans
from store.sending.claims import Taken
from tests import factories
from tests.factories import LaunchedCampaign
from tests.threads import Thread, only_thread

Sessions = async_sessionmaker[AsyncSession]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Both lanes of one number, to the same people."""

    statements: Sessions
    transactions: Sessions
    vault: Vault

    async def run(self, *statements: str, **given: Any) -> None:
        """Execute a statement."""
        async with self.transactions.begin() as session:
            for statement in statements:
                await session.execute(text(statement), given)

    async def read(self, query: str, **given: Any) -> list[tuple[Any, ...]]:
        """Rows as they are now."""
        async with self.transactions() as session:
            return [tuple(row) for row in await session.execute(text(query), given)]

    async def campaign(self, count: int = 2, **more: Any) -> LaunchedCampaign:
        """A running campaign."""
        async with self.transactions.begin() as session:
            return await factories.campaign(session, self.vault, count, **more)

    async def cursor(self, campaign: LaunchedCampaign) -> Cursor:
        """Where a sender for the whole campaign starts."""
        async with self.transactions() as session:
            plan = await plans.plan(session, campaign.id)
        assert plan is not None
        cursor = Cursor.at(plan, campaign.span)
        cursor.start(1)
        return cursor

    async def claim(self, campaign: LaunchedCampaign) -> Taken:
        """Claim everybody like a sender, with what follows."""
        cursor = await self.cursor(campaign)
        taken = await claim_fresh(
            self.statements, self.transactions, cursor, campaign.total, "me/1"
        )
        await halted(self.transactions, cursor, taken)
        return taken

    async def keep(self, *, free_form: bool = False, contact_id: UUID | None = None) -> UUID:
        """A message that waits to be sent to the first person: a text, or the template of the campaign."""
        content: dict[str, Any] = {"type": "text", "text": {"body": "On its way"}}
        if not free_form:
            named = {"name": "restock_coffee", "language": {"code": "en_US"}, "components": []}
            content = {"type": "template", "template": named}
        message_id = new_id()
        await self.run(
            """INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, payload)
            SELECT :id, ch.id, coalesce(:contact_id, (SELECT id FROM contacts ORDER BY phone_key LIMIT 1)),
                'out', 'api', :kind, 'queued', CAST(:payload AS jsonb) FROM channels ch""",
            id=message_id, kind=content["type"], payload=orjson.dumps(content).decode(),
            contact_id=contact_id,
        )  # fmt: skip
        return message_id

    async def send(self, message_id: UUID) -> tuple[str, str | None]:
        """Claim a single message as its activity does: its state, and why."""
        async with self.transactions.begin() as session:
            await single.claim(session, self.vault, message_id, "me")
        query = "SELECT state, error_detail FROM messages WHERE id = :id"
        [(state, why)] = await self.read(query, id=message_id)
        return state, why


@pytest.fixture
def vault() -> Vault:
    """Keys of this test."""
    return Vault([new_key()])


@pytest.fixture
async def thread(session: AsyncSession, vault: Vault) -> Thread:
    """A conversation whose customer wrote a few hours ago."""
    return await only_thread(session, vault)


@pytest.fixture
async def lanes(database_url: str, vault: Vault) -> AsyncIterator[Lanes]:
    """Both lanes, on a database of this test."""
    engine, autocommit = create_engine(database_url), create_autocommit_engine(database_url)
    yield Lanes(create_sessions(autocommit), create_sessions(engine), vault)
    await engine.dispose()
    await autocommit.dispose()
