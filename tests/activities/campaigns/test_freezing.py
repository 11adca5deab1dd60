"""People who change while an audience is frozen still get the campaign, once, at their current number."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.testing import ActivityEnvironment

from activities.campaigns import lifecycle
from activities.campaigns.lifecycle import CampaignLifecycle, CampaignRef
from activities.dependencies import Dependencies
from domain.actors import SYSTEM
from domain.identity import Claim
from domain.ids import new_id
from domain.refusals import Refusal
from services.campaigns.launching import freezing
from services.contacts import write
from services.contacts.write import ContactChange
from services.receiving import people
from store import merging, statistics
from store.campaigns.places import mark
from store.receiving import identities
from tests import factories

pytestmark = pytest.mark.fault("A1")
Sessions = async_sessionmaker[AsyncSession]
USER = "ES.48213907716650021934"


async def rows(session: AsyncSession, query: str, **given: Any) -> list[Any]:
    return list((await session.execute(text(query), given)).all())


async def launched(needs: Dependencies) -> UUID:
    """A campaign to three people that has not been started."""
    async with needs.sessions.begin() as session:
        campaign = await factories.campaign(session, needs.vault, 3, begun=False)
        for table in ("campaign_recipients", "campaign_counters"):
            await session.execute(text(f"DELETE FROM {table}"))
    return campaign.id


async def places(sessions: Sessions, campaign_id: UUID) -> list[Any]:
    """Every place with the current state of its contact."""
    async with sessions() as session:
        return await rows(
            session,
            """SELECT r.seq, c.id, r.phone, c.phone AS own_phone, m.state, m.error_detail
            FROM campaign_recipients r LEFT JOIN contacts c ON c.id = r.contact_id
            LEFT JOIN messages m ON m.campaign_id = r.campaign_id AND m.seq = r.seq
            WHERE r.campaign_id = :campaign_id ORDER BY r.seq""",
            campaign_id=campaign_id,
        )


async def test_a_place_goes_to_the_contact_that_stays(
    needs: Dependencies, sessions: Sessions
) -> None:
    """The older of the two had no number: only the newer one was in the group."""
    campaign_id, kept = await launched(needs), new_id()
    async with sessions.begin() as session:
        [(gone, phone, key)] = await rows(
            session, "SELECT id, phone, phone_key FROM contacts ORDER BY phone_key LIMIT 1"
        )
        await session.execute(
            text("""INSERT INTO contacts (id, bsuid, name, source, created_at)
                 VALUES (:kept, :user, 'Mara', 'inbound', now() - interval '1 year')"""),
            {"kept": kept, "user": USER},
        )
    async with sessions.begin() as writing:
        await freezing.freeze(writing, campaign_id)
        async with sessions.begin() as session:
            claim = Claim(at=datetime.now(UTC), phone=phone, key=key, users=(USER,))
            assert (await people.recognise(session, [claim], {})).of(claim) == kept
    freeze = CampaignLifecycle(needs).freeze_audience
    for _ in range(2):
        assert await ActivityEnvironment().run(freeze, CampaignRef(campaign_id)) == 3
        found = await places(sessions, campaign_id)
        assert {place.id for place in found} >= {kept}
        assert gone not in {place.id for place in found}
        assert all(place.phone == place.own_phone and place.state is None for place in found)


async def test_of_two_places_of_one_person_one_counts(
    needs: Dependencies, sessions: Sessions
) -> None:
    campaign_id = await launched(needs)
    async with sessions.begin() as writing:
        await freezing.freeze(writing, campaign_id)
        async with sessions.begin() as session:
            contacts = await rows(session, "SELECT id FROM contacts ORDER BY phone_key")
            await identities.lock(session)
            (kept,), (gone,), (other,) = contacts
            await merging.merge(session, [(gone, kept), (other, kept)])
    freeze = CampaignLifecycle(needs).freeze_audience
    assert await ActivityEnvironment().run(freeze, CampaignRef(campaign_id)) == 3
    found = await places(sessions, campaign_id)
    assert [place.state for place in found if place.id == kept] == [None]
    refused = [place for place in found if place.id != kept]
    assert [(place.state, place.error_detail) for place in refused] == [
        ("refused", Refusal.SAME_PERSON)
    ] * 2
    async with sessions() as session:
        assert await rows(session, "SELECT total, refused FROM campaign_counters") == [(3, 2)]


@pytest.mark.parametrize("by", ["the person", "the team"])
async def test_a_number_that_changes_meanwhile_is_the_one_written_to(
    needs: Dependencies, sessions: Sessions, by: str
) -> None:
    campaign_id = await launched(needs)
    async with sessions.begin() as writing:
        await freezing.freeze(writing, campaign_id)
        async with sessions.begin() as session:
            [(contact_id, phone, key)] = await rows(
                session, "SELECT id, phone, phone_key FROM contacts ORDER BY phone_key LIMIT 1"
            )
            if by == "the team":
                await write.update(session, SYSTEM, contact_id, ContactChange(phone="+34611000199"))
            else:
                known = Claim(at=datetime.now(UTC), phone=phone, key=key, users=(USER,))
                await people.recognise(session, [known], {})
                moved = Claim(
                    at=datetime.now(UTC), phone="+34611000199", key="34611000199", users=(USER,)
                )
                assert (await people.recognise(session, [moved], {})).of(moved) == contact_id
    freeze = CampaignLifecycle(needs).freeze_audience
    assert await ActivityEnvironment().run(freeze, CampaignRef(campaign_id)) == 3
    found = await places(sessions, campaign_id)
    assert all(place.phone == place.own_phone for place in found)
    assert [place.phone for place in found if place.id == contact_id] == ["+34611000199"]


async def test_a_number_whose_change_was_under_way_is_the_one_written_to(
    needs: Dependencies, sessions: Sessions
) -> None:
    """Begun before the audience was read, committed after it.

    Others are checked again only if somebody else's transaction is older, for example from other tests.
    """
    campaign_id = await launched(needs)
    async with sessions() as changing:
        [(contact_id,)] = await rows(changing, "SELECT id FROM contacts ORDER BY phone_key LIMIT 1")
        await write.update(changing, SYSTEM, contact_id, ContactChange(phone="+34611000199"))
        async with sessions.begin() as session:
            before = await mark(session, campaign_id)
            await freezing.freeze(session, campaign_id)
            await session.execute(
                text("UPDATE campaign_recipients SET phone = '+1' WHERE contact_id <> :id"),
                {"id": contact_id},
            )
        await changing.commit()
    async with sessions.begin() as session:
        assert await mark(session, campaign_id) is None
        await freezing.follow_people(session, campaign_id, before)
    found = await places(sessions, campaign_id)
    mine = {place.phone for place in found if place.own_phone == "+34611000199"}
    assert mine == {"+34611000199"}
    async with sessions.begin() as session:
        await freezing.follow_people(session, campaign_id, None)
    assert all(place.phone == place.own_phone for place in await places(sessions, campaign_id))


async def test_a_number_the_team_corrects_later_is_the_one_written_to(
    needs: Dependencies, sessions: Sessions
) -> None:
    async with needs.sessions.begin() as session:
        campaign = await factories.campaign(session, needs.vault, 2)
        [(contact_id,)] = await rows(session, "SELECT id FROM contacts ORDER BY phone_key LIMIT 1")
        await write.update(session, SYSTEM, contact_id, ContactChange(phone="+34611000199"))
    found = await places(sessions, campaign.id)
    assert [place.phone for place in found if place.id == contact_id] == ["+34611000199"]


async def test_a_message_that_left_keeps_the_number_it_went_to(
    needs: Dependencies, sessions: Sessions
) -> None:
    async with needs.sessions.begin() as session:
        campaign = await factories.campaign(session, needs.vault, 2)
        await session.execute(
            text("""INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state,
                    campaign_id, seq)
                SELECT gen_random_uuid(), c.channel_id, r.contact_id, 'out', 'campaign', 'template',
                    CASE r.seq WHEN 1 THEN 'accepted' ELSE 'queued' END, c.id, r.seq
                FROM campaigns c JOIN campaign_recipients r ON r.campaign_id = c.id""")
        )
        await session.execute(
            text("UPDATE contacts SET phone = phone || '9', updated_at = clock_timestamp()")
        )
        await freezing.follow_people(session, campaign.id, None)
    first, second = await places(sessions, campaign.id)
    assert (first.phone, second.phone) == (first.own_phone.removesuffix("9"), second.own_phone)


@pytest.mark.parametrize("late", [True, False])
async def test_who_was_left_out_twice_is_left_out_once(
    needs: Dependencies, sessions: Sessions, late: bool
) -> None:
    """Late: they were merged before the exclusions were committed."""
    campaign_id = await launched(needs)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE contacts SET blocked_at = now()"))
        ids = await session.scalars(text("SELECT id FROM contacts ORDER BY phone_key"))
        kept, gone, other = ids.all()

    async def join() -> None:
        async with sessions.begin() as session:
            await identities.lock(session)
            await merging.merge(session, [(gone, kept)])

    async with sessions.begin() as writing:
        await freezing.freeze(writing, campaign_id)
        if late:
            await join()
    if not late:
        await join()
    for _ in range(2):
        async with sessions.begin() as session:
            await freezing.follow_people(session, campaign_id, None)
    async with sessions() as session:
        left_out = await rows(session, "SELECT contact_id FROM campaign_exclusions")
        assert {row.contact_id for row in left_out} == {kept, other}
        assert await rows(session, "SELECT total, excluded FROM campaign_counters") == [(0, 2)]


@pytest.mark.fault("8B5")
async def test_the_database_looks_at_whom_a_freeze_wrote_down(
    needs: Dependencies, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics, "MANY", 1)
    monkeypatch.setattr(lifecycle, "LOOKED_AT_AFTER_S", 0.0)
    campaign_id = await launched(needs)
    total = await ActivityEnvironment().run(
        CampaignLifecycle(needs).freeze_audience, CampaignRef(campaign_id)
    )
    await needs.background.end()
    known = """
        SELECT most_common_freqs[1] FROM pg_stats WHERE tablename LIKE 'campaign_recipients%'
            AND attname = 'campaign_id' AND most_common_vals::text LIKE '%' || :id || '%'
    """
    async with sessions() as session:
        assert total > 0
        found = await session.scalar(text(known), {"id": str(campaign_id)})
    assert found == pytest.approx(1)
