"""Ctrl+K finds people, campaigns and templates, each only for who may see them."""

import re

import pytest
from sqlalchemy import text

from api.state import AppState
from domain.permissions import Role
from tests import factories
from tests.conftest import LoginAs

pytestmark = pytest.mark.fault("8B5")


async def test_people_campaigns_and_templates_are_found_by_what_was_typed(
    login_as: LoginAs, state: AppState
) -> None:
    async with state.sessions.begin() as session:
        made = await factories.campaign(session, state.vault, 3)
        await session.execute(text("UPDATE campaigns SET name = 'Süße Grüße'"))
        await session.execute(text("UPDATE templates SET name = 'suesse_gruesse_grusse'"))
        await session.execute(
            text(
                "UPDATE contacts SET name = 'José Grußendorf' WHERE id = (SELECT id FROM contacts LIMIT 1)"
            )
        )
    manager, agent = await login_as(Role.MANAGER), await login_as(Role.AGENT)
    seen = re.findall(
        r'href="/(\w+)/[^"]+" data-destination="([^"]+)"', (await manager.get("/go?q=grusse")).text
    )
    assert seen == [
        ("contacts", "José Grußendorf"), ("campaigns", "Süße Grüße"), ("templates", "suesse_gruesse_grusse"),
    ]  # fmt: skip
    answer = (await agent.get("/go?q=grusse")).text
    assert str(made.id) not in answer
    assert "José" in answer
    assert "data-destination" not in (await manager.get("/go?q=g")).text
    assert "data-destination" not in (await manager.get("/go?q=nobody-at-all")).text
