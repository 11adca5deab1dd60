"""The dialogs that ask whether to delete something say which automations use it."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.nodes import (
    Assign,
    Data,
    Header,
    HttpRequest,
    SetField,
    SetGroup,
    SetLabel,
    StartAutomation,
)
from domain.automations.triggers import CampaignReplyTrigger, ManualTrigger, Trigger
from domain.contacts import FieldType
from domain.permissions import Role
from services.contacts import fields, groups
from services.conversations import labels
from services.vault import Vault, new_key
from tests import factories
from tests.conftest import LoginAs
from tests.graphs import graph, say
from tests.services.automations import acting
from tests.web.test_inbox import texts

ASKED = re.compile(r'hx-get="(/automations/uses\?[^"]+)"')


async def asked(client: Any, page: str) -> list[str]:
    """The addresses that the dialogs of a page ask."""
    found = (await client.get(page)).text
    return [one.replace("&amp;", "&") for one in ASKED.findall(found)]


@pytest.mark.parametrize(
    "thing", ["label", "group", "field", "secret", "user", "channel", "campaign", "automation"]
)
async def test_whoever_deletes_something_sees_what_uses_it(
    session: AsyncSession, login_as: LoginAs, thing: str
) -> None:
    client = await login_as(Role.ADMIN)
    name, page, data, trigger = await _made(session, thing)
    await acting.live(session, graph({"step": data}, triggers={"on": trigger}), "Uses <it>")
    await session.commit()
    address = f"/automations/uses?thing={thing}&name={quote(name)}"
    assert address in await asked(client, page)
    said = texts((await client.get(address)).text)
    assert "1 automation uses it" in said
    assert "Uses &lt;it&gt;" in said
    assert "Live" in said


async def _made(session: AsyncSession, thing: str) -> tuple[str, str, Data, Trigger]:
    """A thing: its name, the page that deletes it, and a node and a trigger of which one names it."""
    step, trigger = say("Hi"), ManualTrigger()
    match thing:
        case "label":
            name = str((await labels.create(session, SYSTEM, "VIP")).id)
            return name, "/settings/labels", SetLabel(label=name), trigger
        case "group":
            name = str((await groups.create(session, SYSTEM, "VIPs")).id)
            return name, "/contacts/groups", SetGroup(group=name), trigger
        case "field":
            name = (await fields.create(session, SYSTEM, label="City", kind=FieldType.TEXT)).key
            return name, "/contacts/fields", SetField(field=name), trigger
        case "secret":
            await session.execute(
                text("INSERT INTO automation_secrets (name, value) VALUES ('KEY', '')")
            )
            headers = (Header(name="Key", value="{{secret.KEY}}"),)
            return "KEY", "/settings/secrets", HttpRequest(headers=headers), trigger
        case "user":
            added = "INSERT INTO users (id, email, name, role, password_hash) VALUES (gen_random_uuid(), 'b@example.com', 'Bo', 'agent', '') RETURNING id"
            name = str(await session.scalar(text(added)))
            return name, "/settings/team", Assign(users=(name,)), trigger
        case "channel":
            name = str(await factories.channel(session, Vault([new_key()])))
            return name, f"/channels/{name}", step, ManualTrigger(channel=name)
        case "campaign":
            name = str((await factories.campaign(session, Vault([new_key()]), 1)).id)
            page = f"/campaigns/{name}/delete"
            return name, page, step, CampaignReplyTrigger(campaigns=(name,))
        case _:
            name = str(await acting.live(session, graph({"a": step}), "Other"))
            return name, f"/automations/{name}/archive", StartAutomation(automation=name), trigger


async def test_nothing_is_said_where_nothing_uses_it(
    session: AsyncSession, login_as: LoginAs
) -> None:
    client = await login_as(Role.MANAGER)
    found = await client.get("/automations/uses?thing=label&name=none")
    assert (found.status_code, found.text.strip()) == (200, "")
