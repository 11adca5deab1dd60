"""What a process keeps looking at while it runs."""

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import text

from api import conditions
from api.app import create_state
from services.alerts import watching
from settings import Settings
from tests import factories
from tests.eventually import eventually

REPORTED = text("SELECT seen_at FROM processes WHERE id = :id")


async def test_a_mail_server_that_hangs_does_not_hold_up_the_heartbeat(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    called, over = asyncio.Event(), asyncio.Event()

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        await over.wait()
        writer.close()

    for module, name in (
        (conditions, "FIRST_S"), (conditions, "LOOK_EVERY_S"), (watching, "EVERY_S"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, 0.1)
    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        values = {
            "smtp_host": "127.0.0.1", "smtp_port": server.sockets[0].getsockname()[1],
            "smtp_from": "alerts@example.com", "alert_email_to": "a@example.com",
        }  # fmt: skip
        state = create_state(settings.model_copy(update=values))

        async def reported() -> datetime:
            async with state.sessions() as session:
                found = await session.scalar(REPORTED, {"id": state.health.id})
            assert isinstance(found, datetime)
            return found

        async with state.sessions.begin() as session:
            await factories.channel(session, state.vault)
            await session.execute(text("UPDATE channels SET quality = 'RED'"))
        await watching.look(state.sessions)
        async with state.sessions.begin() as session:
            await session.execute(text("UPDATE alerts SET raised_at = now() - interval '1 hour'"))
        async with conditions.watched(state):
            try:
                async with asyncio.timeout(10):
                    await called.wait()
                before = await reported()

                async def later() -> bool:
                    return await reported() > before

                await eventually(later, "it reports again", within=5)
            finally:
                over.set()
        await state.engine.dispose()
        await state.probe.kw["bind"].dispose()
