"""Reading messages: pages of a thread, campaign messages rendered, errors in words, read marks."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.wording import say
from domain.actors import SYSTEM
from domain.errors import Conflict, Invalid
from domain.messages import MessageFilter
from services.messages import read
from services.vault import Vault
from store import conversations
from tests import factories, threads
from tests.threads import Statements, Thread
from tests.words import refused_with


async def test_a_long_thread_is_read_page_by_page(session: AsyncSession, thread: Thread) -> None:
    written = [await threads.message(session, thread, body=str(n)) for n in range(120)]
    pages: list[list[UUID]] = []
    before: UUID | None = None
    more = True
    while more:
        page = await read.thread(session, thread.channel_id, thread.contact_id, before=before)
        pages.insert(0, [message.id for message in page.messages])
        before, more = page.messages[0].id, page.more
    assert [len(page) for page in pages] == [20, 50, 50]
    assert [message for page in pages for message in page] == sorted(written)


async def test_a_refresh_brings_everything_from_the_first_shown_message_on(
    session: AsyncSession, thread: Thread
) -> None:
    written = sorted([await threads.message(session, thread) for _ in range(60)])
    ends = (thread.channel_id, thread.contact_id)
    oldest = (await read.thread(session, *ends)).messages[0].id
    written += sorted([await threads.message(session, thread) for _ in range(30)])
    again = await read.thread(session, *ends, since=oldest)
    assert [message.id for message in again.messages] == written[10:]


async def test_a_page_costs_one_statement_however_long_it_is(
    session: AsyncSession, thread: Thread
) -> None:
    for size in (3, 47):
        for n in range(size):
            await threads.message(session, thread, body=str(n), reply_to=f"wamid.{n}")
        session.expire_all()
        with Statements(session) as statements:
            await read.thread(session, thread.channel_id, thread.contact_id)
        assert statements.count == 1


async def test_a_campaign_message_shows_what_the_person_got(
    session: AsyncSession, vault: Vault
) -> None:
    launched = await factories.campaign(session, vault, 3)
    await session.execute(
        text("""
        INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state,
            campaign_id, seq)
        SELECT gen_random_uuid(), :channel_id, contact_id, 'out', 'campaign', 'template', 'read',
            campaign_id, seq
        FROM campaign_recipients WHERE campaign_id = :id
        """),
        {"channel_id": launched.channel_id, "id": launched.id},
    )
    page = await read.page(session, MessageFilter(campaign_id=launched.id), cursor=None, limit=2)
    first = page.items[0]
    assert first.text.startswith("Hi ")
    assert first.text.endswith(", your order is ready.")
    assert first.template_card is not None
    assert (first.campaign_name, first.template_name) == ("Spring", "restock_coffee")
    assert not first.retryable
    rest = await read.page(
        session, MessageFilter(campaign_id=launched.id), cursor=page.next_cursor, limit=2
    )
    assert [message.seq for message in (*page.items, *rest.items)] == [1, 2, 3]
    assert rest.next_cursor is None
    received = await read.campaigns_of(session, first.contact_id)
    assert [(campaign.name, campaign.state) for campaign in received] == [("Spring", "read")]


@pytest.mark.parametrize(
    ("state", "code", "detail", "words"),
    [
        ("failed", 131026, "", "Not reachable on WhatsApp"),
        ("rejected", 131047, "", "24-hour window"),
        ("rejected", 999999, "", "999999"),
        ("refused", None, "opted_out", "stopped marketing"),
        ("refused", None, "channel_payment", "payment"),
        ("unknown", None, "no_answer", "may have arrived"),
    ],
)
async def test_what_went_wrong_is_said_in_words(
    session: AsyncSession, thread: Thread, state: str, code: int | None, detail: str, words: str
) -> None:
    message = await threads.sent(session, thread, state, error_code=code, error_detail=detail)
    error = (await read.one(session, message)).error
    assert error is not None
    assert words in say(error)


async def test_unknown_kinds_are_shown_not_dropped(session: AsyncSession, thread: Thread) -> None:
    payload = {"type": "hologram", "hologram": [{"a": 1}, "b"]}
    message = await threads.message(session, thread, kind="hologram", body="", payload=payload)
    shown = await read.one(session, message)
    assert (shown.kind, shown.text, shown.part) == ("hologram", "", None)


async def test_reading_a_message_leaves_later_ones_unread(
    session: AsyncSession, thread: Thread
) -> None:
    written = sorted([await threads.message(session, thread) for _ in range(3)])
    await conversations.change(session, thread.id, unread=3)
    assert (await read.mark_read(session, SYSTEM, written[1])).read_at is not None
    shown = await conversations.get(session, thread.id)
    assert shown is not None
    assert shown.unread == 1
    with refused_with(Conflict, "Only WhatsApp can report"):
        await read.mark_read(session, SYSTEM, await threads.sent(session, thread, "sent"))


async def test_lists_are_filtered_and_paged(session: AsyncSession, thread: Thread) -> None:
    other = await threads.thread(session, thread.channel_id, "Somebody else")
    mine = sorted([await threads.message(session, thread) for _ in range(3)])
    await threads.message(session, other)
    failed = await threads.sent(session, thread, "failed")
    wanted = MessageFilter(contact_id=thread.contact_id)
    page = await read.page(session, wanted, cursor=None, limit=3)
    assert [message.id for message in page.items] == [failed, mine[2], mine[1]]
    rest = await read.page(session, wanted, cursor=page.next_cursor, limit=3)
    assert [message.id for message in rest.items] == [mine[0]]
    states = await read.page(
        session, MessageFilter(contact_id=thread.contact_id, state="failed"), cursor=None
    )
    assert [message.id for message in states.items] == [failed]
    for bad in ("x", "1"):
        with refused_with(Invalid, "first page"):
            await read.page(session, wanted, cursor=bad)
    with pytest.raises(Invalid):
        await read.page(session, wanted, cursor=None, limit=201)
