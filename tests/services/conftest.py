"""A database with one number, for tests of what is received and who it is about."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.vault import Vault, new_key
from store.engine import create_engine, create_sessions
from tests import factories


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    """Sessions on a database of this test alone."""
    engine = create_engine(database_url)
    made = create_sessions(engine)
    async with made.begin() as session:
        await factories.channel(session, Vault([new_key()]))
    yield made
    await engine.dispose()
