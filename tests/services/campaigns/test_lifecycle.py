"""A campaign that was deleted while its workflow still asks: it is over, and nothing fails."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Invalid
from domain.ids import new_id
from services.campaigns import lifecycle
from services.campaigns.outcomes import recipients
from services.campaigns.outcomes.recipients import RecipientFilter

NOW = datetime.now(UTC)


async def test_what_is_gone_is_stopped(session: AsyncSession) -> None:
    assert await lifecycle.begin(session, new_id(), NOW) == "stopped"
    assert await lifecycle.finish(session, new_id(), NOW) == "stopped"


@pytest.mark.parametrize("limit", [0, recipients.PAGE_LIMIT + 1])
async def test_a_page_of_its_people_has_a_size(session: AsyncSession, limit: int) -> None:
    with pytest.raises(Invalid):
        await recipients.page(session, new_id(), RecipientFilter(), limit=limit)
