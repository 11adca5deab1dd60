"""Old messages and recipients are deleted in an order that never messages anyone twice; figures stay."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.errors import Conflict
from domain.ids import first_id, id_at, new_id
from domain.lives import back
from domain.messages import MessageState
from domain.recipients import Choice
from services import lives
from services.campaigns import report
from services.campaigns.outcomes import resolve
from services.campaigns.retries import retry
from services.messages import read
from services.vault import Vault, new_key
from store.sending import claims, outcomes
from store.sending.outcomes import Outcome
from tests import factories, threads
from tests.factories import LaunchedCampaign

pytestmark = pytest.mark.fault("C2")

NOW = datetime.now(UTC)
KEPT = 24
OLD = back(NOW, KEPT) - timedelta(days=1)
NIL = UUID(int=0)
PARTED = ("message_attempts", "campaign_recipients", "campaign_exclusions")


async def count(session: AsyncSession, what: str) -> int:
    return int((await session.execute(text(f"SELECT count(*) FROM {what}"))).scalar_one())


async def ended(session: AsyncSession, at: datetime) -> LaunchedCampaign:
    """A campaign over since then, whose messages are all older: one accepted, one in doubt, one refused for good."""
    launched = await factories.campaign(session, Vault([new_key()]), 3)
    ids = [id_at(OLD - timedelta(days=90), n) for n in range(3)]
    taken = await claims.claim_fresh(session, launched.span, 0, ids, "one/1")
    first, second, third = (item.message_id for item in taken.items)
    await outcomes.record(
        session,
        [
            Outcome(first, 1, MessageState.ACCEPTED, NOW, wamid="wamid.1"),
            Outcome(second, 1, MessageState.UNKNOWN, NOW, detail="no_answer"),
            Outcome(third, 1, MessageState.REJECTED, NOW, code=131026),
        ],
    )
    await session.execute(
        text("UPDATE campaigns SET status = 'completed', finished_at = :at WHERE id = :id"),
        {"at": at, "id": launched.id},
    )
    await session.execute(
        text("INSERT INTO campaign_exclusions VALUES (:id, gen_random_uuid(), 'opted_out')"),
        {"id": launched.id},
    )
    return launched


async def clean(session: AsyncSession) -> None:
    """What the hourly clean-up does with messages and campaigns, everything at once."""
    while await lives.let_people_go(session, NOW, KEPT):
        pass
    await lives.purge_people(session)
    assert await lives.purge_messages(session, NOW, KEPT, NIL) is None
    assert await lives.purge_attempts(session, NOW, KEPT, NIL) is None


async def some_time_later(session: AsyncSession) -> None:
    await session.execute(
        text("UPDATE campaigns SET people_gone_at = people_gone_at - interval '63 days'")
    )


async def test_an_old_campaign_lets_its_people_go_and_then_their_messages(
    session: AsyncSession,
) -> None:
    launched = await ended(session, OLD)
    before = await report.report(session, launched.id)
    await clean(session)
    # The month may take its people along as a whole; while they are there, so are the messages.
    assert await count(session, "campaign_recipients") == 3
    assert await count(session, "messages") == 3
    await some_time_later(session)
    await clean(session)
    assert await count(session, "campaign_recipients") == 0
    assert await count(session, "campaign_exclusions") == 0
    assert await count(session, "messages") == 0
    assert await count(session, "message_attempts") == 0

    after = await report.report(session, launched.id)
    assert after.campaign.progress == before.campaign.progress
    assert (after.failures, after.exclusions) == (before.failures, before.exclusions)
    assert len(after.failures) == 2
    assert after.exclusions == {"opted_out": 1}


async def test_a_campaign_that_ended_lately_or_not_at_all_keeps_everything(
    session: AsyncSession,
) -> None:
    await ended(session, OLD + timedelta(days=2))
    await clean(session)
    await session.execute(text("UPDATE campaigns SET status = 'running', finished_at = NULL"))
    await clean(session)
    assert await count(session, "campaigns WHERE people_gone_at IS NULL") == 1
    assert await count(session, "campaign_recipients") == 3
    assert await count(session, "messages") == 3
    assert await count(session, "message_attempts") == 2


async def test_nobody_opens_a_campaign_again_whose_people_have_gone(session: AsyncSession) -> None:
    launched = await ended(session, OLD)
    await clean(session)
    for choice in Choice:
        with pytest.raises(Conflict) as refused:
            await resolve.resolve(session, launched.id, SYSTEM, choice, None)
        assert refused.value.code == "people_gone"
    with pytest.raises(Conflict) as refused:
        await retry.retry(session, launched.id, SYSTEM, NOW)
    assert refused.value.code == "people_gone"
    assert (await retry.offer(session, await report.one(session, launched.id))).people == 0


async def test_a_message_never_goes_before_the_place_in_the_campaign(session: AsyncSession) -> None:
    """Or the place would look like somebody whom nobody has written to (law 2)."""
    launched = await ended(session, OLD)
    await clean(session)
    await some_time_later(session)
    await session.execute(
        text("DELETE FROM campaign_recipients WHERE seq = 1")
    )  # a step that came no further
    await lives.purge_messages(session, NOW, KEPT, NIL)
    left = await session.scalars(text("SELECT seq FROM messages ORDER BY seq"))
    assert list(left) == [2, 3]
    assert await claims.first_fresh(session, launched.span) is None


async def _said(session: AsyncSession, thread: threads.Thread, at: datetime, words: str) -> UUID:
    message_id = id_at(at, 0)
    await session.execute(
        text("""INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, body, wamid,
            created_at) VALUES (:id, :channel, :contact, 'in', 'customer', 'text', 'received', :words, :words, :at)"""),
        {
            "id": message_id, "channel": thread.channel_id, "contact": thread.contact_id,
            "words": words, "at": at,
        },
    )  # fmt: skip
    for table, more in (
        ("message_reactions", "author_id, emoji"),
        ("message_changes", "kind, body"),
    ):
        values = "contact_id, '👍'" if "emoji" in more else "'edit', 'x'"
        await session.execute(
            text(f"""INSERT INTO {table} (channel_id, wamid, contact_id, at, {more})
            SELECT channel_id, wamid, contact_id, created_at, {values} FROM messages WHERE id = :id"""),
            {"id": message_id},
        )
    await session.execute(
        text("INSERT INTO media_files (message_id) VALUES (:id)"), {"id": message_id}
    )
    await session.execute(
        text("""UPDATE conversations SET preview = :words, last_message_id = :id, last_message_at = :at,
            unread = 1 WHERE id = :thread"""),
        {"id": message_id, "words": words, "at": at, "thread": thread.id},
    )
    return message_id


async def _thread(session: AsyncSession, thread: threads.Thread) -> tuple[Any, ...]:
    found = await session.execute(
        text("SELECT preview, unread, older_gone FROM conversations WHERE id = :id"),
        {"id": thread.id},
    )
    return tuple(found.one())


async def test_a_thread_loses_what_is_old_and_says_so(session: AsyncSession) -> None:
    channel_id = await factories.channel(session, Vault([new_key()]))
    silent = await threads.thread(session, channel_id)
    talking = await threads.thread(session, channel_id)
    young = await threads.thread(session, channel_id)
    await _said(session, silent, OLD, "old words")
    await _said(session, talking, OLD, "older words")
    newest = await _said(session, talking, NOW, "new words")
    await _said(session, young, OLD + timedelta(days=2), "young words")
    await clean(session)
    assert await _thread(session, silent) == ("", 0, True)
    assert await _thread(session, talking) == ("new words", 1, True)
    assert await _thread(session, young) == ("young words", 1, False)
    shown = await read.thread(session, channel_id, talking.contact_id)
    assert [message.id for message in shown.messages] == [newest]
    for table in ("messages", "message_reactions", "message_changes", "media_files"):
        assert await count(session, table) == 2


async def test_a_walk_goes_on_where_it_came_to(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lives, "STEP", 2)
    channel_id = await factories.channel(session, Vault([new_key()]))
    thread = await threads.thread(session, channel_id)
    for hour in range(5):
        await _said(session, thread, OLD - timedelta(hours=hour), str(hour))
    after: UUID | None = NIL
    steps = 0
    while after is not None:
        after = await lives.purge_messages(session, NOW, KEPT, after)
        steps += 1
    assert (steps, await count(session, "messages")) == (3, 0)


async def _parts(session: AsyncSession, table: str) -> set[str]:
    found = await session.scalars(text("SELECT part FROM months_of(:table)"), {"table": table})
    return set(found)


async def _month(session: AsyncSession, table: str, at: datetime) -> str:
    """A part for a month long past, beside that of the time before there were months."""
    name = f"{table}_y{at:%Y}m{at:%m}"
    start = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    low, high = first_id(start), first_id((start + timedelta(days=32)).replace(day=1))
    await session.execute(text(f"DROP TABLE {table}_before"))
    await session.execute(
        text(f"CREATE TABLE {name} PARTITION OF {table} FOR VALUES FROM ('{low}') TO ('{high}')")
    )
    return name


@pytest.mark.parametrize("table", PARTED)
async def test_every_month_has_its_part_in_time_and_the_rest_takes_what_has_none(
    session: AsyncSession, table: str
) -> None:
    assert await lives.prepare_months(session) == 0  # as the migration left it
    await session.execute(text(f"DROP TABLE {table}_before"))
    made = await lives.prepare_months(session)
    assert 1 <= made <= 4
    this = f"{table}_y{NOW:%Y}m{NOW:%m}"
    assert this in await _parts(session, table)
    assert len(await _parts(session, table)) == 4
    for when, where in ((NOW, this), (NOW + timedelta(days=400), f"{table}_rest")):
        if table == "message_attempts":
            await session.execute(
                text(
                    "INSERT INTO message_attempts (message_id, attempt, outcome) VALUES (:id, 1, 'retry')"
                ),
                {"id": id_at(when, 0)},
            )
            assert await count(session, where) == 1


async def test_a_month_that_the_rest_has_rows_of_is_left_to_it(session: AsyncSession) -> None:
    await session.execute(text("DROP TABLE message_attempts_before"))
    await session.execute(
        text(
            "INSERT INTO message_attempts (message_id, attempt, outcome) VALUES (:id, 1, 'retry')"
        ),
        {"id": new_id()},
    )
    await lives.prepare_months(session)
    assert f"message_attempts_y{NOW:%Y}m{NOW:%m}" not in await _parts(session, "message_attempts")
    assert await count(session, "message_attempts") == 1


async def test_a_month_of_attempts_goes_when_its_messages_have(session: AsyncSession) -> None:
    part = await _month(session, "message_attempts", OLD)
    channel_id = await factories.channel(session, Vault([new_key()]))
    message_id = await _said(session, await threads.thread(session, channel_id), OLD, "old")
    await session.execute(
        text(
            "INSERT INTO message_attempts (message_id, attempt, outcome) VALUES (:id, 1, 'retry')"
        ),
        {"id": message_id},
    )
    assert await lives.drop_months(session) == 0
    assert await count(session, part) == 1
    await lives.purge_messages(session, NOW, KEPT, NIL)
    assert await lives.drop_months(session) == 1
    assert await count(session, "message_attempts") == 0


@pytest.mark.parametrize("table", ["campaign_recipients", "campaign_exclusions"])
async def test_a_month_of_campaigns_goes_when_all_of_them_let_their_people_go(
    session: AsyncSession, table: str
) -> None:
    part = await _month(session, table, OLD)
    await ended(session, NOW)
    old_id = id_at(OLD, 0)
    for statement in (
        "INSERT INTO campaigns (id, name, status, finished_at) VALUES (:id, 'Old', 'completed', :at)",
        "INSERT INTO campaign_recipients SELECT :id, seq, contact_id, phone, variables FROM campaign_recipients",
        "INSERT INTO campaign_exclusions SELECT :id, contact_id, reason FROM campaign_exclusions",
    ):
        await session.execute(text(statement), {"id": old_id, "at": OLD})
    rows = await count(session, table)
    assert await count(session, part) == rows / 2 > 0
    assert await lives.drop_months(session) == 0
    await lives.let_people_go(session, NOW, KEPT)
    assert await lives.drop_months(session) == 1
    assert await count(session, table) == rows / 2
