"""Transactions that really commit, for campaigns that several people or processes want at once."""

from collections.abc import AsyncIterator

import pytest

from store.engine import create_engine, create_sessions
from tests.store.races import Sessions


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    """Transactions on an empty database of this test."""
    engine = create_engine(database_url)
    yield create_sessions(engine)
    await engine.dispose()
