"""A message is claimed again only when it is due, in its own span, by one sender, and if the gate still allows it."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.ids import new_id
from store import leaving
from store.sending import claims
from store.sending.claims import Span
from store.tables.contacts import ContactRow
from tests.store import races
from tests.store.ledgers import Ledger, ledger
from tests.store.races import Sessions

SECOND = timedelta(seconds=1)


async def _waiting(session: AsyncSession, count: int, **more: str) -> Ledger:
    """So many messages that wait for their second try, due already."""
    made = await ledger(session, count, **more)
    await made.put(["queued"] * count)
    await made.run("UPDATE messages SET next_try_at = clock_timestamp() - interval '1 second'")
    return made


async def _again(made: Ledger, span: Span, wanted: int = 100) -> list[int]:
    """Places of those that a sender takes."""
    taken = await claims.claim_again(made.session, span, wanted, "me/2")
    return [made.ids.index(item.message_id) for item in taken.items]


async def test_only_what_is_due_and_in_the_span_is_taken_in_its_order(
    session: AsyncSession,
) -> None:
    made = await _waiting(session, 8)
    await made.run(
        "UPDATE messages SET next_try_at = clock_timestamp() + interval '1 minute' WHERE id = ANY(:ids)",
        ids=made.ids[2:4],
    )
    await made.run("UPDATE messages SET state = 'unknown' WHERE id = :id", id=made.ids[4])
    part = Span(made.campaign.id, made.campaign.channel_id, 2, 7)
    assert await _again(made, part, 2) == [1, 5]
    assert await _again(made, part) == [6]
    assert await _again(made, made.campaign.span) == [0, 7]
    assert await _again(made, made.campaign.span) == []
    rows = [(row["attempt"], row["claimed_by"], row["next_try_at"]) for row in await made.rows()]
    assert [rows[n] for n in (0, 1, 5, 6, 7)] == [(2, "me/2", None)] * 5


async def test_how_long_until_the_next_is_due_and_who_is_the_first_without_a_message(
    session: AsyncSession,
) -> None:
    made = await _waiting(session, 5)
    await made.run("DELETE FROM messages WHERE id = ANY(:ids)", ids=made.ids[3:])
    await made.run("UPDATE messages SET next_try_at = NULL WHERE id = :id", id=made.ids[0])
    for place, minutes in ((1, 7), (2, 3)):
        await made.run(
            """UPDATE messages SET next_try_at = clock_timestamp() + CAST(:wait AS interval)
            WHERE id = :id""",
            wait=timedelta(minutes=minutes), id=made.ids[place],
        )  # fmt: skip
    whole, campaign = made.campaign.span, made.campaign
    wait = await claims.next_try(session, whole)
    assert wait is not None
    assert timedelta(minutes=2) < wait <= timedelta(minutes=3)
    first = Span(campaign.id, campaign.channel_id, 1, 1)
    assert await claims.next_try(session, first) is None
    assert await claims.first_fresh(session, first) is None
    assert await claims.first_fresh(session, whole) == 4
    assert await claims.first_fresh(session, Span(campaign.id, campaign.channel_id, 5, 9)) == 5
    await made.run("UPDATE messages SET state = 'sending'")
    assert await claims.next_try(session, whole) is None


async def test_the_gate_is_asked_again_before_a_second_try(session: AsyncSession) -> None:
    made = await _waiting(session, 4, category="MARKETING")
    people = [row["contact_id"] for row in await made.rows()]
    await made.run("UPDATE contacts SET marketing_opt_out_at = now() WHERE id = :id", id=people[0])
    await made.run("UPDATE contacts SET blocked_at = now() WHERE id = :id", id=people[1])
    await made.run("DELETE FROM contacts WHERE id = :id", id=people[2])
    assert await _again(made, made.campaign.span) == [3]
    refused = [row["error_detail"] for row in await made.rows() if row["state"] == "refused"]
    assert refused == ["opted_out", "contact_blocked", "contact_deleted"]
    await made.assert_counted()


async def test_who_is_about_to_be_deleted_waits_untried_and_goes_on_if_they_stay(
    session: AsyncSession,
) -> None:
    made = await _waiting(session, 2)
    first = (await made.row())["contact_id"]
    wanted = ContactRow.id == first
    after = timedelta(seconds=15)
    deletion, _ = await leaving.note_contacts(session, SYSTEM, wanted, after, contact_id=first)
    assert await _again(made, made.campaign.span) == [1]
    row = await made.row()
    assert (row["state"], row["attempt"], row["error_detail"]) == ("queued", 1, None)
    wait = await claims.next_try(session, made.campaign.span)
    assert wait is not None
    assert after < wait <= after + timedelta(seconds=3)
    await leaving.forget(session, deletion)
    await made.run("UPDATE messages SET next_try_at = clock_timestamp() WHERE state = 'queued'")
    assert await _again(made, made.campaign.span) == [0]
    await made.assert_counted()


async def test_what_a_twin_holds_is_passed_by_and_nobody_gets_two(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        made = await _waiting(session, 12)

    async def take(session: AsyncSession) -> list[object]:
        taken = await claims.claim_again(session, made.campaign.span, 5, f"{new_id()}/1")
        return [item.message_id for item in taken.items]

    taken = await races.at_once(sessions, *(take for _ in range(4)))
    ids = [id_ for part in taken for id_ in part]
    assert len(ids) == len(set(ids))
    async with sessions.begin() as session:
        ids += await take(session) + await take(session) + await take(session)
        assert sorted(map(str, ids)) == sorted(map(str, made.ids))
        attempts = await session.scalars(text("SELECT DISTINCT attempt FROM messages"))
        assert list(attempts) == [2]


async def test_two_fresh_claims_of_the_same_people_never_wait_for_each_other_crosswise(
    sessions: Sessions,
) -> None:
    """The second finds nobody left: the unique key decides, and the counters match."""
    async with sessions.begin() as session:
        made = await ledger(session, 30)
        await made.run("DELETE FROM messages")
        await made.run("UPDATE campaign_counters SET sending = 0")

    async def take(session: AsyncSession) -> int:
        ids = [new_id() for _ in range(30)]
        taken = await claims.claim_fresh(session, made.campaign.span, 0, ids, f"{new_id()}/1")
        return len(taken.items)

    assert sum(await races.at_once(sessions, *(take for _ in range(4)))) == 30
    async with sessions() as session:
        await Ledger(session, made.campaign, made.ids).assert_counted()


@pytest.mark.parametrize(
    ("after", "ids", "seqs"),
    [(0, 3, [1, 2, 3]), (2, 2, [3, 4]), (4, 9, [5]), (5, 3, []), (0, 0, [])],
)
async def test_a_claim_reaches_as_far_as_its_ids_and_never_beyond_its_span(
    session: AsyncSession, after: int, ids: int, seqs: list[int]
) -> None:
    made = await ledger(session, 6)
    await made.run("DELETE FROM messages")
    span = Span(made.campaign.id, made.campaign.channel_id, 1, 5)
    await claims.claim_fresh(session, span, after, [new_id() for _ in range(ids)], "me/1")
    assert [seq for (seq,) in await made.read("SELECT seq FROM messages ORDER BY seq")] == seqs


async def test_abandoning_waits_in_one_order_and_leaves_other_spans_alone(
    sessions: Sessions,
) -> None:
    async with sessions.begin() as session:
        made = await ledger(session, 5)
        await made.run("UPDATE messages SET claimed_by = 'me_1/1' WHERE id = :id", id=made.ids[0])
    span = Span(made.campaign.id, made.campaign.channel_id, 1, 4)
    await races.assert_waits_in_order(
        sessions, lambda session: claims.abandon_others(session, span, "heir"),
        "SELECT id FROM messages WHERE id = ANY(:keys) ORDER BY id FOR UPDATE", made.ids,
    )  # fmt: skip
    async with sessions() as session:
        left = Ledger(session, made.campaign, made.ids)
        assert await left.states() == ["unknown"] * 4 + ["sending"]
        await left.assert_counted()
