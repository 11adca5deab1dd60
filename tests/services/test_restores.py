"""A database other than the one the last worker saw starts disarmed, especially a dump of it."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cli.embedded.postgres import installation as postgres_installation
from domain.campaigns import CampaignStatus
from domain.ids import new_id
from services import reconcile, restores, waterlines
from services.campaigns import report
from services.restores import Disarmed
from services.vault import Vault, new_key
from services.waterlines import Waterline
from store import installation
from store.engine import create_engine, create_sessions, libpq_url
from tests import factories
from tests.databases import Databases
from tests.factories import LaunchedCampaign

VAULT = Vault([new_key()])


@pytest.fixture
def other_database_url(databases: Databases) -> Iterator[str]:
    """A second database, for a dump to be read into."""
    url = databases.create()
    yield url
    databases.drop(url)


async def armed(session: AsyncSession) -> LaunchedCampaign:
    """A running campaign, a finished one, and single messages in several states."""
    campaign = await factories.campaign(session, VAULT, 3)
    await session.execute(
        text("INSERT INTO campaigns (id, name, status) VALUES (:id, 'Old', 'completed')"),
        {"id": new_id()},
    )
    contact = await session.scalar(text("SELECT id FROM contacts LIMIT 1"))
    for state in ("queued", "sending", "accepted"):
        await session.execute(
            text(
                "INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state) "
                "VALUES (:id, :channel, :contact, 'out', 'inbox', 'text', :state)"
            ),
            {
                "id": new_id(),
                "channel": campaign.channel_id,
                "contact": contact,
                "state": state,
            },
        )
    return campaign


async def states(session: AsyncSession) -> list[str]:
    query = text("SELECT state FROM messages WHERE campaign_id IS NULL ORDER BY state")
    return list((await session.scalars(query)).all())


async def is_held(session: AsyncSession, campaign_id: UUID) -> bool:
    view = await report.one(session, campaign_id)
    held = (view.status, view.pause_reason) == (CampaignStatus.HELD, "restored")
    told = (await report.history(session, campaign_id))[0].kind == "restored"
    assert held is told
    return held


async def test_the_first_start_and_the_next_change_nothing(session: AsyncSession) -> None:
    campaign = await armed(session)
    assert await restores.disarm(session) is None
    assert await restores.disarm(session) is None
    assert not await is_held(session, campaign.id)
    assert await states(session) == ["accepted", "queued", "sending"]


async def test_another_fingerprint_holds_whatever_could_send(session: AsyncSession) -> None:
    campaign = await armed(session)
    await restores.disarm(session)
    await installation.remember(session, "another/database")
    assert await restores.disarm(session) == Disarmed(campaigns=1, messages=2)
    assert await is_held(session, campaign.id)
    assert await states(session) == ["accepted", "unknown", "unknown"]
    logged = text("SELECT outcome, error_detail FROM message_attempts")
    rows = (await session.execute(logged)).all()
    assert [tuple(row) for row in rows] == [("unknown", "restored")] * 2
    assert await reconcile.messages(session) == []
    assert await restores.disarm(session) is None


async def test_a_table_made_anew_is_noticed(session: AsyncSession) -> None:
    await restores.disarm(session)
    await session.execute(text("ALTER TABLE messages RENAME TO messages_before"))
    await session.execute(text("CREATE TABLE messages (LIKE messages_before INCLUDING ALL)"))
    assert await restores.disarm(session) == Disarmed(0, 0)


async def test_what_may_not_be_read_is_left_out(session: AsyncSession) -> None:
    whole = await installation.fingerprint(session)
    assert "-" not in whole.split("/")
    for function in ("pg_control_system()", "pg_control_checkpoint()"):
        await session.execute(text(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC"))
    await session.execute(text("CREATE ROLE nobody_special"))
    await session.execute(text("SET LOCAL ROLE nobody_special"))
    part = await installation.fingerprint(session)
    await session.execute(text("RESET ROLE"))
    assert part.split("/") == [*whole.split("/")[:2], "-", "-"]


async def test_a_right_given_or_taken_is_no_restore(session: AsyncSession) -> None:
    whole = await installation.fingerprint(session)
    part = "/".join([*whole.split("/")[:2], "-", "-"])
    await restores.disarm(session)
    await installation.remember(session, part)
    assert await restores.disarm(session) is None
    assert await installation.seen(session, whole) == whole
    await installation.remember(session, "1/2/-/-")
    assert await restores.disarm(session) == Disarmed(0, 0)


async def test_a_real_dump_read_into_another_database_sends_nothing(
    database_url: str, other_database_url: str
) -> None:
    async with opened(database_url) as sessions, sessions.begin() as session:
        campaign = await armed(session)
        assert await restores.disarm(session) is None
    await asyncio.to_thread(copy, database_url, other_database_url)
    async with opened(other_database_url) as sessions, sessions.begin() as session:
        assert await restores.disarm(session) == Disarmed(campaigns=1, messages=2)
        assert await is_held(session, campaign.id)
    async with opened(database_url) as sessions, sessions.begin() as session:
        assert await restores.disarm(session) is None
        assert not await is_held(session, campaign.id)


async def test_two_workers_at_once_disarm_once(database_url: str) -> None:
    async with opened(database_url) as sessions:
        async with sessions.begin() as session:
            campaign = await armed(session)
            await restores.disarm(session)
            await installation.remember(session, "another/database")

        async def boot() -> Disarmed | None:
            async with sessions.begin() as session:
                return await restores.disarm(session)

        found = await asyncio.gather(boot(), boot())
        assert [item for item in found if item] == [Disarmed(1, 2)]
        async with sessions() as session:
            assert await is_held(session, campaign.id)


def copy(source: str, target: str) -> None:
    """What an operator does: dump one database, read it into another that is empty."""
    programs = postgres_installation() / "bin"
    dump = subprocess.run(
        [programs / "pg_dump", libpq_url(source)],
        check=True,
        capture_output=True,
    )
    subprocess.run(
        [programs / "psql", "-q", "-v", "ON_ERROR_STOP=1", libpq_url(target)],
        input=b"DROP SCHEMA public CASCADE; CREATE SCHEMA public;" + dump.stdout,
        check=True,
        capture_output=True,
    )


class opened:  # noqa: N801 - reads like a function
    """Sessions on a database, closed at the end."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)

    async def __aenter__(self) -> async_sessionmaker[AsyncSession]:
        return create_sessions(self._engine)

    async def __aexit__(self, *_error: Any) -> None:
        await self._engine.dispose()


