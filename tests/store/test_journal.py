"""Journal rows follow the rule of their kind, and each stream reads them once, even those committed late."""

import json
from dataclasses import fields

import pytest
from psycopg import AsyncConnection, sql
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.audit import AuditFilter
from domain.ids import new_id
from domain.journal.facts import COLUMNS, KINDS
from domain.journal.rules import RULES, Life, Stream, heard
from store import audit, journal, journal_readers, timelines
from store.engine import libpq_url
from store.journal import HEARD, WAKE
from store.journal_readers import Reader
from store.live import CHANNEL
from tests.domain.test_journal import example
from tests.store.races import Sessions, begun, someone_waits


async def _unread(
    session: AsyncSession, stream: str, reader: Reader, limit: int = 500
) -> list[int]:
    found = await journal_readers.unread(session, stream, reader, 0, limit)
    return [entry.id for entry in found.entries]


async def test_every_kind_is_kept_as_its_line_says_in_one_statement(session: AsyncSession) -> None:
    facts = [example(kind) for kind in RULES]
    await journal.add(session, SYSTEM, facts)
    query = text("SELECT * FROM journal ORDER BY id")
    rows = (await session.execute(query)).mappings().all()
    assert [row["kind"] for row in rows] == list(RULES)  # in the order in which they were noted
    for row, fact in zip(rows, facts, strict=True):
        rule = RULES[fact.kind]
        assert (row["life"], row["audited"]) == (rule.life, rule.audited)
        assert row["stream"] == (rule.command.stream if rule.command else None)
        assert (row["entity"], row["entity_id"]) == (fact.entity, fact.entity_id)
        assert {name: row[name] for name in COLUMNS} == fact.ids()
        assert (row["data"] or {}).keys() == (fact.data() or {}).keys()


def test_pages_are_told_of_every_kind_that_a_room_hears() -> None:
    """By name, or in every room of a kind."""
    ids = dict.fromkeys(
        ("contact_id", "conversation_id", "campaign_id", "import_id", "channel_id"), "1"
    )
    assert {kind for kind in RULES if list(heard(kind, ids))} == set(HEARD)


async def test_every_kind_is_told_where_its_line_says_and_to_nobody_else(
    session: AsyncSession, database_url: str
) -> None:
    """Pages hear the ids they need to find their rooms; readers are woken once per stream."""
    facts = [example(kind) for kind in RULES]
    listening = await AsyncConnection.connect(libpq_url(database_url), autocommit=True)
    async with listening:
        for channel in (CHANNEL, WAKE):
            await listening.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        await journal.add(session, SYSTEM, facts)
        await session.commit()
        told: dict[str, list[str]] = {CHANNEL: [], WAKE: []}
        async for notification in listening.notifies(timeout=0.1):
            told[notification.channel].append(notification.payload)
    assert sorted(told[WAKE]) == sorted(Stream)
    heard_of = [json.loads(payload) for payload in told[CHANNEL]]
    assert [said["kind"] for said in heard_of] == [kind for kind in RULES if kind in HEARD]
    for said in heard_of:
        fact = next(fact for fact in facts if fact.kind == said["kind"])
        ids = {name: str(key) for name, key in fact.ids().items() if key}
        assert said["entity_id"] == fact.entity_id
        assert {name: said[name] for name in ids} == ids
        assert said["xmin"].isdigit()


async def test_every_kind_is_listed_where_its_line_says_and_nowhere_else(
    session: AsyncSession,
) -> None:
    """In the audit log, in its campaign's history, and in its contact's activity."""
    contact, campaign, newest_first = new_id(), new_id(), list(RULES)[::-1]
    named = {"contact_id": contact, "campaign_id": campaign}
    for kind in RULES:
        about = {field.name for field in fields(KINDS[kind])}
        given = {name: key for name, key in named.items() if name in about}
        await journal.add(session, SYSTEM, [example(kind, **given)])
    logged = await audit.page(session, AuditFilter(limit=len(RULES)))
    assert [entry.action for entry in logged] == [k for k in newest_first if RULES[k].audited]
    history = [entry.kind for entry in await journal.of_campaign(session, campaign)]
    assert history == [k.partition(".")[2] for k in newest_first if RULES[k].history]
    listed = await timelines.entries(session, contact, None, before=2**60, limit=len(RULES))
    assert [line.entry.action for line in listed] == [
        kind
        for kind in newest_first
        if RULES[kind].timeline and "contact_id" in {field.name for field in fields(KINDS[kind])}
    ]


@pytest.mark.parametrize("kind", [kind for kind, rule in RULES.items() if rule.everywhere])
async def test_what_was_done_to_many_is_in_the_activity_of_each_of_them(
    session: AsyncSession, kind: str
) -> None:
    people = [new_id() for _ in range(3)]
    place = await journal.place(session)
    await journal.about(session, place, people[:2])
    await journal.about(session, place, people[1:2])  # in portions that overlap
    await journal.add(session, SYSTEM, [example(kind)], place)
    for contact_id in people:
        found = await timelines.entries(session, contact_id, None, before=2**60, limit=5)
        kept = contact_id in people[:2] and RULES[kind].life is Life.KEPT
        assert [line.entry.id for line in found] == [place.id] * kept


