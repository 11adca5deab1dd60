"""The two that never end: deliveries are read and files fetched as soon as they are there."""

from datetime import UTC, datetime

from sqlalchemy import text

from services.receiving.intake import Intake
from store.receiving import deliveries
from tests import factories
from tests.deliveries import as_bytes, envelope, message, value
from tests.eventually import eventually
from tests.workflows.conftest import Engine
from workflows import ids


async def _count(engine: Engine, query: str) -> int:
    async with engine.needs.sessions() as session:
        return int((await session.execute(text(query))).scalar_one())


async def test_the_drain_and_the_keeper_are_started_once_and_woken(engine: Engine) -> None:
    async with engine.needs.sessions.begin() as session:
        await factories.channel(session, engine.needs.vault, api_url=engine.phone.url)
    for _ in range(2):
        assert await engine.workflows.start_drain()
        assert await engine.workflows.start_media_keeper()
    intake = Intake(engine.needs.sessions)
    for number in range(2):
        picture = message("image", number)
        await intake.keep(as_bytes(envelope(("messages", value(messages=[picture])))), None)

        async def read(wanted: int = number + 1) -> bool:
            return await _count(engine, "SELECT count(*) FROM messages") == wanted

        await eventually(read, "the drain reads what was delivered")

    async def tried() -> bool:
        return await _count(engine, "SELECT count(*) FROM media_files WHERE tries > 0") == 2

    await eventually(tried, "the keeper tries to fetch both files")
    async with engine.needs.sessions() as session:
        assert await deliveries.claim(session, 9) == []
    for workflow_id in (ids.DRAIN_WORKFLOW, ids.MEDIA_WORKFLOW):
        described = await engine.client.get_workflow_handle(workflow_id).describe()
        assert described.start_time <= datetime.now(UTC)
