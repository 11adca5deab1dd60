"""The 24-hour budget of a portfolio: never exceeded by concurrent requests, and free again when its time is over."""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from services.vault import Vault, new_key
from store.sending import budget, claims
from store.sending.claims import Taken
from store.tables.channels import ChannelRow
from tests import factories
from tests.factories import LaunchedCampaign
from tests.store import races
from tests.store.races import Sessions

HOUR = timedelta(hours=1)
DAY = 24 * HOUR


async def _number(session: AsyncSession, limit: int | None) -> UUID:
    channel_id = await factories.channel(session, Vault([new_key()]))
    await _limit(session, limit)
    return channel_id


async def _limit(session: AsyncSession, limit: int | None) -> None:
    await session.execute(text("UPDATE portfolios SET messaging_limit = :n"), {"n": limit})


async def _passes(session: AsyncSession, time: timedelta) -> None:
    """Time passes: everything recorded moves into the past."""
    for change in (
        "UPDATE portfolio_recipients SET at = at - CAST(:time AS interval)",
        "UPDATE portfolio_usage SET minute = minute - CAST(:time AS interval)",
    ):
        await session.execute(text(change), {"time": time})


async def _used(session: AsyncSession) -> int:
    query = "SELECT coalesce(sum(people), 0) FROM portfolio_usage"
    return int((await session.scalar(text(query))) or 0)


async def test_a_person_counts_once_a_day_and_again_after_it(session: AsyncSession) -> None:
    number, person, other = await _number(session, 1), new_id(), new_id()
    assert [await budget.reserve(session, number, person) for _ in range(3)] == [True] * 3
    assert await _used(session) == 1
    assert not await budget.reserve(session, number, other)
    await _passes(session, DAY - timedelta(minutes=2))
    assert not await budget.reserve(session, number, other)
    await _passes(session, timedelta(minutes=3))
    assert await budget.reserve(session, number, other)
    assert not await budget.reserve(session, number, person)  # their day is over as well


@pytest.mark.parametrize(("limit", "room"), [(None, 5), (0, 0), (-1, 0), (3, 3), (5, 5), (9, 5)])
async def test_no_more_people_than_the_limit_and_all_where_there_is_none(
    session: AsyncSession, limit: int | None, room: int
) -> None:
    number = await _number(session, limit)
    found = [await budget.reserve(session, number, new_id()) for _ in range(5)]
    assert found == [True] * room + [False] * (5 - room)
    assert await _used(session) == (0 if limit is None else room)


async def test_a_limit_that_meta_lowers_below_what_was_used_lets_nobody_new_through(
    session: AsyncSession,
) -> None:
    number, known = await _number(session, 4), new_id()
    for person in (known, *(new_id() for _ in range(3))):
        assert await budget.reserve(session, number, person)
    await _limit(session, 2)
    assert not await budget.reserve(session, number, new_id())


async def test_two_numbers_of_a_portfolio_share_its_budget(session: AsyncSession) -> None:
    first, person = await _number(session, 2), new_id()
    one = await session.get_one(ChannelRow, first)
    second = ChannelRow(
        portfolio_id=one.portfolio_id, name="Second", phone_number_id="2", waba_id="2",
        api_url=one.api_url, access_token=b"", app_secret=b"", verify_token=b"",
    )  # fmt: skip
    session.add(second)
    await session.flush()
    assert await budget.reserve(session, first, person)
    assert await budget.reserve(session, second.id, person)  # counted already
    assert await budget.reserve(session, second.id, new_id())
    assert not await budget.reserve(session, first, new_id())


