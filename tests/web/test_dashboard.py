"""What a person reads on the dashboard: numbers as telephones are written, steps that can be done."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.permissions import Role
from services.checklist import Checklist, Step
from tests import factories
from tests.conftest import LoginAs


@pytest.mark.fault("B3")
async def test_numbers_are_written_as_everywhere(
    login_as: LoginAs, session: AsyncSession, state: AppState
) -> None:
    await factories.channel(session, state.vault)
    await session.execute(text("UPDATE channels SET display_phone_number = '+34611000106'"))
    await session.commit()
    page = (await (await login_as(Role.ADMIN)).get("/?part=health")).text
    assert "+34 611 00 01 06" in page
    assert "+34611000106" not in page


async def test_every_first_step_can_be_done(login_as: LoginAs) -> None:
    page = (await (await login_as(Role.ADMIN)).get("/")).text
    assert "First steps" in page
    assert f"0 of {len(Step)} done" in page or f"1 of {len(Step)} done" in page
    assert "automation" not in page[page.index('id="dashboard-steps"') :].split("</section>")[0]
    assert Checklist(frozenset(Step)).complete
