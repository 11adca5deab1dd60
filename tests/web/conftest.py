"""What tests of the pages in a browser start from."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from tests import factories, threads
from tests.threads import Thread


@pytest.fixture
async def two(session: AsyncSession, state: AppState) -> list[Thread]:
    """Two conversations; a message of the first was written before midnight in Los Angeles, not in UTC."""
    channel = await factories.channel(session, state.vault)
    made = [await threads.thread(session, channel, name) for name in ("Ana Ruiz", "Bia Lima")]
    evening = datetime.now(UTC).replace(hour=1, minute=0) - timedelta(days=2)
    for hours in (0, 2, 10):
        at = evening + timedelta(hours=hours)
        await threads.message(session, made[0], body=f"after {hours}", created_at=at)
    await session.commit()
    return made
