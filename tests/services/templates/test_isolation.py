"""One template that cannot be read or stored never stops the sync of its account."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.templates import TemplateFilter
from services.templates import search, sync
from services.vault import Vault, new_key
from store import templates
from tests import factories
from whatsapp import management
from whatsapp.client import Account, CloudApi

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ACCOUNT = Account("http://meta.test", "v23.0", "t", factories.PHONE_NUMBER_ID, factories.WABA_ID)


def template(name: str, body: str = "Hello", **changes: Any) -> dict[str, Any]:
    return {
        "id": name, "name": name, "language": "en_US", "category": "UTILITY", "status": "APPROVED",
        "components": [{"type": "BODY", "text": body}], **changes,
    }  # fmt: skip


BAD: dict[str, Any] = {
    "nul": template("bad", "a\x00b"),
    "half an emoji": template("bad", "Hi \ud83d"),
    "a name of 3,000": template("n" * 3000),
    "no language": template("bad", language=None),
    "no name": template("bad") | {"name": {}},
    "odd language": template("bad", language=["en"]),
    "odd components": template("bad", components={"type": "BODY"}),
    "odd words": template("bad", status={}, category=[1], quality_score=[], rejected_reason=7),
    "no object": "what is this",
    "null": None,
}


async def fetched(*items: Any) -> sync.Fetched:
    """What comes of Meta's answer, over HTTP."""
    answer = json.dumps({"data": list(items)}).encode()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=answer))
    async with CloudApi(transport) as api:
        return sync.read(await management.templates(api, ACCOUNT))


@pytest.mark.fault("A2")
@pytest.mark.parametrize("name", BAD)
async def test_one_template_never_stops_the_sync(session: AsyncSession, name: str) -> None:
    await factories.channel(session, Vault([new_key()]))
    found = await fetched(template("a"), BAD[name], template("z"))
    await sync.store_fetched(session, factories.WABA_ID, found, now=NOW)
    names = list(await session.scalars(text("SELECT name FROM templates ORDER BY name")))
    assert {"a", "z"} <= set(names)
    listed = await search.asides(session)
    assert len(listed) == (0 if name.startswith("odd c") or name == "odd words" else 1)


@pytest.mark.fault("A2")
async def test_the_six_characters_stay_and_replaced_ones_are_named(session: AsyncSession) -> None:
    await factories.channel(session, Vault([new_key()]))
    found = await fetched(template("words", "a \\u0000 b"), template("nul", "a\x00b"))
    await sync.store_fetched(session, factories.WABA_ID, found, now=NOW)
    bodies = await session.scalars(
        text("SELECT components->0->>'text' FROM templates ORDER BY name DESC")
    )
    assert list(bodies) == ["a \\u0000 b", "a\N{REPLACEMENT CHARACTER}b"]
    assert [(item.name, item.reason) for item in await search.asides(session)] == [
        ("nul", "characters")
    ]


@pytest.mark.fault("A2")
async def test_what_the_database_refuses_is_found_and_not_taken_for_removed(
    session: AsyncSession,
) -> None:
    await factories.channel(session, Vault([new_key()]))
    many = [template(f"t{i:03}") for i in range(120)]
    await sync.store_fetched(session, factories.WABA_ID, await fetched(*many), now=NOW)
    await session.execute(
        text("ALTER TABLE templates ADD CONSTRAINT tests CHECK (quality <> 'PURPLE') NOT VALID")
    )
    for i in (3, 70):
        many[i] |= {"quality_score": {"score": "PURPLE"}}
    many[80] |= {"status": "PAUSED"}
    counts = await sync.store_fetched(session, factories.WABA_ID, await fetched(*many), now=NOW)
    assert (counts.updated, counts.removed, counts.aside) == (1, 0, 2)
    named = [(item.name, item.reason, item.error) for item in await search.asides(session)]
    assert named == [(f"t{i:03}", "not_stored", "IntegrityError 23514") for i in (3, 70)]
    rows = await templates.page(session, TemplateFilter(), after=None, limit=200)
    assert len(rows) == 120
    # A sync in which all is well again clears the list.
    for item in many:
        item.pop("quality_score", None)
    await sync.store_fetched(session, factories.WABA_ID, await fetched(*many), now=NOW)
    assert await search.asides(session) == []
