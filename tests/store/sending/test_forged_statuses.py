"""News about a message that are somebody else's, about an earlier attempt, or odd: they move nothing they should not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.messages import STATUS_RANK, MessageState
from store.sending import statuses
from store.sending.statuses import StatusUpdate
from tests import threads
from tests.store import races
from tests.store.ledgers import NOW, Ledger, ledger
from tests.store.races import Sessions

DELIVERED, FAILED, READ = MessageState.DELIVERED, MessageState.FAILED, MessageState.READ
LATER = NOW + timedelta(hours=24)


def _news(made: Ledger, state: MessageState = DELIVERED, **more: Any) -> StatusUpdate:
    update = StatusUpdate("wamid.1", made.ids[0], 1, state)
    match state:
        case MessageState.DELIVERED:
            update.delivered_at = NOW
        case MessageState.READ:
            update.read_at = NOW
        case MessageState.FAILED:
            update.failed_at, update.code, update.detail = NOW, 131049, "because"
        case _:
            update.sent_at = NOW
    return replace(update, **more)


async def _accepted(session: AsyncSession, **columns: Any) -> Ledger:
    made = await ledger(session)
    await made.put(["accepted"], wamid="wamid.1", accepted_at=NOW, **columns)
    return made


@pytest.mark.parametrize(
    "change",
    [
        {"wamid": "wamid.of another"},
        {"channel_id": new_id()},
        {"message_id": new_id()},
        {"wamid": "wamid.of another", "attempt": None},
    ],
)
@pytest.mark.parametrize("state", [DELIVERED, FAILED])
async def test_news_of_somebody_else_change_nothing(
    session: AsyncSession, change: dict[str, Any], state: MessageState
) -> None:
    made = await _accepted(session)
    before = await made.rows()
    applied = await statuses.apply(session, [_news(made, state, retry_at=LATER, **change)])
    assert (applied.touched, applied.failures) == ([], [])
    assert await made.rows() == before
    assert await made.logged() == []


async def test_what_a_customer_wrote_has_no_status(session: AsyncSession) -> None:
    made = await _accepted(session)
    on = await threads.thread(session, made.campaign.channel_id)
    inbound = await threads.message(session, on, wamid="wamid.1")
    await statuses.apply(session, [_news(made, READ, message_id=inbound, attempt=None)])
    assert (await made.row(inbound))["state"] == "received"


@pytest.mark.parametrize("attempt", [None, 2])
async def test_news_that_name_no_attempt_are_about_the_last(
    session: AsyncSession, attempt: int | None
) -> None:
    made = await _accepted(session, attempt=2)
    [channel_id] = [made.campaign.channel_id]
    await statuses.apply(session, [_news(made, attempt=attempt, channel_id=channel_id)])
    assert await made.states() == ["delivered"]


@pytest.mark.parametrize(
    ("logged", "after"),
    [(None, "delivered"), ("wamid.1", "delivered"), ("wamid.0", "queued")],
)
async def test_an_earlier_attempt_that_arrived_after_all_needs_the_id_it_was_given(
    session: AsyncSession, logged: str | None, after: str
) -> None:
    made = await ledger(session)
    await made.put(["queued"], attempt=2, next_try_at=LATER)
    await made.run(
        "INSERT INTO message_attempts (message_id, attempt, outcome, wamid) VALUES (:id, 1, 'failed', :wamid)",
        id=made.ids[0], wamid=logged,
    )  # fmt: skip
    await statuses.apply(session, [_news(made)])
    row = await made.row()
    assert row["state"] == after
    assert row["next_try_at"] == (LATER if after == "queued" else None)


async def test_an_earlier_attempt_that_failed_is_old_news(session: AsyncSession) -> None:
    made = await _accepted(session, attempt=2)
    before = await made.rows()
    applied = await statuses.apply(session, [_news(made, FAILED, retry_at=LATER)])
    assert (await made.rows(), applied.failures) == (before, [])


@pytest.mark.parametrize(
    "status", ["scheduled", "running", "paused", "held", "stopped", "completed"]
)
@pytest.mark.parametrize("again", [True, False])
async def test_a_failure_is_tried_again_only_in_a_campaign_under_way(
    session: AsyncSession, status: str, again: bool
) -> None:
    made = await _accepted(session)
    await made.run("UPDATE campaigns SET status = :status", status=status)
    retry_at = LATER if again else None
    applied = await statuses.apply(session, [_news(made, FAILED, retry_at=retry_at)])
    queued = again and status not in ("stopped", "completed")
    row = await made.row()
    assert (row["state"], row["next_try_at"]) == (("queued", LATER) if queued else ("failed", None))
    # The next attempt begins with nothing of this one but the reason.
    kept = (None, None, None) if queued else ("wamid.1", NOW, NOW)
    assert (row["wamid"], row["accepted_at"], row["failed_at"]) == kept
    assert (row["error_code"], row["error_detail"]) == (131049, "because")
    assert [failure.code for failure in applied.failures] == [131049]
    assert await made.logged() == ([(1, "failed", 131049, "because")] if queued else [])
    await made.assert_counted()


async def test_a_single_message_that_failed_is_nobody_s_next_try(session: AsyncSession) -> None:
    made = await _accepted(session)
    on = await threads.thread(session, made.campaign.channel_id)
    message_id = await threads.sent(session, on, "accepted", wamid="wamid.1", attempt=1)
    update = _news(made, FAILED, retry_at=LATER, message_id=message_id)
    applied = await statuses.apply(session, [update])
    assert (await made.row(message_id))["state"] == "failed"
    [touched], [failure] = applied.touched, applied.failures
    assert (touched.campaign_id, touched.contact_id, touched.channel_id) == (
        None, on.contact_id, on.channel_id,
    )  # fmt: skip
    assert (failure.message_id, failure.campaign_id) == (message_id, None)


async def test_times_are_learned_once_and_a_read_message_was_delivered(
    session: AsyncSession,
) -> None:
    made = await _accepted(session)
    await statuses.apply(session, [_news(made, READ)])
    late = replace(
        _news(made, MessageState.SENT), sent_at=LATER, delivered_at=LATER, pricing="utility/regular"
    )
    for _ in range(2):
        await statuses.apply(session, [late])
    row = await made.row()
    assert [row[name] for name in ("accepted_at", "sent_at", "delivered_at", "read_at", "pricing")] == [
        NOW, LATER, NOW, NOW, "utility/regular",
    ]  # fmt: skip
    assert row["state"] == "read"


async def test_why_an_outcome_was_in_doubt_is_forgotten_once_it_is_known(
    session: AsyncSession,
) -> None:
    made = await ledger(session)
    await made.put(["unknown"], error_detail="sender_died")
    await statuses.apply(session, [_news(made)])
    row = await made.row()
    assert (row["state"], row["error_detail"], row["wamid"]) == ("delivered", None, "wamid.1")


async def test_batches_of_statuses_wait_in_one_order(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        made = await ledger(session, 4)
    news = [_news(made, message_id=id_, wamid=f"wamid.{id_}") for id_ in reversed(made.ids)]
    await races.assert_waits_in_order(
        sessions, lambda session: statuses.apply(session, news),
        "SELECT id FROM messages WHERE id = ANY(:keys) ORDER BY id FOR UPDATE", made.ids,
    )  # fmt: skip
    async with sessions() as session:
        left = Ledger(session, made.campaign, made.ids)
        assert await left.states() == ["delivered"] * 4
        await left.assert_counted()


async def test_a_status_that_meets_our_own_record_ends_ahead_of_it(sessions: Sessions) -> None:
    """Whichever transaction comes first, WhatsApp's later state is kept."""
    async with sessions.begin() as session:
        made = await ledger(session, 20)
    news = [_news(made, message_id=id_, wamid=f"wamid.{id_}") for id_ in made.ids]
    sent = [
        replace(update, state=MessageState.SENT, delivered_at=None, sent_at=NOW)
        for update in reversed(news)
    ]
    await races.at_once(
        sessions,
        *(lambda session, part=part: statuses.apply(session, part) for part in (news, sent, news)),
    )  # fmt: skip
    async with sessions() as session:
        left = Ledger(session, made.campaign, made.ids)
        assert await left.states() == ["delivered"] * 20
        await left.assert_counted()


