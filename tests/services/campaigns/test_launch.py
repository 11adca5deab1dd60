"""A launch sends what somebody saw to the people they agreed to, and nothing else."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.campaigns import START_GRACE, Audience, CampaignStatus, CampaignType, Variable
from domain.errors import Conflict, Invalid
from services.campaigns import close, control
from services.campaigns.drafts import write
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.launching import freezing, launch, preflight, undo
from services.campaigns.launching.launch import Seen
from services.campaigns.views import CampaignView
from services.vault import Vault, new_key
from store import generated
from tests import factories
from tests.services.campaigns import test_files
from tests.services.campaigns.test_push import prepared
from tests.services.campaigns.test_undo import ended

VAULT = Vault([new_key()])
NOW = datetime.now(UTC)


async def ready(session: AsyncSession, count: int) -> CampaignView:
    """A draft to so many people that lacks nothing."""
    made = await write.create(session, SYSTEM, "Spring")
    change = DraftChange(
        channel_id=await factories.channel(session, VAULT),
        template_id=await factories.template(session),
        audience=Audience(group_ids=[await factories.people(session, count)]),
        variables={"body.1": Variable("name", "friend")},
    )
    return await write.change(session, made.id, SYSTEM, change, None)


async def launched(session: AsyncSession, campaign_id: UUID, seen: Seen) -> CampaignView:
    return await launch.launch(session, campaign_id, SYSTEM, NOW, seen=seen)


@pytest.mark.parametrize(
    ("people", "fine", "moved"),
    [(30, (20, 40), (19, 41)), (2, (0, 12), (13, 99)), (200, (182, 222), (181, 223))],
)
async def test_an_audience_that_moved_by_more_than_ten_people_or_a_tenth_is_asked_about_again(
    session: AsyncSession, people: int, fine: tuple[int, ...], moved: tuple[int, ...]
) -> None:
    made = await ready(session, people)
    for agreed in moved:
        with pytest.raises(Conflict) as refused:
            await launched(session, made.id, Seen(made.revision, agreed))
        assert refused.value.code == "audience_moved"
        assert refused.value.sentence.params == {"before": agreed, "people": people}
    for agreed in fine:
        async with session.begin_nested() as try_:
            view = await launched(session, made.id, Seen(made.revision, agreed))
            assert view.status is CampaignStatus.SCHEDULED
            await try_.rollback()
        session.expire_all()


async def test_who_comes_between_the_launch_and_the_freeze_gets_it_too(
    session: AsyncSession,
) -> None:
    made = await ready(session, 3)
    await launched(session, made.id, Seen(people=3))
    [group_id] = Audience.from_json(made.audience).group_ids
    await generated.contacts(session, group_id, 8)
    assert await freezing.freeze(session, made.id) == 8


async def test_what_was_not_seen_is_not_launched_and_what_is_launched_not_again(
    session: AsyncSession,
) -> None:
    made = await ready(session, 3)
    later = await write.change(session, made.id, SYSTEM, DraftChange(throttle=9), made.revision)
    with pytest.raises(Conflict, match="draft_changed"):
        await launched(session, made.id, Seen(made.revision, 3))
    first = await launched(session, made.id, Seen(later.revision, 3))
    again = await launched(
        session, made.id, Seen(made.revision, 99)
    )  # a second click, of another tab
    assert (again.launched_at, again.revision) == (first.launched_at, first.revision)
    await control.stop(session, made.id, SYSTEM, NOW)
    with pytest.raises(Conflict, match="campaign_state"):
        await launched(session, made.id, Seen())


async def test_the_message_stays_as_it_was_launched(session: AsyncSession) -> None:
    made = await ready(session, 2)
    frozen = (await launched(session, made.id, Seen())).template
    changed = text(
        "UPDATE templates SET status = 'PAUSED', category = 'MARKETING', components = '[]'"
    )
    await session.execute(changed)
    session.expire_all()
    again = (await launched(session, made.id, Seen())).template
    assert again == frozen
    assert again is not None
    assert (again["category"], again["components"]) == ("UTILITY", factories.COMPONENTS)


@pytest.mark.parametrize(
    ("late", "fine"), [(START_GRACE, True), (START_GRACE + timedelta(seconds=1), False)]
)
async def test_a_planned_start_may_be_missed_by_a_quarter_of_an_hour(
    session: AsyncSession, late: timedelta, fine: bool
) -> None:
    made = await ready(session, 2)
    change = DraftChange(scheduled_at=NOW - late)
    await write.change(session, made.id, SYSTEM, change, None)
    assert ("schedule" in (await preflight.check(session, made.id, NOW)).problems) is not fine
    if fine:
        assert (await launched(session, made.id, Seen())).status is CampaignStatus.SCHEDULED
        return
    with pytest.raises(Invalid) as refused:
        await launched(session, made.id, Seen())
    assert set(refused.value.fields) == {"schedule"}


async def test_a_program_may_launch_for_nobody_yet_unless_it_said_that_nobody_comes(
    session: AsyncSession,
) -> None:
    campaign_id = await prepared(session)
    assert (await preflight.check(session, campaign_id, NOW)).problems == {}
    await close.close(session, campaign_id, SYSTEM, NOW)
    problems = (await preflight.check(session, campaign_id, NOW)).problems
    assert {field: said.key for field, said in problems.items()} == {
        "audience": "launch_audience.program"
    }


async def test_a_file_of_before_is_forgotten_when_a_program_hands_people_in(
    session: AsyncSession, tmp_path: Path
) -> None:
    """The source was changed after the file had been read: nobody of the file is written to."""
    campaign_id = await test_files.prepared(session)
    await test_files.load(session, campaign_id, tmp_path, test_files.PEOPLE)
    change = DraftChange(type=CampaignType.API)
    made = await write.change(session, campaign_id, SYSTEM, change, None)
    assert (await preflight.check(session, campaign_id, NOW)).preflight.total == 0
    agreed = Seen(made.revision, people=1_000)  # nobody can know how many a program hands in
    view = await launched(session, campaign_id, agreed)
    assert (view.type, view.file) == (CampaignType.API, None)
    assert await freezing.freeze(session, campaign_id) == 0
    assert await session.scalar(text("SELECT count(*) FROM campaign_entries")) == 0
    await undo.undo(session, campaign_id, SYSTEM, ended)
    back = DraftChange(type=CampaignType.CSV)
    view = await write.change(session, campaign_id, SYSTEM, back, None)
    assert view.file is None, "its rows are gone"
