"""A contact's activity: what happened, in words, page by page, for one contact or many at once."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.wording import say
from domain.actors import SYSTEM, Actor
from domain.consent import Action, Source
from domain.contacts import FieldType, Selection
from domain.conversations import ConversationStatus
from domain.errors import Invalid, NotFound
from domain.ids import new_id
from domain.journal.rules import RULES
from domain.timelines import ActivityPage
from services.campaigns.drafts import write as drafts
from services.contacts import bulk, consent, fields, groups, telling, timeline, write
from services.contacts.bulk import Bulk, BulkAction
from services.contacts.write import ContactChange
from services.conversations import change
from services.vault import Vault, new_key
from store import consents, merging, removing
from store.tables.users import UserRow
from tests import threads
from tests.threads import Statements, Thread

STOP = "STOP"


@pytest.fixture
async def ana(session: AsyncSession) -> Actor:
    """Somebody of the team."""
    row = UserRow(
        id=new_id(), email="ana@example.com", name="Ana", role="manager", password_hash="x"
    )
    session.add(row)
    await session.flush()
    return Actor("user", row.id)


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    return await threads.only_thread(session, Vault([new_key()]), name="Mara")


def words(page: ActivityPage) -> list[str]:
    return [say(sentence) for item in page.items for sentence in item.sentences]


def test_every_kind_that_stands_on_a_timeline_has_words() -> None:
    assert {kind for kind, rule in RULES.items() if rule.timeline} == telling._TELL.keys()


async def test_what_happened_is_told_in_words_newest_first(
    session: AsyncSession, ana: Actor, thread: Thread
) -> None:
    vip = await groups.create(session, ana, "VIP")
    city = await fields.create(session, ana, label="City", kind=FieldType.TEXT)
    campaign_id = (await drafts.create(session, ana, "Spring sale")).id
    states = {"delivered": 1, "failed": 2, "queued": 3}
    for state, seq in states.items():
        await threads.sent(session, thread, state, campaign_id=campaign_id, seq=seq + 10)
    told = ContactChange(
        name="Mara Ruiz", fields={city.key: "Bonn"}, group_ids=[vip.id], blocked=True
    )
    await write.update(session, ana, thread.contact_id, told)
    moved = ContactChange(fields={city.key: "Berlin"}, group_ids=[], blocked=False)
    await write.update(session, SYSTEM, thread.contact_id, moved)
    await change.assign(session, ana, thread.id, ana.user_id)
    await change.assign(session, SYSTEM, thread.id, None)
    await change.set_status(session, ana, thread.id, ConversationStatus.RESOLVED)
    message_id = await threads.message(session, thread, body=STOP)
    stop = consents.ConsentFact(
        thread.contact_id, Action.STOP, Source.KEYWORD, datetime.now(UTC), message_id=message_id,
        words=STOP,
    )  # fmt: skip
    await consent.hear(session, [stop])
    await groups.rename(session, ana, vip.id, "Very important")
    page = await timeline.page(session, thread.contact_id)
    assert words(page) == [
        "Opted out by replying “STOP”",
        "Ana resolved the conversation",
        "WhatsWay unassigned the conversation",
        "Ana took the conversation",
        "WhatsWay unblocked messages",
        "WhatsWay removed the group Very important",
        "WhatsWay changed City from Bonn to Berlin",
        "Ana changed Name from Mara to Mara Ruiz",
        "Ana blocked all messages",
        "Ana added the group Very important",
        "Ana set City to Bonn",
        "Did not receive the campaign Spring sale",
        "Received the campaign Spring sale",
    ]
    within = await timeline.page(session, thread.contact_id, conversation_id=thread.id)
    assert words(within) == words(page)[1:4]


async def test_pages_follow_each_other_without_gap_or_repetition(
    session: AsyncSession, ana: Actor, thread: Thread
) -> None:
    campaign_id = (await drafts.create(session, ana, "Spring sale")).id
    for number in range(4):
        await change.set_status(session, ana, thread.id, ConversationStatus.RESOLVED)
        await threads.sent(session, thread, "read", campaign_id=campaign_id, seq=number + 10)
        await change.set_status(session, ana, thread.id, ConversationStatus.OPEN)
    whole = (await timeline.page(session, thread.contact_id, limit=200)).items
    assert len(whole) == 12
    pages, cursor = list[str](), None
    while True:
        page = await timeline.page(session, thread.contact_id, cursor=cursor, limit=5)
        pages += [item.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert pages == [item.id for item in whole]


async def _contacts(session: AsyncSession, number: int) -> list[UUID]:
    ids = []
    for place in range(number):
        made = ContactChange(phone=f"+5511987{place:06}", name=f"Person {place}")
        ids.append((await write.create(session, SYSTEM, made)).id)
    return ids


async def test_what_is_done_to_many_costs_one_entry_and_a_thin_row_each(
    session: AsyncSession, ana: Actor
) -> None:
    few = await _contacts(session, 2)
    group = await groups.create(session, ana, "VIP")
    add = Bulk(BulkAction.ADD_TO_GROUP, Selection(ids=tuple(few)), group.id)
    with Statements(session) as before:
        assert await bulk.apply(session, ana, add) == 2
    await session.execute(
        text("""INSERT INTO contacts (id, phone, phone_key, name)
            SELECT gen_random_uuid(), '+49170' || n, '49170' || n, 'Many' FROM generate_series(1000000, 1000499) n""")
    )
    with Statements(session) as after:
        assert await bulk.apply(session, ana, Bulk(add.action, Selection(), group.id)) == 500
    assert after.count == before.count
    counted = "SELECT (SELECT count(*) FROM journal WHERE kind = 'contacts.grouped'), (SELECT count(*) FROM journal_contacts)"
    assert (await session.execute(text(counted))).one() == (2, 502)
    for action in (BulkAction.OPT_OUT, BulkAction.OPT_IN):
        await bulk.apply(session, ana, Bulk(action, Selection(ids=tuple(few))))
    await bulk.apply(session, ana, Bulk(BulkAction.REMOVE_FROM_GROUP, Selection(), group.id))
    assert words(await timeline.page(session, few[0]))[:4] == [
        "Ana removed the group VIP",
        "Ana allowed marketing",
        "Ana stopped marketing",
        "Ana added the group VIP",
    ]


async def test_it_goes_with_the_person(session: AsyncSession, ana: Actor) -> None:
    """A merge moves their entries to the contact they became, without duplicates; a deletion removes them."""
    gone, kept = await _contacts(session, 2)
    group = await groups.create(session, ana, "VIP")
    for ids in ((gone,), (gone, kept)):
        for action in (BulkAction.ADD_TO_GROUP, BulkAction.REMOVE_FROM_GROUP):
            await bulk.apply(session, ana, Bulk(action, Selection(ids=ids), group.id))
    await merging.merge(session, [(gone, kept)])
    told = words(await timeline.page(session, gone))  # the old address leads there
    assert told.count("Ana added the group VIP") == 2
    assert told.count("Ana removed the group VIP") == 2
    await removing.these(session, [kept])
    assert await session.scalar(text("SELECT count(*) FROM journal_contacts")) == 0
    with pytest.raises(NotFound):
        await timeline.page(session, kept)


@pytest.mark.parametrize("cursor", ["x", "WyIxIl0", "WyJ4IiwieCJd", "WyItMSIsIngiXQ"])
async def test_a_cursor_of_nobody_is_refused(
    session: AsyncSession, thread: Thread, cursor: str
) -> None:
    with pytest.raises(Invalid):
        await timeline.page(session, thread.contact_id, cursor=cursor)
