"""Two contacts become one while both have a place in a campaign, in every pair of states at once."""

from dataclasses import replace
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.messages import MessageState
from domain.refusals import Refusal
from store import merging
from store.receiving import identities
from store.sending import claims
from store.sending.claims import Span, Taken
from tests.store import races
from tests.store.ledgers import NOW, Ledger, ledger
from tests.store.races import Sessions

NOT_YET = (None, "queued")
"""States from which a sender would still send; None is nobody's message yet."""

STATES = (None, *(state.value for state in MessageState if state is not MessageState.RECEIVED))
PAIRS = list(product(STATES, repeat=2))
REACHED = ("sending", "unknown", "accepted", "sent", "delivered", "read", "played")
"""States of a message that reached somebody, or may have."""


async def _pairs(session: AsyncSession, status: str) -> tuple[Ledger, list[tuple[UUID, UUID]]]:
    """Places 1 and 2 are the first pair, and so on; whoever has the even place goes."""
    made = await ledger(session, 2 * len(PAIRS))
    states = [state for pair in PAIRS for state in pair]
    await made.put([state or "queued" for state in states])
    nobody = [made.ids[place] for place, state in enumerate(states) if state is None]
    await made.run("DELETE FROM messages WHERE id = ANY(:ids)", ids=nobody)
    await made.put([state or "queued" for state in states], next_try_at=NOW)  # counts again
    await made.run("UPDATE campaigns SET status = :status", status=status)
    people = [
        row[0] for row in await made.read("SELECT contact_id FROM campaign_recipients ORDER BY seq")
    ]
    return made, list(zip(people[1::2], people[::2], strict=True))


async def _places(made: Ledger) -> list[tuple[Any, ...]]:
    return await made.read(
        """SELECT r.contact_id, m.state, m.error_detail, m.next_try_at, m.contact_id
        FROM campaign_recipients r LEFT JOIN messages m USING (campaign_id, seq) ORDER BY r.seq"""
    )


@pytest.mark.parametrize("status", ["scheduled", "running", "paused", "held"])
async def test_of_two_places_at_most_one_is_still_sent_to_and_none_if_one_may_have_been(
    session: AsyncSession, status: str
) -> None:
    made, people = await _pairs(session, status)
    before = await _places(made)
    await identities.lock(session)
    await merging.merge(session, people)
    after = await _places(made)
    for n, ((first, second), (gone, kept)) in enumerate(zip(PAIRS, people, strict=True)):
        was, now = before[2 * n : 2 * n + 2], after[2 * n : 2 * n + 2]
        said = f"{first}, {second}"
        # One place is the person's, the other names who they were; messages are all theirs.
        assert {place[0] for place in now} == {gone, kept}, said
        assert {place[4] for place in now} <= {kept, None}, said
        reached = first in REACHED or second in REACHED
        still = [place for place in now if place[1] in NOT_YET]
        both = first in NOT_YET and second in NOT_YET
        one = first in NOT_YET or second in NOT_YET
        assert len(still) == (0 if reached or not one else 1), said
        if both:
            assert still[0][0] == kept, said
        for old, new in zip(was, now, strict=True):
            if old[1] not in NOT_YET:
                assert new[1:4] == old[1:4], f"what has left or failed stays as it was: {said}"
            elif new[1] not in NOT_YET:
                assert new[1:4] == ("refused", Refusal.SAME_PERSON, None), said
        mine = next(place[1] for place in now if place[0] == kept)
        assert not reached or mine in REACHED, (
            f"the place that counts is the one that reached them: {said}"
        )
    await made.assert_counted()


@pytest.mark.parametrize("status", ["completed", "stopped"])
async def test_a_campaign_that_is_over_keeps_what_it_says(
    session: AsyncSession, status: str
) -> None:
    made, people = await _pairs(session, status)
    before = [place[1:4] for place in await _places(made)]
    await merging.merge(session, people)
    assert [place[1:4] for place in await _places(made)] == before
    await made.assert_counted()


@pytest.mark.parametrize("before", [None, "queued"])
async def test_whoever_is_claimed_while_they_become_one_is_sent_to_once(
    sessions: Sessions, before: str | None
) -> None:
    """Both places were open when the merge looked; a sender has the second one by now, which was to be refused."""
    async with sessions.begin() as session:
        made = await ledger(session, 2)
        query = "SELECT contact_id FROM campaign_recipients ORDER BY seq"
        (kept,), (gone,) = await made.read(query)
        await made.put(["queued"] * 2, next_try_at=NOW)
        if before is None:
            await made.run("DELETE FROM messages")
    first, second = (replace(made.campaign.span, low=seq, high=seq) for seq in (1, 2))

    async def claim(session: AsyncSession, span: Span) -> Taken:
        if before is None:
            return await claims.claim_fresh(session, span, span.low - 1, [new_id()], "one/1")
        return await claims.claim_again(session, span, 1, "one/1")

    async with sessions.begin() as sender:
        assert len((await claim(sender, second)).items) == 1
        merge = races.begun(sessions, lambda own: merging.merge(own, [(gone, kept)]))
        await races.someone_waits(sessions)
    await merge
    async with sessions.begin() as session:
        assert (await claim(session, first)).items == []
        made = replace(made, session=session)
        query = "SELECT r.contact_id, m.state FROM campaign_recipients r JOIN messages m USING (campaign_id, seq)"
        assert sorted(await made.read(query)) == sorted([(kept, "sending"), (gone, "refused")])
        await made.assert_counted()
