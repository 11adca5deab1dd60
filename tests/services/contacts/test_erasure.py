"""A deleted contact leaves no text or number behind, and nothing waiting is sent to it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM, Actor
from domain.contacts import Selection
from domain.ids import new_id
from domain.messages import MessageState
from services import maintenance
from services.campaigns import find, views
from services.campaigns.drafts import preview
from services.campaigns.outcomes import recipients
from services.contacts import write
from services.contacts.write import ContactChange
from services.sending import single
from services.vault import Vault, new_key
from store import erasure, merging
from store.campaigns import rows
from store.sending import claims
from store.tables.metadata import metadata
from tests import factories, threads

pytestmark = pytest.mark.fault("A1")

NOW = datetime.now(UTC)
ANA = Actor("user")


async def _values(session: AsyncSession, statement: str, **parameters: Any) -> list[Any]:
    return list((await session.execute(text(statement), parameters)).all())


def test_every_table_that_names_a_contact_has_an_end_for_it() -> None:
    naming = {
        table.name
        for table in metadata.tables.values()
        if "contact_id" in table.columns
        or any(key.column.table.name == "contacts" for key in table.foreign_keys)
    }
    assert naming == set(erasure.TABLES)


async def _mentions(session: AsyncSession, *words: str) -> list[str]:
    """Tables that contain one of these words in any column."""
    found = []
    for name in metadata.tables:
        for word in words:
            query = text(f"SELECT count(*) FROM {name} t WHERE t::text ILIKE :word")
            if await session.scalar(query, {"word": f"%{word}%"}):
                found.append(f"{name}: {word}")
    return found


async def test_nothing_they_said_and_no_number_stays(session: AsyncSession) -> None:
    vault = Vault([new_key()])
    thread = await threads.only_thread(session, vault, name="Zebulon Quux", preview="xyzzy asked")
    await write.update(session, ANA, thread.contact_id, ContactChange(name="Zebulon Plugh"))
    [(phone,)] = await _values(
        session, "SELECT phone FROM contacts WHERE id = :id", id=thread.contact_id
    )
    await threads.message(session, thread, body="xyzzy is mine", payload={"from": phone[1:]})
    waiting = await threads.sent(session, thread, "queued", body="xyzzy, we heard you")
    failed = await threads.sent(session, thread, "failed", body="xyzzy")
    await session.execute(
        text(
            "INSERT INTO message_attempts (message_id, attempt, outcome, error_detail) VALUES (:id, 1, 'failed', 'xyzzy')"
        ),
        {"id": failed},
    )
    assert await _mentions(session, "xyzzy", "Zebulon", phone[1:])
    await write.delete(session, ANA, thread.contact_id)
    assert await _mentions(session, "xyzzy", "Zebulon", phone[1:]) == []
    assert await single.claim(session, vault, waiting, "worker/1") is None


async def _campaign(session: AsyncSession, count: int = 4) -> tuple[UUID, UUID, list[UUID]]:
    launched = await factories.campaign(session, Vault([new_key()]), count)
    found = await session.scalars(
        text("SELECT contact_id FROM campaign_recipients WHERE campaign_id = :id ORDER BY seq"),
        {"id": launched.id},
    )
    return launched.id, launched.channel_id, list(found)


async def _claim(session: AsyncSession, campaign_id: UUID, channel_id: UUID, count: int) -> int:
    span = claims.Span(campaign_id, channel_id, 1, 100)
    ids = [new_id() for _ in range(count)]
    taken = await claims.claim_fresh(session, span, 0, ids, "worker/1")
    return len(taken.items)


async def test_a_campaign_keeps_its_numbers_and_nothing_of_the_person(
    session: AsyncSession,
) -> None:
    campaign_id, channel_id, people = await _campaign(session)
    assert await _claim(session, campaign_id, channel_id, 2) == 2
    await session.execute(
        text("""UPDATE messages SET state = 'read', wamid = 'wamid.' || seq
        WHERE campaign_id = :id"""),
        {"id": campaign_id},
    )
    await write.delete_many(session, ANA, Selection(ids=(people[0], people[3])), expected=2)
    assert await _values(
        session,
        """SELECT r.seq, r.phone = '' AS gone, cardinality(r.variables) AS values, m.wamid, m.state
        FROM campaign_recipients r LEFT JOIN messages m USING (campaign_id, seq)
        WHERE r.campaign_id = :id ORDER BY r.seq""",
        id=campaign_id,
    ) == [
        (1, True, 0, None, "read"), (2, False, 1, "wamid.2", "read"),
        (3, False, 1, None, None), (4, True, 0, None, None),
    ]  # fmt: skip
    # Nothing is sent to those still waiting; the sum stays the audience.
    span = claims.Span(campaign_id, channel_id, 1, 100)
    ids = [new_id(), new_id()]
    taken = await claims.claim_fresh(session, span, 2, ids, "worker/2")
    assert len(taken.items) == 1
    [(state, reason)] = await _values(
        session, "SELECT state, error_detail FROM messages WHERE seq = 4 AND campaign_id = :id", id=campaign_id
    )  # fmt: skip
    assert (state, reason) == (MessageState.REFUSED, "contact_deleted")
    row = await find.row(session, campaign_id)
    shown = await preview.frozen(
        session, views.view(row, await rows.counters(session, campaign_id))
    )
    assert shown is not None
    assert shown.phone  # the first who is still there
    page = await recipients.page(session, campaign_id, recipients.RecipientFilter())
    assert len(page.items) == 4


async def test_who_is_being_written_to_is_erased_in_the_night(session: AsyncSession) -> None:
    campaign_id, channel_id, people = await _campaign(session, 2)
    await _claim(session, campaign_id, channel_id, 2)
    await write.delete(session, ANA, people[0])
    phones = "SELECT phone = '' FROM campaign_recipients WHERE campaign_id = :id ORDER BY seq"
    assert await _values(session, phones, id=campaign_id) == [(False,), (False,)]
    await session.execute(
        text("UPDATE messages SET state = 'accepted', wamid = 'w1' WHERE seq = 1")
    )
    assert not await maintenance.erase_rest(session, NOW)
    assert await _values(session, phones, id=campaign_id) == [(True,), (False,)]
    # News of it may still come and finds it by this id.
    assert await _values(session, "SELECT wamid FROM messages WHERE seq = 1") == [("w1",)]
    await session.execute(text("UPDATE messages SET created_at = now() - interval '31 days'"))
    await maintenance.erase_rest(session, NOW)
    assert await _values(session, "SELECT wamid FROM messages WHERE seq = 1") == [(None,)]


async def test_what_earlier_deletions_left_goes_and_nothing_else(session: AsyncSession) -> None:
    thread = await threads.only_thread(session, Vault([new_key()]))
    gone = await threads.thread(session, thread.channel_id)
    await threads.message(session, gone, body="left behind")
    kept = await threads.message(session, thread, body="kept")
    await session.execute(text("DELETE FROM contacts WHERE id = :id"), {"id": gone.contact_id})
    group = {"channel": thread.channel_id, "group": new_id()}
    await session.execute(
        text(
            """INSERT INTO conversations (id, channel_id, group_id) VALUES (:group, :channel, 'G1')"""
        ),
        group,
    )
    in_group = await threads.message(
        session,
        threads.Thread(group["group"], thread.channel_id, group["group"]),
        body="in a group",
    )
    assert len(await _values(session, "SELECT id FROM messages")) == 3
    await maintenance.erase_rest(session, NOW)
    assert await _values(session, "SELECT id FROM messages ORDER BY id") == [(kept,), (in_group,)]


async def test_a_person_s_words_in_a_group_stay_without_their_name(session: AsyncSession) -> None:
    thread = await threads.only_thread(session, Vault([new_key()]))
    group_id = new_id()
    await session.execute(
        text("INSERT INTO conversations (id, channel_id, group_id) VALUES (:id, :channel, 'G1')"),
        {"id": group_id, "channel": thread.channel_id},
    )
    said = await threads.message(
        session, threads.Thread(group_id, thread.channel_id, group_id), body="see you at eight",
        author_id=thread.contact_id, author_name="Ana", payload={"from": "346", "type": "text"},
    )  # fmt: skip
    await write.delete(session, SYSTEM, thread.contact_id)
    assert await _values(
        session, "SELECT body, author_name, payload FROM messages WHERE id = :id", id=said
    ) == [("see you at eight", None, {"type": "text"})]


async def test_who_went_up_in_a_deleted_contact_is_gone_too(session: AsyncSession) -> None:
    campaign_id, _, people = await _campaign(session, 3)
    await merging.merge(session, [(people[0], people[1])])  # both have a place in the campaign
    await write.delete(session, ANA, people[1])
    await maintenance.erase_rest(session, NOW)
    phones = "SELECT phone = '' FROM campaign_recipients WHERE campaign_id = :id ORDER BY seq"
    assert await _values(session, phones, id=campaign_id) == [(True,), (True,), (False,)]
    assert await _values(session, "SELECT old_id FROM moved_ids") == []


async def test_exclusions_of_an_earlier_merge_are_the_persons(session: AsyncSession) -> None:
    campaign_id, _, people = await _campaign(session, 4)
    await merging.merge(session, [(people[0], people[1]), (people[2], people[3])])
    await session.execute(
        text("""INSERT INTO campaign_exclusions VALUES (:id, :a, 'blocked'), (:id, :c, 'blocked'),
            (:id, :d, 'opted_out')"""),
        {"id": campaign_id, "a": people[0], "c": people[2], "d": people[3]},
    )
    await session.execute(text("UPDATE campaign_counters SET excluded = 3"))
    assert not await maintenance.erase_rest(session, NOW)
    found = await _values(session, "SELECT contact_id, reason FROM campaign_exclusions")
    assert sorted(found) == sorted([(people[1], "blocked"), (people[3], "opted_out")])
    assert await _values(session, "SELECT excluded FROM campaign_counters") == [(2,)]
