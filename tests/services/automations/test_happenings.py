"""What changes of contacts mean for automations: which fields, groups and consent, and for whom."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.matching import Happening
from domain.contacts import FieldType
from domain.ids import new_id
from domain.journal.automations import LabelAdded
from domain.journal.conversations import WindowExpired
from domain.journal.facts import Fact
from domain.journal.people import MarketingAllowed, OptedIn, OptedOut
from services import journal
from services.automations import happenings
from services.contacts import fields, groups
from services.contacts import write as contacts
from services.contacts.write import ContactChange
from services.vault import Vault, new_key
from tests import threads
from tests.services.automations import acting
from tests.threads import Thread

OPTED_IN = Happening(what="opted_in")


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    """A conversation of the only number."""
    return await threads.only_thread(session, Vault([new_key()]))


def field(name: str, value: str) -> Happening:
    return Happening(what="field_changed", name=name, value=value)


async def seen(session: AsyncSession) -> list[Happening]:
    """What the last entry that was noted means."""
    entry = (await acting.unrouted(session, 0))[-1]
    return [one.what for one in await happenings.of(session, entry)]


async def change(session: AsyncSession, thread: Thread, **more: Any) -> list[Happening]:
    await contacts.update(session, SYSTEM, thread.contact_id, ContactChange(**more))
    return await seen(session)


async def test_each_changed_field_is_told_with_its_new_value(
    session: AsyncSession, thread: Thread
) -> None:
    await fields.create(session, SYSTEM, label="City", kind=FieldType.TEXT)
    await fields.create(session, SYSTEM, label="Member", kind=FieldType.BOOL)
    both = await change(session, thread, name="Ana", fields={"city": "Bonn", "member": "yes"})
    assert both == [field("name", "Ana"), field("city", "Bonn"), field("member", "true")]
    one = await change(session, thread, fields={"city": "Bonn", "member": "no"})
    assert one == [field("member", "false")]
    assert await change(session, thread, fields={"city": ""}) == [field("city", "")]


async def test_who_is_made_in_a_group_entered_it_and_changed_nothing(
    session: AsyncSession,
) -> None:
    vip = await groups.create(session, SYSTEM, "VIP")
    made = ContactChange(phone="+34611000101", name="Ana", group_ids=[vip.id])
    await contacts.create(session, SYSTEM, made)
    assert await seen(session) == [Happening(what="group_added", name=str(vip.id))]


async def test_leaving_a_group_is_no_entry_into_one(session: AsyncSession, thread: Thread) -> None:
    vip, press = [await groups.create(session, SYSTEM, name) for name in ("VIP", "Press")]
    await change(session, thread, group_ids=[vip.id])
    moved = await change(session, thread, group_ids=[press.id])
    assert moved == [Happening(what="group_added", name=str(press.id))]
    assert await change(session, thread, group_ids=[]) == []


async def test_consent_is_told_whoever_gave_it(session: AsyncSession, thread: Thread) -> None:
    given: list[Fact] = [
        OptedIn(contact_id=thread.contact_id),
        MarketingAllowed(contact_id=thread.contact_id, source="keyword"),
    ]
    for fact in given:
        await journal.note(session, SYSTEM, fact)
        assert await seen(session) == [OPTED_IN]
    await threads.block(session, thread.contact_id, "marketing_opt_out_at")
    assert await change(session, thread, opted_out=False) == [OPTED_IN]


async def test_a_stop_is_told_by_its_kind_or_by_the_change(
    session: AsyncSession, thread: Thread
) -> None:
    async def stopped() -> list[Any]:
        return await happenings.stopped(session, (await acting.unrouted(session, 0))[-1])

    await change(session, thread, name="Ana")
    assert await stopped() == []
    await change(session, thread, opted_out=True)
    assert await stopped() == [thread.contact_id]
    await journal.note(session, SYSTEM, OptedOut(contact_id=thread.contact_id))
    assert await stopped() == [thread.contact_id]


async def test_nothing_happened_in_a_conversation_that_is_gone(session: AsyncSession) -> None:
    gone, contact = new_id(), new_id()
    label = LabelAdded(conversation_id=gone, contact_id=contact, label_id=new_id(), label="VIP")
    for fact in (label, WindowExpired(conversation_id=gone)):
        await journal.note(session, SYSTEM, fact)
        assert await seen(session) == []
