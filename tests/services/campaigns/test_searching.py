"""Recipients are found quickly right after a launch, whatever the planner statistics."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import SYSTEM
from domain.recipients import Bucket
from services.campaigns.drafts import write
from services.campaigns.outcomes import recipients
from services.campaigns.outcomes.recipients import RecipientFilter
from services.vault import Vault, new_key
from store.engine import create_engine, create_sessions
from tests import factories

pytestmark = pytest.mark.fault("8B5")

MANY = 3_000
VAULT = Vault([new_key()])

GROW = text("""
WITH people AS (
    INSERT INTO contacts (id, phone, phone_key, name)
    SELECT gen_random_uuid(), '+34611' || lpad(n::text, 6, '0'), '34611' || lpad(n::text, 6, '0'), 'Bia'
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n RETURNING id, phone
), placed AS (
    INSERT INTO campaign_recipients (campaign_id, seq, contact_id, phone, variables)
    SELECT :campaign_id, CAST(:first AS int) - 1 + row_number() OVER (), id, phone, '{}' FROM people
    RETURNING contact_id, seq
)
INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, campaign_id, seq)
SELECT gen_random_uuid(), :channel_id, contact_id, 'out', 'campaign', 'template', 'sent', :campaign_id, seq
FROM placed
""")
READ = text(
    "SELECT sum(seq_tup_read + idx_tup_fetch)::int FROM pg_stat_xact_user_tables WHERE relname IN ('messages', 'contacts')"
)


@pytest.fixture
async def web(database_url: str) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    """Sessions as pages have them, all on one connection."""
    engine = create_engine(database_url, 1)
    yield create_sessions(engine)
    await engine.dispose()


async def nobody(session: AsyncSession, campaign_id: UUID) -> None:
    for bucket in (None, Bucket.LANDED, Bucket.REPLIED, Bucket.FAILED, Bucket.QUEUED):
        wanted = RecipientFilter(bucket, search="zzzz")
        assert (await recipients.page(session, campaign_id, wanted)).items == []


async def test_a_plan_from_when_tables_were_small_is_not_kept(
    web: async_sessionmaker[AsyncSession],
) -> None:
    async with web.begin() as session:
        for table in ("messages", "contacts", "campaign_recipients_before"):
            await session.execute(text(f"ALTER TABLE {table} SET (autovacuum_enabled = off)"))
        made = await factories.campaign(session, VAULT, 1)
        await session.execute(text("ANALYZE"))
    for _ in range(12):  # as often as it takes to keep a plan
        async with web() as session:
            await nobody(session, made.id)
    async with web.begin() as session:
        known = {"campaign_id": made.id, "channel_id": made.channel_id}
        await session.execute(GROW, {**known, "first": 4, "last": MANY})
    async with web() as session:
        await nobody(session, made.id)
        read = await session.scalar(READ)
        assert read is not None
        assert read <= 5 * 3 * MANY


async def test_recipients_are_found_by_fields_and_without_accents(session: AsyncSession) -> None:
    made = await factories.campaign(session, VAULT, 3)
    await session.execute(
        text("""UPDATE contacts SET name = 'José Álvarez', fields = '{"city": "São Paulo"}'
            WHERE id = (SELECT contact_id FROM campaign_recipients WHERE campaign_id = :id AND seq = 2)"""),
        {"id": made.id},
    )
    await session.execute(
        text("UPDATE campaign_recipients SET variables = '{\"Pedido Nº 4711\"}' WHERE seq = 3")
    )
    for typed, seq in (("alvarez", 2), ("sao paulo", 2), ("pedido no 4711", 3)):
        found = await recipients.page(session, made.id, RecipientFilter(search=typed))
        assert [line.seq for line in found.items] == [seq], typed


async def test_a_campaign_that_no_statistics_know_is_read_once(
    web: async_sessionmaker[AsyncSession],
) -> None:
    async with web.begin() as session:
        for table in ("messages", "contacts", "campaign_recipients_before"):
            await session.execute(text(f"ALTER TABLE {table} SET (autovacuum_enabled = off)"))
        known = await factories.campaign(session, VAULT, 100)
        about = {"campaign_id": known.id, "channel_id": known.channel_id}
        await session.execute(GROW, {**about, "first": 101, "last": 200})
        await session.execute(text("ANALYZE"))
        made = await write.create(session, SYSTEM, "Never seen before")
        about["campaign_id"] = made.id
        await session.execute(GROW, {**about, "first": 1_001, "last": 1_000 + MANY})
    async with web() as session:
        await nobody(session, made.id)
        assert (await session.execute(READ)).scalar_one() < 20 * MANY
