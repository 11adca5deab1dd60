"""Campaigns are renamed, rescheduled, copied, archived and deleted, each where it makes sense."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain import cursors
from domain.actors import SYSTEM, Actor
from domain.campaigns import CampaignStatus, Variable
from domain.entries import ENTRIES_KEPT
from domain.errors import Conflict, DomainError, Invalid
from domain.ids import new_id
from services import maintenance
from services.campaigns import control, desk, report
from services.campaigns.drafts import example
from services.campaigns.drafts import write as drafts
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.launching import freezing, launch, undo
from services.contacts import write
from services.vault import Vault, new_key
from store import merging
from store.sending import claims
from tests import factories
from tests.eventually import never
from tests.services.campaigns import test_files
from tests.services.campaigns.test_undo import ended, launched
from tests.services.conversations.test_browse import agent

pytestmark = pytest.mark.fault("8B1")

DAY = timedelta(days=1)


async def planned(session: AsyncSession) -> UUID:
    """A campaign that starts in a day, with its audience frozen."""
    campaign_id = await launched(session, timedelta(0))
    start = datetime.now(UTC) + DAY
    await session.execute(text("UPDATE campaigns SET scheduled_at = :start"), {"start": start})
    assert await freezing.freeze(session, campaign_id) == 3
    return campaign_id


async def test_a_planned_start_is_moved_without_asking_for_the_people_again(
    session: AsyncSession,
) -> None:
    campaign_id = await planned(session)
    now = datetime.now(UTC)
    later = now + 3 * DAY
    moved = await desk.move(session, campaign_id, SYSTEM, later, now)
    assert (moved.status, moved.scheduled_at, moved.progress.total) == (
        CampaignStatus.SCHEDULED, later, 3,
    )  # fmt: skip
    for wrong in (now - timedelta(hours=1), now + 6 * 366 * DAY):
        with pytest.raises(Invalid):
            await desk.move(session, campaign_id, SYSTEM, wrong, now)
    assert (await report.history(session, campaign_id))[0].kind == "moved"


async def test_only_a_planned_campaign_is_moved(session: AsyncSession) -> None:
    campaign = await factories.campaign(session, Vault([new_key()]), 3)
    now = datetime.now(UTC)
    with pytest.raises(Conflict):
        await desk.move(session, campaign.id, SYSTEM, now + DAY, now)


async def test_a_copy_is_a_draft_with_everything_but_the_time(session: AsyncSession) -> None:
    campaign_id = await planned(session)
    origin = await report.one(session, campaign_id)
    made = await desk.copy(session, campaign_id, SYSTEM)
    assert (made.status, made.scheduled_at, made.progress.total) == (CampaignStatus.DRAFT, None, 0)
    assert made.name == f"{origin.name} (copy)"
    for kept in ("type", "channel_id", "template_id", "audience", "variables", "throttle"):
        assert getattr(made, kept) == getattr(origin, kept)
    await launch.launch(session, made.id, SYSTEM, datetime.now(UTC))
    assert await freezing.freeze(session, made.id) == 3


async def test_an_ended_campaign_is_archived_and_comes_back(session: AsyncSession) -> None:
    campaign_id = await planned(session)
    now = datetime.now(UTC)
    with pytest.raises(Conflict):
        await desk.archive(session, campaign_id, SYSTEM, now)
    await control.stop(session, campaign_id, SYSTEM, now)
    await desk.archive(session, campaign_id, SYSTEM, now)
    assert await report.page(session) == []
    assert await report.count_by_status(session) == {}
    assert [one.id for one in await report.page(session, archived=True)] == [campaign_id]
    await desk.archive(session, campaign_id, SYSTEM, None)
    assert [one.id for one in await report.page(session)] == [campaign_id]


async def test_what_wrote_to_nobody_can_be_deleted(session: AsyncSession) -> None:
    campaign_id = await planned(session)
    with pytest.raises(Conflict):
        await drafts.delete(session, campaign_id, SYSTEM)
    await control.stop(session, campaign_id, SYSTEM, datetime.now(UTC))
    await drafts.delete(session, campaign_id, SYSTEM)
    left = await session.scalar(text("SELECT count(*) FROM campaign_recipients"))
    assert (left, await report.page(session)) == (0, [])


async def test_somebody_who_was_refused_was_not_written_to(session: AsyncSession) -> None:
    campaign_id = await planned(session)
    gone, kept, _ = await session.scalars(text("SELECT contact_id FROM campaign_recipients"))
    await merging.merge(session, [(gone, kept)])
    await control.stop(session, campaign_id, SYSTEM, datetime.now(UTC))
    assert (await report.one(session, campaign_id)).progress.refused == 1
    await drafts.delete(session, campaign_id, SYSTEM)
    assert await session.scalar(text("SELECT count(*) FROM messages")) == 0


async def test_a_claim_that_the_stop_did_not_see_is_no_reason_to_forget_it(state: AppState) -> None:
    """It began while the campaign ran and ends while somebody deletes what they have just stopped."""
    async with state.sessions.begin() as session:
        campaign = await factories.campaign(session, Vault([new_key()]), 3)

    async def deletes() -> None:
        async with state.sessions.begin() as session:
            await drafts.delete(session, campaign.id, SYSTEM)

    async with state.sessions.begin() as claiming:
        await claims.claim_fresh(claiming, campaign.span, 0, [new_id()], "one/1")
        async with state.sessions.begin() as session:
            await control.stop(session, campaign.id, SYSTEM, datetime.now(UTC))
        deleting = asyncio.create_task(deletes())
        await never(deleting.done, "a campaign is deleted while somebody is being claimed")
    with pytest.raises(Conflict) as sent:
        await deleting
    assert sent.value.code == "campaign_sent"


async def test_what_wrote_to_somebody_stays(session: AsyncSession) -> None:
    campaign_id = await planned(session)
    await control.stop(session, campaign_id, SYSTEM, datetime.now(UTC))
    await session.execute(text("UPDATE campaign_counters SET accepted = 1"))
    with pytest.raises(Conflict) as sent:
        await drafts.delete(session, campaign_id, SYSTEM)
    assert sent.value.code == "campaign_sent"


async def test_a_new_campaign_is_no_draft_until_something_is_typed(session: AsyncSession) -> None:
    person = Actor("mina", await agent(session))
    opened = await drafts.begin(session, person, "Campaign of today")
    assert (await drafts.begin(session, person, "Campaign of today")).id == opened.id
    assert await report.page(session) == []
    nobody = DraftChange(replies_to_id=new_id())
    with pytest.raises(Invalid):
        await drafts.change(session, opened.id, person, nobody, opened.revision)
    change = DraftChange(variables={"body.1": Variable(default="Ana")})
    await drafts.change(session, opened.id, person, change, opened.revision)
    assert [one.id for one in await report.page(session)] == [opened.id]
    assert await _made(session) == [str(opened.id)]
    assert (await drafts.begin(session, person, "Campaign of today")).id != opened.id


async def _made(session: AsyncSession) -> list[str]:
    found = text("SELECT entity_id FROM journal WHERE kind = 'campaign.created' ORDER BY id")
    return list(await session.scalars(found))


async def test_a_name_or_a_file_makes_it_a_draft_too(session: AsyncSession, tmp_path: Path) -> None:
    person = Actor("mina", await agent(session))
    named = await drafts.begin(session, person, "Campaign of today")
    await desk.rename(session, named.id, person, "Spring")
    filed = await drafts.begin(session, person, "Campaign of today")
    await test_files.load(session, filed.id, tmp_path, FILE.format(ana=""))
    assert {one.id for one in await report.page(session)} == {named.id, filed.id}
    assert await _made(session) == [str(named.id), str(filed.id)]


async def test_a_draft_nobody_typed_in_is_forgotten_after_a_day(session: AsyncSession) -> None:
    person = Actor("mina", await agent(session))
    two_days_ago = text("UPDATE campaigns SET created_at = now() - interval '2 days'")
    opened = await drafts.begin(session, person, "Campaign of yesterday")
    await session.execute(two_days_ago)
    # Opened again it begins anew: nobody loses it while they look for a file.
    assert (await drafts.begin(session, person, "Campaign of today")).id == opened.id
    await drafts.forget_blank(session)
    assert (await report.one(session, opened.id)).name == "Campaign of today"
    await session.execute(two_days_ago)
    await drafts.forget_blank(session)
    assert await session.scalar(text("SELECT count(*) FROM campaigns")) == 0


FILE = (
    "Name,Phone,Product,Marketing consent\nAna,+34611000001,,{ana}\nBen,+34611000002,,\n12,12,,\n"
)


async def _of_a_file(session: AsyncSession, folder: Path, ana: str = "") -> UUID:
    """Launched and frozen, from a file with two people and a wrong row."""
    campaign_id = await test_files.prepared(session)
    await test_files.load(session, campaign_id, folder, FILE.format(ana=ana))
    await test_files.mapped(session, campaign_id, "cake")
    assert await test_files.launched(session, campaign_id) == 2
    return campaign_id


async def _rows(session: AsyncSession, campaign_id: UUID) -> list[str]:
    found = "SELECT phone FROM campaign_entries WHERE campaign_id = :id ORDER BY row"
    return list(await session.scalars(text(found), {"id": campaign_id}))


async def test_a_copy_has_the_rows_of_the_file_as_long_as_they_are_kept(
    session: AsyncSession, tmp_path: Path
) -> None:
    campaign_id = await _of_a_file(session, tmp_path)
    made = await desk.copy(session, campaign_id, SYSTEM)
    assert made.file is not None
    assert (made.file.rows, made.file.usable) == (3, 2)
    assert len(await _rows(session, made.id)) == 3
    now = datetime.now(UTC)
    await control.stop(session, campaign_id, SYSTEM, now - ENTRIES_KEPT - DAY)
    assert not await maintenance.purge_campaigns(session, now)
    late = await desk.copy(session, campaign_id, SYSTEM)
    assert (late.file, await _rows(session, late.id)) == (None, [])


async def test_whoever_was_deleted_is_in_no_copy_and_in_no_draft_again(
    session: AsyncSession, tmp_path: Path
) -> None:
    campaign_id = await _of_a_file(session, tmp_path)
    ana = await session.scalar(text("SELECT id FROM contacts WHERE phone = '+34611000001'"))
    await write.delete(session, SYSTEM, ana)
    made = await desk.copy(session, campaign_id, SYSTEM)
    undone = await undo.undo(session, campaign_id, SYSTEM, ended)
    for one in (made, undone):
        assert one.file is not None
        assert (one.file.rows, one.file.usable) == (2, 1)
        assert await _rows(session, one.id) == ["+34611000002", "12"]
        await launch.launch(session, one.id, SYSTEM, datetime.now(UTC))
        assert await freezing.freeze(session, one.id) == 1


@pytest.mark.parametrize("said", ["yes", ""])
async def test_a_no_in_the_file_of_a_later_launch_counts(
    session: AsyncSession, tmp_path: Path, said: str
) -> None:
    campaign_id = await _of_a_file(session, tmp_path, said)
    await undo.undo(session, campaign_id, SYSTEM, ended)
    for answer in ("no", "no", "yes"):
        await test_files.load(session, campaign_id, tmp_path, FILE.format(ana=answer))
        await test_files.launched(session, campaign_id)
        await undo.undo(session, campaign_id, SYSTEM, ended)
    stopped = "SELECT phone FROM contacts WHERE marketing_opt_out_at IS NOT NULL"
    assert list(await session.scalars(text(stopped))) == ["+34611000001"]
    facts = list(await session.scalars(text("SELECT action FROM consents ORDER BY id")))
    assert facts == ["agree"] * bool(said) + ["stop", "agree"]


async def test_a_campaign_is_renamed_in_any_state(session: AsyncSession) -> None:
    campaign_id = await planned(session)
    assert (
        await desk.rename(session, campaign_id, SYSTEM, "  Spring   sale ")
    ).name == "Spring sale"
    with pytest.raises(Invalid):
        await desk.rename(session, campaign_id, SYSTEM, "   ")


async def test_what_is_so_already_is_told_once(session: AsyncSession) -> None:
    campaign_id = await planned(session)
    now = datetime.now(UTC)

    async def told() -> list[str]:
        return [entry.kind for entry in await report.history(session, campaign_id)]

    for _ in range(2):
        await desk.rename(session, campaign_id, SYSTEM, "Spring sale")
        await desk.move(session, campaign_id, SYSTEM, now + DAY, now)
    assert (await told()).count("moved") == 1
    await control.stop(session, campaign_id, SYSTEM, now)
    first = await desk.archive(session, campaign_id, SYSTEM, now)
    again = await desk.archive(session, campaign_id, SYSTEM, now + DAY)
    assert again == first, "it was put away the first time"


async def test_a_draft_s_file_is_copied_whole(session: AsyncSession, tmp_path: Path) -> None:
    campaign_id = await test_files.prepared(session)
    await test_files.load(session, campaign_id, tmp_path, FILE.format(ana="yes"))
    made = await desk.copy(session, campaign_id, SYSTEM)
    assert made.file is not None
    assert made.file.rows == len(await _rows(session, made.id)) == 3


async def test_a_list_begins_where_a_page_of_ours_ended(session: AsyncSession) -> None:
    first, second = [(await drafts.create(session, SYSTEM, name)).id for name in ("One", "Two")]
    page = await report.listed(session, limit=1)
    assert [one.id for one in page.items] == [second]
    assert page.next_cursor is not None
    rest = await report.listed(session, cursor=page.next_cursor, limit=1)
    assert ([one.id for one in rest.items], rest.next_cursor) == ([first], None)
    for at, id_ in (
        ("2026-01-01T00:00:00", first),
        ("yesterday", first),
        ("2026-01-01T00:00Z", "x"),
    ):
        with pytest.raises(Invalid):
            await report.listed(session, cursor=cursors.encode((at, str(id_))))


async def test_nobody_is_expected_by_a_draft(session: AsyncSession) -> None:
    draft = await drafts.create(session, SYSTEM, "One")
    assert await report.expected(session, draft) == 0
    campaign_id = await launched(session)
    assert await report.expected(session, await report.one(session, campaign_id)) == 3


async def test_consent_that_is_asked_for_already_is_no_change(session: AsyncSession) -> None:
    draft = await drafts.create(session, SYSTEM, "One")
    for wanted, changes in ((False, 0), (True, 1), (True, 0), (False, 1)):
        before = (await report.one(session, draft.id)).revision
        change = DraftChange(agreed_only=wanted)
        after = await drafts.change(session, draft.id, SYSTEM, change, None)
        assert after.revision - before == changes
        assert bool(after.audience.get("agreed_only")) is wanted


async def test_a_template_that_is_nobody_s_is_not_chosen(session: AsyncSession) -> None:
    draft = await drafts.create(session, SYSTEM, "One")
    with pytest.raises(DomainError):
        await example.choose_template(session, SYSTEM, draft.id, new_id())
    assert (await report.one(session, draft.id)).template_id is None
