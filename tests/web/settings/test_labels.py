"""The settings of labels and of secrets of HTTP requests."""

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.permissions import Role
from tests.conftest import LoginAs
from tests.web.test_inbox import texts

LABELS, SECRETS = "/settings/labels", "/settings/secrets"


async def the_label(session: AsyncSession) -> str:
    """The id of the only label."""
    return str(await session.scalar(text("SELECT id FROM labels")))


async def test_labels_are_made_changed_and_deleted(
    session: AsyncSession, login_as: LoginAs
) -> None:
    client = await login_as(Role.AGENT)
    assert "No label yet." in texts((await client.get(LABELS)).text)
    made = await client.post(LABELS, data={"name": "VIP", "color": "purple"})
    assert made.headers["location"] == LABELS
    twice = await client.post(LABELS, data={"name": "vip", "color": ""})
    assert twice.status_code == 409
    assert 'value="vip"' in twice.text
    one = f"{LABELS}/{await the_label(session)}"
    await client.post(one, data={"name": "Regular", "color": "teal"})
    page = await client.get(LABELS)
    assert 'data-color="teal">Regular' in page.text
    assert (await client.post(one, data={"name": "", "color": ""})).status_code == 422
    await client.post(f"{one}/delete")
    assert "No label yet." in texts((await client.get(LABELS)).text)


async def test_a_secret_is_set_and_its_value_never_comes_back(
    session: AsyncSession, login_as: LoginAs
) -> None:
    assert (await (await login_as(Role.AGENT)).get(SECRETS)).status_code == 403
    client: httpx.AsyncClient = await login_as(Role.MANAGER)
    assert "No secret yet." in texts((await client.get(SECRETS)).text)
    await client.post(SECRETS, data={"name": "crm_token", "value": "hush-hush"})
    page = await client.get(SECRETS)
    assert "CRM_TOKEN" in page.text
    assert "hush-hush" not in page.text
    assert "{{secret.NAME}}" in page.text
    wrong = await client.post(SECRETS, data={"name": "1", "value": "hush-hush"})
    assert wrong.status_code == 422
    assert "hush-hush" not in wrong.text
    log = texts((await (await login_as(Role.ADMIN)).get("/settings/audit")).text)
    assert "set a secret of HTTP requests CRM_TOKEN" in log
    await client.post(f"{SECRETS}/CRM_TOKEN/delete")
    assert await session.scalar(text("SELECT count(*) FROM automation_secrets")) == 0