async def test_each_stream_reads_its_own_in_order_and_in_portions(sessions: Sessions) -> None:
    async with sessions() as session:
        readers = {
            stream: await journal_readers.reader(session, f"test {stream}") for stream in Stream
        }
        await session.commit()
    facts = [example(kind) for kind in RULES] * 2
    async with sessions.begin() as session:
        await journal.add(session, SYSTEM, facts)
    seen = 0
    async with sessions() as session:
        for stream, reader in readers.items():
            found = await journal_readers.unread(session, stream, reader, 0, 500)
            commands = [r.command for r in (RULES[entry.kind] for entry in found.entries)]
            assert {command.stream for command in commands if command} == {stream}
            ids = [entry.id for entry in found.entries]
            assert ids == sorted(ids)
            after, portions = 0, list[int]()
            while part := (await journal_readers.unread(session, stream, reader, after, 3)).entries:
                portions += [entry.id for entry in part]
                after = portions[-1]
            assert portions == ids
            seen += len(ids)
    assert seen == 2 * sum(rule.command is not None for rule in RULES.values())


async def test_what_commits_late_is_read_although_others_were_read_before_it(
    sessions: Sessions,
) -> None:
    """A number alone would pass it by: it was given before those that were committed earlier."""
    stream = Stream.MESSAGES
    fact = example("message.queued")
    async with sessions() as session:
        reader = await journal_readers.reader(session, "late")
        await session.commit()
    async with sessions() as late:
        await journal.add(late, SYSTEM, [fact])  # the smaller number, still open
        async with sessions.begin() as session:
            await journal.add(session, SYSTEM, [fact])
        async with sessions.begin() as session:
            early = await journal_readers.unread(session, stream, reader, 0, 10)
            assert len(early.entries) == 1
            await journal_readers.move(session, "late", reader, early.position)
        await late.commit()
    async with sessions() as session:
        moved = await journal_readers.reader(session, "late")
        [missed] = await _unread(session, stream, moved)
        assert missed < early.entries[0].id
        assert await _unread(session, stream, reader) == [missed, early.entries[0].id]


async def test_what_is_rolled_back_was_never_said(sessions: Sessions) -> None:
    async with sessions() as session:
        reader = await journal_readers.reader(session, "undone")
        await session.commit()
        await journal.add(session, SYSTEM, [example("message.queued")])
        await session.rollback()
        assert await _unread(session, Stream.MESSAGES, reader) == []


async def test_a_new_reader_begins_here_and_a_copy_of_a_database_carries_out_nothing(
    sessions: Sessions,
) -> None:
    fact = example("message.queued")
    async with sessions.begin() as session:
        await journal.add(session, SYSTEM, [fact])
    async with sessions.begin() as session:
        new = await journal_readers.reader(session, "new")
        assert await _unread(session, Stream.MESSAGES, new) == []
    async with sessions.begin() as session:
        await journal.add(session, SYSTEM, [fact])
    async with sessions.begin() as session:
        assert len(await _unread(session, Stream.MESSAGES, new)) == 1
        await journal_readers.discard(session)
    async with sessions.begin() as session:
        assert (
            await _unread(session, Stream.MESSAGES, await journal_readers.reader(session, "new"))
            == []
        )
        await journal.add(session, SYSTEM, [fact])
    async with sessions() as session:
        after = await journal_readers.reader(session, "new")
        assert len(await _unread(session, Stream.MESSAGES, after)) == 1
        assert after.floor > 0


async def test_two_that_begin_one_reader_at_once_begin_it_once(sessions: Sessions) -> None:
    async with sessions() as first:
        mine = await journal_readers.reader(first, "shared")
        second = begun(sessions, lambda session: journal_readers.reader(session, "shared"))
        await someone_waits(sessions)
        await first.commit()
        assert await second == mine


@pytest.mark.parametrize("limit", [1, 2, 500])
async def test_whoever_comes_back_gets_what_was_noted_since(sessions: Sessions, limit: int) -> None:
    async with sessions() as session:
        xmin = await journal.newest(session)
    for _ in range(3):
        async with sessions.begin() as session:
            await journal.add(session, SYSTEM, [example("campaign.paused", campaign_id=new_id())])
    async with sessions() as session:
        found = await journal.since(session, xmin, limit)
        assert len(found) == min(limit, 3)
        assert [entry.id for entry in found] == sorted(entry.id for entry in found)
        assert await journal.since(session, await journal.newest(session), limit) == []


async def test_every_stream_has_its_reader_from_the_first_entry_on(session: AsyncSession) -> None:
    """One that began with its first look would pass by what was noted before."""
    found = await session.scalars(text("SELECT name FROM journal_readers"))
    assert set(found) >= set(Stream)
