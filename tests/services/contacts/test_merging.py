"""Two contacts that turn out to be one person become one, with everything that belonged to either."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.ids import new_id
from domain.merging import Place, counting
from domain.messages import MessageState
from services import maintenance
from services.contacts import search
from services.contacts.write import ContactChange, update
from services.conversations import browse
from services.vault import Vault, new_key
from store import merging
from store.campaigns import rows
from store.sending import claims
from store.tables.metadata import metadata
from tests import factories, threads
from tests.threads import Thread

pytestmark = pytest.mark.fault("A1")

NOW = datetime.now(UTC)


def test_every_table_that_names_a_contact_is_handed_over() -> None:
    naming = {
        table.name
        for table in metadata.tables.values()
        if "contact_id" in table.columns
        or any(key.column.table.name == "contacts" for key in table.foreign_keys)
    }
    assert naming == set(merging.TABLES)


async def _pair(session: AsyncSession) -> tuple[Thread, Thread]:
    """Two contacts with a thread each on one number; the first is older."""
    kept = await threads.only_thread(session, Vault([new_key()]), name="", window=None)
    gone = await threads.thread(session, kept.channel_id, "Mara", window=timedelta(hours=5))
    return kept, gone


async def test_threads_fields_groups_and_the_strictest_consent_are_joined(
    session: AsyncSession,
) -> None:
    kept, gone = await _pair(session)
    group_id = await factories.people(session, 1, "Friends")
    await threads.message(session, kept, body="first")
    await threads.message(session, gone, body="second")
    for statement in (
        "INSERT INTO group_members (group_id, contact_id) VALUES (:group_id, :gone)",
        """UPDATE contacts SET fields = '{"city": "Rome", "tier": null}', language = 'it'
           WHERE id = :kept""",
        """UPDATE contacts SET fields = '{"city": "Oslo", "tier": "gold"}', blocked_at = now(),
           marketing_opt_out_at = now(), language = 'no', timezone = 'Europe/Oslo' WHERE id = :gone""",
        """UPDATE conversations SET unread = 2, status = 'resolved', preview = 'older',
           last_message_at = now() - interval '1 hour' WHERE contact_id = :kept""",
        """UPDATE conversations SET unread = 3, preview = 'newer', last_message_at = now()
           WHERE contact_id = :gone""",
    ):
        parameters = {"group_id": group_id, "gone": gone.contact_id, "kept": kept.contact_id}
        used = {name: value for name, value in parameters.items() if f":{name}" in statement}
        await session.execute(text(statement), used)
    merged = await merging.merge(session, [(gone.contact_id, kept.contact_id)])
    [thread] = merged.threads
    assert (thread.id, thread.gone_id, thread.moved) == (kept.id, gone.id, True)
    contact = await search.get(session, gone.contact_id)  # an old link leads to the person
    assert (contact.id, contact.name) == (kept.contact_id, "Mara")
    assert contact.fields == {"city": "Rome", "tier": "gold"}
    assert (contact.language, contact.timezone) == ("it", "Europe/Oslo")
    assert contact.blocked_at
    assert contact.marketing_opt_out_at
    assert [group.name for group in contact.groups] == ["Friends"]
    conversation = await browse.one(session, gone.id)
    assert (conversation.id, conversation.unread, conversation.status) == (kept.id, 5, "open")
    assert (conversation.preview, conversation.window_expires_at) == (
        "newer", thread.window_expires_at,
    )  # fmt: skip
    bodies = await session.scalars(
        text("SELECT body FROM messages WHERE contact_id = :id ORDER BY id"),
        {"id": kept.contact_id},
    )
    assert bodies.all() == ["first", "second"]
    await update(session, SYSTEM, gone.contact_id, ContactChange(name="Mara Voss"))
    assert (await search.get(session, kept.contact_id)).name == "Mara Voss"


async def test_what_was_being_written_meanwhile_is_handed_over_later(
    session: AsyncSession,
) -> None:
    kept, gone = await _pair(session)
    await merging.merge(session, [(gone.contact_id, kept.contact_id)])
    late = await threads.message(session, gone, body="late")
    await maintenance.settle_merges(session, NOW)
    owner = await session.scalar(text("SELECT contact_id FROM messages WHERE id = :i"), {"i": late})
    assert owner == kept.contact_id


async def _campaign(session: AsyncSession, count: int) -> tuple[UUID, list[UUID]]:
    launched = await factories.campaign(session, Vault([new_key()]), count)
    found = await session.scalars(
        text("SELECT contact_id FROM campaign_recipients WHERE campaign_id = :id ORDER BY seq"),
        {"id": launched.id},
    )
    return launched.id, list(found.all())


async def _claim(session: AsyncSession, campaign_id: UUID, after: int, count: int) -> list[str]:
    channel_id = await session.scalar(
        text("SELECT channel_id FROM campaigns WHERE id = :id"), {"id": campaign_id}
    )
    assert isinstance(channel_id, UUID)
    span = claims.Span(campaign_id, channel_id, 1, 100)
    taken = await claims.claim_fresh(session, span, after, [new_id() for _ in range(count)], "a/1")
    return [item.phone for item in taken.items]


@pytest.mark.parametrize("first_sent", ["kept", "gone", "neither", "both"])
async def test_nobody_gets_a_campaign_twice(session: AsyncSession, first_sent: str) -> None:
    """Law 2 holds for the person; states still sum to the audience."""
    campaign_id, people = await _campaign(session, 4)
    claimed = {"neither": 0, "both": 2}.get(first_sent, 1)
    sent = await _claim(session, campaign_id, 0, claimed) if claimed else []
    kept, gone = (people[1], people[0]) if first_sent == "gone" else (people[0], people[1])
    await merging.merge(session, [(gone, kept)])
    sent += await _claim(session, campaign_id, len(sent), 4 - len(sent))
    assert len(sent) == (4 if first_sent == "both" else 3)
    counters = await rows.counters(session, campaign_id)
    assert counters is not None
    assert (counters.total, counters.sending) == (4, len(sent))
    assert counters.refused == 4 - len(sent)
    reasons = await session.scalars(
        text("SELECT error_detail FROM messages WHERE state = 'refused'")
    )
    assert set(reasons.all()) <= {"same_person"}
    named = await session.scalars(
        text("""SELECT m.state FROM campaign_recipients r
        JOIN messages m ON m.campaign_id = r.campaign_id AND m.seq = r.seq
        WHERE r.contact_id = :kept"""),
        {"kept": kept},
    )
    assert named.all() == ["sending"]


def test_the_place_that_reached_somebody_counts() -> None:
    def place(seq: int, state: MessageState | None) -> Place:
        return Place(seq, new_id(), state)

    order = [MessageState.READ, MessageState.QUEUED, None, MessageState.FAILED]
    for low, state in enumerate(order):
        for worse in order[low + 1 :]:
            best, other = counting((place(1, worse), place(2, state)))
            assert (best.state, other.state) == (state, worse)
    first, _ = counting((place(2, None), place(1, None)))
    assert first.seq == 1


@pytest.mark.parametrize(
    ("old", "new"), [("22997000042", "2290197000042"), ("22507000042", "2250707000042")]
)
@pytest.mark.parametrize("both", [False, True])
async def test_numbers_from_before_a_plan_changed_meet_the_new_form(
    session: AsyncSession, old: str, new: str, both: bool
) -> None:
    add = text("""INSERT INTO contacts (id, phone, phone_key, name, bsuid, marketing_opt_out_at)
        VALUES (:id, '+' || CAST(:key AS text), :key, :name, :bsuid, :stopped)""")
    rows: list[dict[str, Any]] = [
        {"id": new_id(), "key": old, "name": "Ama", "bsuid": "BJ.1", "stopped": NOW}
    ]
    if both:
        rows.append({"id": new_id(), "key": new, "name": "", "bsuid": None, "stopped": None})
    for row in [
        *rows,
        {"id": new_id(), "key": "22500", "name": "", "bsuid": None, "stopped": None},
    ]:
        await session.execute(add, row)
    for _ in range(2):  # what is done is done
        assert not await maintenance.renew_numbers(session, NOW)
        found = (
            await session.execute(text("SELECT * FROM contacts WHERE phone_key <> '22500'"))
        ).one()
        assert (found.phone, found.phone_key, found.name, found.bsuid) == (
            f"+{new}",
            new,
            "Ama",
            "BJ.1",
        )
        assert found.marketing_opt_out_at == NOW