@pytest.mark.fault("D6")
async def test_an_older_copy_of_the_database_is_told_by_how_far_it_had_come(
    session: AsyncSession, tmp_path: Path
) -> None:
    campaign = await armed(session)
    assert await restores.disarm(session) is None
    line = await waterlines.measure(session)
    assert line is not None
    waterlines.keep(tmp_path, line)
    assert await restores.disarm(session, waterlines.read(tmp_path)) is None
    assert not await is_held(session, campaign.id)
    later = Waterline(line.cluster, line.position + 1_000_000_000)
    waterlines.keep(tmp_path, later)  # what a worker saw before an old copy was put in place
    found = await restores.disarm(session, waterlines.read(tmp_path))
    assert found == Disarmed(1, 2)
    assert await is_held(session, campaign.id)


@pytest.mark.fault("D6")
@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"cluster": 1}', '{"cluster": "x", "position": "y"}']
)
async def test_a_broken_note_of_the_waterline_holds_nothing(
    session: AsyncSession, tmp_path: Path, content: str
) -> None:
    (tmp_path / waterlines.FILE).write_text(content)
    assert waterlines.read(tmp_path) is None
    await armed(session)
    await restores.disarm(session)
    assert await restores.disarm(session, waterlines.read(tmp_path)) is None


@pytest.mark.fault("D6")
async def test_another_cluster_is_left_to_the_fingerprint(session: AsyncSession) -> None:
    await restores.disarm(session)
    assert await restores.disarm(session, Waterline("another", 2**60)) is None
