"""A vault and a conversation whose window is open."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.vault import Vault, new_key
from tests.threads import Thread, only_thread


@pytest.fixture
def vault() -> Vault:
    """Keys of this test."""
    return Vault([new_key()])


@pytest.fixture
async def thread(session: AsyncSession, vault: Vault) -> Thread:
    """A conversation whose customer wrote a few hours ago."""
    return await only_thread(session, vault)
