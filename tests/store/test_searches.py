"""Every search over people ignores accents and includes fields, in PostgreSQL as in the rule."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import Audience
from domain.contacts import ContactFilter, Selection
from domain.conversations import ConversationFilter
from domain.ids import new_id
from domain.searches import pattern, words
from store import contacts, conversations
from store.campaigns import classify
from store.tables.contacts import ContactRow
from tests.domain.test_searches import FOUND

pytestmark = pytest.mark.fault("8B5")


async def person(session: AsyncSession, name: str, **fields: Any) -> UUID:
    digits = f"34600{new_id().int % 10**9:09}"
    row = ContactRow(id=new_id(), phone=f"+{digits}", phone_key=digits, name=name, fields=fields)
    session.add(row)
    await session.flush()
    return row.id


async def test_the_database_reads_the_pattern_as_the_rule_does(session: AsyncSession) -> None:
    for typed, written in FOUND:
        for word in words(typed):
            asked = {"written": written, "found": pattern(word)}
            assert await session.scalar(text("SELECT :written ~ :found"), asked), (typed, written)
    longest = {"found": pattern("ßæ é" * 50)}
    assert await session.scalar(text("SELECT 'x' ~ :found"), longest) is False


@pytest.mark.parametrize(
    ("typed", "finds"),
    [
        ("jose", "ana"), ("ALVAREZ", "ana"), ("sao paulo", "bia"), ("GOLD", "bia"), ("12.5", "bia"), ('"ouro', "bia"),
        ("city", ""), ("ouro\\", ""), ("zzz", ""), ("paulo bia", "bia"), ("paulo ana", ""),
    ],
)  # fmt: skip
async def test_contacts_and_audiences_are_searched_alike(
    session: AsyncSession, typed: str, finds: str
) -> None:
    known = {
        await person(session, "José Álvarez"): "ana",
        await person(session, "Bia", city="São Paulo", plan="gold “ouro”", worth=12.5): "bia",
    }
    wanted = {key for key, name in known.items() if name == finds}
    page = await contacts.page(session, ContactFilter(search=typed))
    assert {contact.id for contact in page.items} == wanted
    assert await contacts.count(session, Selection(filter=ContactFilter(search=typed))) == len(
        wanted
    )
    parameters: dict[str, Any] = {}
    audience = classify.candidates(Audience(everyone=True, search=typed), parameters)
    rows = await session.execute(text(f"SELECT id FROM ({audience}) c"), parameters)
    assert set(rows.scalars()) == wanted
    assert await conversations.page(session, ConversationFilter(search=typed), limit=5) == []


@pytest.mark.parametrize(
    "typed",
    ["0160 6653231", "0160/665 3231", "0049 160 6653231", "+49 (0)160-6653231", "1606653", "bia 3231", "3231 bia"],
)  # fmt: skip
async def test_a_number_is_found_as_people_write_it(session: AsyncSession, typed: str) -> None:
    digits = "491606653231"
    session.add(
        ContactRow(id=new_id(), phone=f"+{digits}", phone_key=digits, name="Bia", fields={})
    )
    await person(session, "Bia Other")
    found = await contacts.page(session, ContactFilter(search=typed))
    assert [contact.phone for contact in found.items] == [f"+{digits}"]
