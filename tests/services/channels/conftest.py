"""A number of an account that Meta has news of."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.vault import Vault, new_key
from store import channels
from store.channels import ChannelRow
from tests import factories


@pytest.fixture
def vault() -> Vault:
    return Vault([new_key()])


@pytest.fixture
async def row(session: AsyncSession, vault: Vault) -> ChannelRow:
    found = await channels.get(session, await factories.channel(session, vault))
    assert found is not None
    return found
