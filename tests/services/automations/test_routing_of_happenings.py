"""What happens to contacts besides messages, and what it starts."""

from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.triggers import (
    FieldTrigger,
    GroupTrigger,
    LabelTrigger,
    OptInTrigger,
    WindowTrigger,
)
from domain.contacts import Selection
from domain.journal.automations import LabelAdded
from domain.journal.conversations import (
    WindowExpired,
)
from services.automations import routing
from services.contacts import write as contacts
from services.contacts.write import ContactChange
from services.vault import Vault, new_key
from store import groups
from store.tables.automations import LabelRow
from tests import threads
from tests.services.automations import acting
from tests.services.automations.acting import live, routed, runs
from tests.services.automations.drawn import on
from tests.threads import Thread


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    """A conversation of the only number."""
    return await threads.only_thread(session, Vault([new_key()]))


async def test_labels_windows_and_consent_start_runs_on_the_number_concerned(
    session: AsyncSession, thread: Thread
) -> None:
    label = LabelRow(name="VIP")
    session.add(label)
    await session.flush()
    wanted = {
        await live(session, on(trigger), trigger.TYPE)
        for trigger in (LabelTrigger(labels=(str(label.id),)), WindowTrigger(), OptInTrigger())
    }
    added = LabelAdded(
        conversation_id=thread.id, contact_id=thread.contact_id, label_id=label.id, label="VIP"
    )
    await routed(session, added, WindowExpired(conversation_id=thread.id), again=True)
    change = ContactChange(opted_out=False)
    await threads.block(session, thread.contact_id, "marketing_opt_out_at")
    await contacts.update(session, SYSTEM, thread.contact_id, change)
    for entry in await acting.unrouted(session, 0):
        await routing.route(session, entry)
    found = await runs(session)
    assert {run.automation_id for run in found} == wanted
    assert len(found) == 3
    assert {run.channel_id for run in found} == {thread.channel_id}


async def test_fields_and_groups_start_runs_for_those_who_changed(
    session: AsyncSession, thread: Thread
) -> None:
    vip = await groups.ensure(session, "VIP")
    english = await live(session, on(FieldTrigger(field="language", value="en")), "English")
    member = await live(session, on(GroupTrigger(groups=(str(vip.id),))), "Member")

    async def settle() -> list[tuple[UUID, UUID]]:
        for entry in await acting.unrouted(session, 0):
            await routing.route(session, entry)
        return [(run.automation_id, run.contact_id) for run in await runs(session)]

    await contacts.update(session, SYSTEM, thread.contact_id, ContactChange(language="es"))
    assert await settle() == []
    await contacts.update(session, SYSTEM, thread.contact_id, ContactChange(language="en"))
    assert await settle() == [(english, thread.contact_id)]
    await contacts.update(session, SYSTEM, thread.contact_id, ContactChange(group_ids=[vip.id]))
    assert await settle() == [(english, thread.contact_id), (member, thread.contact_id)]
    others = [await threads.thread(session, thread.channel_id, f"Bo {n}") for n in range(3)]
    await contacts.add_to_group(
        session, SYSTEM, Selection(ids=tuple(one.contact_id for one in others)), vip.id
    )
    assert [one for one in await settle() if one[0] == member] == [
        (member, one.contact_id) for one in (thread, *others)
    ]
