"""For the store: transactions of a test that really commit."""

from collections.abc import AsyncIterator

import pytest

from store.engine import create_engine, create_sessions
from tests.store.races import Sessions


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    """Transactions on a database of this test."""
    engine = create_engine(database_url)
    yield create_sessions(engine)
    await engine.dispose()