async def test_everybody_at_once_never_passes_the_limit(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        number = await _number(session, 7)
    people = [new_id() for _ in range(20)]

    def asks(person: UUID) -> races.Act:
        return lambda session: budget.reserve(session, number, person)

    found = await races.at_once(sessions, *(asks(person) for person in people))
    async with sessions() as session:
        assert (found.count(True), await _used(session)) == (7, 7)


async def test_one_person_on_two_connections_at_once_counts_once(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        number = await _number(session, 1)
    person = new_id()
    found = await races.at_once(
        sessions, *(lambda session: budget.reserve(session, number, person) for _ in range(8))
    )
    async with sessions() as session:
        assert (found, await _used(session)) == ([True] * 8, 1)


@dataclass(slots=True)
class Model:
    """The rule in Python: whom a portfolio wrote to when, by hours that passed."""

    limit: int
    now: int = 0
    first: list[int] = field(default_factory=list)
    last: dict[UUID, int] = field(default_factory=dict)

    def reserve(self, person: UUID) -> bool:
        if self.now - self.last.get(person, -99) < 24:
            return sum(self.now - at < 24 for at in self.first) <= self.limit
        if sum(self.now - at < 24 for at in self.first) >= self.limit:
            return False
        self.first.append(self.now)
        self.last[person] = self.now
        return True


@pytest.mark.parametrize("seed", range(6))
async def test_any_sequence_is_what_the_rule_in_python_says(
    session: AsyncSession, seed: int
) -> None:
    chance = Random(seed)
    limit = chance.randint(1, 6)
    number, model = await _number(session, limit), Model(limit)
    people = [new_id() for _ in range(10)]
    for _ in range(40):
        if chance.random() < 0.3:
            hours = chance.randint(1, 13)
            await _passes(session, hours * HOUR)
            model.now += hours
            # Half a minute of ours is no hour of the model's.
        person = chance.choice(people)
        assert await budget.reserve(session, number, person) is model.reserve(person)
        assert await _used(session) == len(model.first)


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        ({}, HOUR),
        ({0: 10}, DAY),
        ({23 * 60: 10}, HOUR),
        ({24 * 60 + 5: 10}, HOUR),  # older than a day is no longer in it
        ({23 * 60: 4, 10 * 60: 1, 60: 5}, 14 * HOUR),  # a twentieth of 100 is five people
        ({24 * 60 - 1: 10}, timedelta(minutes=1)),
    ],
)
async def test_a_campaign_waits_until_a_twentieth_of_the_budget_is_free(
    session: AsyncSession, used: dict[int, int], expected: timedelta
) -> None:
    number = await _number(session, 100)
    for minutes, people in used.items():
        await session.execute(
            text("""INSERT INTO portfolio_usage SELECT id,
                date_trunc('minute', clock_timestamp()) - CAST(:ago AS interval), :people FROM portfolios"""),
            {"ago": timedelta(minutes=minutes), "people": people},
        )
    assert abs(await budget.wait(session, number) - expected) <= timedelta(minutes=2)


async def test_what_no_budget_needs_is_forgotten_in_portions(session: AsyncSession) -> None:
    number = await _number(session, 100)
    for _ in range(3):
        await budget.reserve(session, number, new_id())
    assert await budget.forget(session, 10) == 0
    await _passes(session, DAY + 2 * HOUR)
    assert [await budget.forget(session, 2) for _ in range(3)] == [2, 1, 0]
    assert await _used(session) == 3  # minutes stay for three days
    await _passes(session, 2 * DAY)
    await budget.forget(session, 2)
    assert await _used(session) == 0


async def _limited(session: AsyncSession, count: int, limit: int) -> LaunchedCampaign:
    campaign = await factories.campaign(session, Vault([new_key()]), count)
    await _limit(session, limit)
    return campaign


async def _claim(session: AsyncSession, campaign: LaunchedCampaign, count: int) -> Taken:
    await budget.lock(session, campaign.channel_id)
    ids = sorted(new_id() for _ in range(count))
    return await claims.claim_fresh(session, campaign.span, 0, ids, "me/1", limited=True)


async def test_a_claim_takes_people_in_order_until_the_budget_ends(session: AsyncSession) -> None:
    campaign = await _limited(session, 6, 3)
    await session.execute(
        text("""INSERT INTO conversations (id, channel_id, contact_id, window_expires_at)
        SELECT gen_random_uuid(), :channel_id, contact_id, now() + interval '1 hour'
        FROM campaign_recipients WHERE seq IN (2, 5)"""),
        {"channel_id": campaign.channel_id},
    )  # open windows cost nothing
    await session.execute(text("""UPDATE contacts SET blocked_at = now()
        FROM campaign_recipients r WHERE r.contact_id = contacts.id AND r.seq = 3"""))  # fmt: skip
    taken = await _claim(session, campaign, 6)
    seqs = text("SELECT seq, state FROM messages ORDER BY seq")
    assert [tuple(row) for row in await session.execute(seqs)] == [
        (1, "sending"), (2, "sending"), (3, "refused"), (4, "sending"), (5, "sending"), (6, "sending"),
    ]  # fmt: skip
    assert (len(taken.items), taken.spent, await _used(session)) == (5, False, 3)


async def test_behind_the_first_whom_the_budget_leaves_out_only_answers_may_go(
    session: AsyncSession,
) -> None:
    """Whoever comes after the end of the budget is taken if they cost nothing; the cursor stops at the gap."""
    campaign = await _limited(session, 4, 1)
    taken = await _claim(session, campaign, 4)
    assert (len(taken.items), taken.spent) == (1, True)
    assert taken.items[0].phone.endswith("0") or taken.items[0].phone
    assert await claims.first_fresh(session, campaign.span) == 2


async def test_two_claims_at_once_keep_to_the_budget(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        campaign = await _limited(session, 20, 9)

    async def claim(session: AsyncSession) -> int:
        return len((await _claim(session, campaign, 20)).items)

    assert sum(await races.at_once(sessions, *(claim for _ in range(5)))) == 9
    async with sessions() as session:
        assert await _used(session) == 9