async def test_a_reply_finds_its_message_only_on_the_number_it_left_from(
    session: AsyncSession,
) -> None:
    made = await _accepted(session)
    row = await made.row()
    [(number,)] = await made.read("SELECT phone_number_id FROM channels")
    asked = [
        (number, row["contact_id"], "wamid.1"), ("another", row["contact_id"], "wamid.1"),
        (number, new_id(), "wamid.1"), (number, row["contact_id"], "wamid.2"),
    ]  # fmt: skip
    numbers, people, wamids = (list(part) for part in zip(*asked, strict=True))
    found = await statuses.by_wamid(session, numbers, people, wamids)
    assert found == [row["id"], None, None, None]


@pytest.mark.parametrize("state", STATUS_RANK)
async def test_failed_beats_what_only_left_and_never_what_arrived(
    session: AsyncSession, state: MessageState
) -> None:
    made = await ledger(session)
    await made.put([state], wamid="wamid.1")
    await statuses.apply(session, [_news(made, FAILED)])
    arrived = (DELIVERED, READ, MessageState.PLAYED)
    waits = state is MessageState.QUEUED  # it took the failure into account already
    assert await made.states() == [state if waits or state in arrived else "failed"]


async def test_a_failure_without_a_code_keeps_its_words(session: AsyncSession) -> None:
    made = await _accepted(session, error_code=None, error_detail=None)
    await statuses.apply(session, [_news(made, FAILED, code=None, detail="Something else")])
    row = await made.row()
    assert (row["state"], row["error_code"], row["error_detail"]) == (
        "failed",
        None,
        "Something else",
    )
