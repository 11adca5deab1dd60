"""Files that automations send stay as long as something that may send them names them, and go afterwards."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.automations.contents import Media
from domain.automations.nodes import CustomReply
from domain.outgoing_files import ID_LASTS, KEPT, FileLink
from services import integrity, maintenance
from services.messages import outgoing_files
from services.messages.shelf import Shelf
from tests import runs
from tests.graphs import graph

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
async def link(session: AsyncSession, state: AppState) -> FileLink:
    """A file that somebody chose long ago."""
    found = await outgoing_files.receive(
        session, state.data_dir, BytesIO(PNG + bytes(50)), "menu.png", "image"
    )
    await age(session)
    return found.link


async def age(session: AsyncSession) -> None:
    """Nobody has looked for longer than files are kept."""
    long = KEPT + timedelta(days=1)
    await session.execute(
        text("UPDATE outgoing_files SET named_at = now() - :long"), {"long": long}
    )


async def left(session: AsyncSession) -> int:
    """How many files are left after the clean-up."""
    await maintenance.purge_outgoing_files(session, datetime.now(UTC))
    return int(await session.scalar(text("SELECT count(*) FROM outgoing_files")) or 0)


def sends(link: FileLink) -> CustomReply:
    return CustomReply(messages=(Media(kind="image", link=link.text),))


async def test_a_file_that_nothing_names_goes_with_its_content(
    session: AsyncSession, state: AppState, link: FileLink
) -> None:
    shelf, now = Shelf(state.data_dir), datetime.now(UTC) + timedelta(days=2)
    part = int(link.sha256[:2], 16)
    assert await maintenance.sweep_shelf(session, shelf, part, now) == 0
    assert await left(session) == 0
    assert await maintenance.sweep_shelf(session, shelf, part, now) == 1
    assert not shelf.path(link.sha256).exists()


async def test_a_file_just_chosen_stays(session: AsyncSession, link: FileLink) -> None:
    await session.execute(text("UPDATE outgoing_files SET named_at = now()"))
    assert await left(session) == 1


async def test_a_draft_keeps_its_files(session: AsyncSession, link: FileLink) -> None:
    automation_id = await runs.live(session, graph({"a": sends(link)}))
    await session.execute(text("UPDATE automations SET version = NULL, archived_at = now()"))
    await session.execute(text("DELETE FROM automation_versions"))
    assert await left(session) == 1
    named = {"id": automation_id}
    await session.execute(text("UPDATE automations SET draft = '{}' WHERE id = :id"), named)
    assert await left(session) == 1, "it was named a moment ago: undo brings it back"
    await age(session)
    assert await left(session) == 0


async def test_a_version_that_acts_or_has_people_inside_keeps_its_files(
    session: AsyncSession, state: AppState, link: FileLink
) -> None:
    automation_id = await runs.live(session, graph({"a": sends(link)}))
    await session.execute(text("UPDATE automations SET draft = '{}'"))
    assert await left(session) == 1
    who = await runs.cast(session, state.vault)
    await runs.started(session, automation_id, who)
    await session.execute(
        text("""INSERT INTO automation_versions (automation_id, version, graph)
        SELECT automation_id, 2, '{}' FROM automation_versions""")
    )
    await session.execute(text("UPDATE automations SET version = 2"))
    await age(session)
    assert await left(session) == 1, "somebody is inside"
    ended = "UPDATE automation_runs SET ended_at = now(), ending = 'completed'"
    await session.execute(text(ended))
    await age(session)
    assert await left(session) == 0


async def test_ids_go_when_whatsapp_has_forgotten_them(
    session: AsyncSession, state: AppState, link: FileLink
) -> None:
    who = await runs.cast(session, state.vault)
    await session.execute(text("UPDATE outgoing_files SET named_at = now()"))
    await session.execute(
        text("""INSERT INTO outgoing_file_ids (sha256, channel_id, phone_number_id, media_id, uploaded_at)
        VALUES (:sha256, :channel, '1', '2', now() - CAST(:lasts AS interval))"""),
        {"sha256": link.sha256, "channel": who.channel_id, "lasts": ID_LASTS + timedelta(hours=1)},
    )
    assert await left(session) == 1
    assert await session.scalar(text("SELECT count(*) FROM outgoing_file_ids")) == 0


async def test_a_restored_installation_says_which_files_are_missing(
    session: AsyncSession, state: AppState, link: FileLink
) -> None:
    assert (await integrity.missing_files(session, state.data_dir)).media == 0
    Shelf(state.data_dir).path(link.sha256).unlink()
    assert (await integrity.missing_files(session, state.data_dir)).media == 1
