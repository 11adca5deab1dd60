"""What a campaign leaves behind ends in portions, only of campaigns that are over, and never for people who stay."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.campaigns import ACTIVE, CampaignStatus
from domain.ids import new_id
from store import leaving
from store.campaigns import entry_ends, people_ends, rates, waiting
from store.tables.campaigns import CampaignRow
from store.tables.contacts import ContactRow
from tests.store.ledgers import NOW, Ledger, ledger
from tests.store.races import Sessions

YEAR = timedelta(days=365)
CHOSEN = ("group_ids", "excluded_group_ids")


async def _over(session: AsyncSession, count: int = 5, *, ago: timedelta = YEAR) -> Ledger:
    made = await ledger(session, count)
    await made.run("UPDATE campaigns SET status = 'completed', finished_at = :at", at=NOW - ago)
    return made


async def _entries(made: Ledger, usable: int, odd: int) -> None:
    await made.run(
        """INSERT INTO campaign_entries (campaign_id, row, phone, phone_key, values, problem)
        SELECT :id, n, '+' || n, n::text, '{"a": "b"}', CASE WHEN n > :usable THEN 'phone_letters' END
        FROM generate_series(1, :all) n""",
        id=made.campaign.id, usable=usable, all=usable + odd,
    )  # fmt: skip


async def _left(made: Ledger, table: str, where: str = "true") -> int:
    [(count,)] = await made.read(f"SELECT count(*) FROM {table} WHERE {where}")
    return int(count)


@pytest.mark.parametrize(("status", "ago"), [("running", None), ("completed", timedelta(days=1))])
async def test_nothing_of_what_is_not_long_over_ends(
    session: AsyncSession, status: str, ago: timedelta | None
) -> None:
    made = await ledger(session, 3)
    at = NOW - ago if ago else None
    await made.run("UPDATE campaigns SET status = :status, finished_at = :at", status=status, at=at)
    await _entries(made, 2, 2)
    before = NOW - YEAR
    assert await entry_ends.purge(session, before, 9) == 0
    assert await entry_ends.blank(session, before, 9) == 0
    assert await rates.purge(session, before, 9) == 0
    assert await people_ends.next_due(session, before) is None
    assert not await people_ends.purge(session, timedelta(0), 9)
    assert await _left(made, "campaign_recipients") == 3


async def test_rows_of_a_file_end_in_portions_and_reasons_stay(session: AsyncSession) -> None:
    made = await _over(session)
    await _entries(made, 5, 3)
    assert [await entry_ends.purge(session, NOW, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert [await entry_ends.blank(session, NOW, 2) for _ in range(3)] == [2, 1, 0]
    assert await _left(made, "campaign_entries", "problem = 'phone_letters' AND phone = ''") == 3


async def test_how_fast_it_went_ends_in_portions(session: AsyncSession) -> None:
    made = await _over(session)
    await made.run(
        """INSERT INTO campaign_rates SELECT :id, CAST(:at AS timestamptz) + n * interval '1 s', 1
        FROM generate_series(1, 5) n""",
        id=made.campaign.id, at=NOW,
    )  # fmt: skip
    assert [await rates.purge(session, NOW, 2) for _ in range(4)] == [2, 2, 1, 0]


async def test_people_go_after_their_figures_are_kept_and_not_before(session: AsyncSession) -> None:
    made = await _over(session)
    assert await people_ends.next_due(session, NOW) == made.campaign.id
    figures: dict[str, object] = {"failures": [], "exclusions": {}}
    await people_ends.mark(session, made.campaign.id, NOW, figures)
    row = await session.get_one(CampaignRow, made.campaign.id)
    assert (row.people_gone_at, row.figures) == (NOW, figures)
    assert await people_ends.next_due(session, NOW) is None
    now: Any = await session.scalar(text("SELECT clock_timestamp()"))
    row.people_gone_at = now - timedelta(hours=2)
    await session.flush()
    assert not await people_ends.purge(session, timedelta(hours=3), 2)  # spared yet
    assert [await people_ends.purge(session, timedelta(hours=1), 2) for _ in range(3)] == [
        True, True, False,
    ]  # fmt: skip
    assert await _left(made, "campaign_recipients") == 0


async def test_two_that_clean_up_take_different_campaigns(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        made = await _over(session)
    async with sessions() as first, sessions() as second:
        assert await people_ends.next_due(first, NOW) == made.campaign.id
        assert await people_ends.next_due(second, NOW) is None


async def test_rows_of_people_who_are_no_contacts_are_forgotten_and_of_those_who_stay_kept(
    session: AsyncSession,
) -> None:
    made = await ledger(session, 3)
    keys = [key for (key,) in await made.read("SELECT phone_key FROM contacts ORDER BY phone_key")]
    people = [id_ for (id_,) in await made.read("SELECT id FROM contacts ORDER BY phone_key")]
    numbers = [*keys, "34655000005", "34699000009"]
    await made.run(
        """INSERT INTO campaign_entries (campaign_id, row, phone, phone_key)
        SELECT :id, n, '+' || k, k FROM unnest(CAST(:keys AS text[])) WITH ORDINALITY AS i(k, n)""",
        id=made.campaign.id, keys=numbers,
    )  # fmt: skip
    await made.run("DELETE FROM contacts WHERE id = :id", id=people[0])
    await made.run(
        """INSERT INTO contact_identities (kind, value, contact_id, until)
        VALUES ('phone', '34655000005', :id, now())""",
        id=people[1],
    )  # a number that somebody left is still known
    assert await entry_ends.forget_deleted(session, made.campaign.id) == 2
    wanted = ContactRow.id == people[1]
    await leaving.note_contacts(session, SYSTEM, wanted, YEAR, contact_id=people[1])
    assert await entry_ends.forget_deleted(session, made.campaign.id) == 2
    found = await made.read("SELECT phone_key FROM campaign_entries")
    assert found == [(keys[2],)]


async def test_a_group_is_kept_for_a_campaign_that_has_not_written_its_people_down(
    session: AsyncSession,
) -> None:
    made = await ledger(session)
    for frozen, status, chosen in product((True, False), CampaignStatus, (*CHOSEN, "neither")):
        await _assert_kept(made, frozen=frozen, status=status, chosen=chosen)


async def _assert_kept(made: Ledger, *, frozen: bool, status: CampaignStatus, chosen: str) -> None:
    group_id = new_id()
    await made.run(
        """UPDATE campaigns SET status = :status,
            audience = jsonb_build_object(CAST(:field AS text), CAST(:ids AS jsonb))""",
        status=status, field=chosen, ids=f'["{group_id}"]',
    )  # fmt: skip
    if not frozen:
        await made.run("DELETE FROM campaign_counters")
    waits = status in ACTIVE and chosen in CHOSEN and not frozen
    found = await waiting.with_group(made.session, group_id)
    assert found == ("Spring" if waits else None), (frozen, status, chosen)
    assert await waiting.with_group(made.session, new_id()) is None
