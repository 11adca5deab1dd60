"""A launch can be undone until sending begins; in its first seconds nothing is even frozen."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.actors import SYSTEM
from domain.campaigns import CampaignStatus
from domain.errors import Conflict, NotFound
from domain.ids import new_id
from services.campaigns import lifecycle, report
from services.campaigns.launching import freezing, launch, undo
from services.vault import Vault, new_key
from store import merging
from store.sending import claims
from tests import factories
from tests.eventually import eventually
from tests.words import refused_with

FIVE = timedelta(seconds=5)
WAITS = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'"""


async def launched(session: AsyncSession, seconds: timedelta = FIVE) -> UUID:
    """A campaign launched just now that nobody has begun to work on."""
    campaign = await factories.campaign(session, Vault([new_key()]), 3, begun=False)
    for table in ("campaign_recipients", "campaign_counters"):
        await session.execute(text(f"DELETE FROM {table}"))
    await session.execute(
        text("UPDATE campaigns SET status = 'draft', launched_at = NULL, template = NULL")
    )
    view = await launch.launch(session, campaign.id, SYSTEM, datetime.now(UTC), seconds)
    assert (view.undo_until is not None) is bool(seconds)
    return campaign.id


async def ended() -> bool:
    """Its workflow is ended."""
    return True


async def missed() -> bool:
    """Temporal does not answer."""
    return False


async def waits(state: AppState) -> bool:
    """Whether somebody waits for a lock."""
    async with state.sessions() as session:  # a transaction sees only what was when it first looked
        return bool(await session.scalar(text(WAITS)))


async def test_undo_makes_it_a_draft_again_with_everything_kept(session: AsyncSession) -> None:
    campaign_id = await launched(session)
    before = await report.one(session, campaign_id)
    undone = await undo.undo(session, campaign_id, SYSTEM, ended)
    assert (undone.status, undone.undo_until, undone.launched_at) == (
        CampaignStatus.DRAFT, None, None,
    )  # fmt: skip
    for kept in ("name", "channel_id", "template_id", "audience", "variables", "throttle"):
        assert getattr(undone, kept) == getattr(before, kept)
    assert (await report.history(session, campaign_id))[0].kind == "undone"
    assert (await undo.undo(session, campaign_id, SYSTEM, ended)).status is CampaignStatus.DRAFT
    with pytest.raises(NotFound):
        await freezing.freeze(session, campaign_id)
    again = await launch.launch(session, campaign_id, SYSTEM, datetime.now(UTC))
    assert again.undo_until is None
    assert await freezing.freeze(session, campaign_id) == 3


async def test_nothing_is_written_down_while_it_can_be_undone(session: AsyncSession) -> None:
    campaign_id = await launched(session)
    with pytest.raises(freezing.StillUndoable):
        await freezing.freeze(session, campaign_id)
    await session.execute(text("UPDATE campaigns SET undo_until = clock_timestamp()"))
    assert await freezing.freeze(session, campaign_id) == 3


@pytest.mark.fault("8B1")
async def test_what_was_written_down_is_forgotten_with_the_launch(session: AsyncSession) -> None:
    campaign_id = await launched(session, timedelta(0))
    assert await freezing.freeze(session, campaign_id) == 3
    with pytest.raises(Conflict) as away:
        await undo.undo(session, campaign_id, SYSTEM, missed)
    assert away.value.code == "workflow_away"
    assert (await report.one(session, campaign_id)).progress.total == 3
    undone = await undo.undo(session, campaign_id, SYSTEM, ended)
    assert (undone.status, undone.progress.total) == (CampaignStatus.DRAFT, 0)
    await launch.launch(session, campaign_id, SYSTEM, datetime.now(UTC))
    assert await freezing.freeze(session, campaign_id) == 3


@pytest.mark.fault("8B1")
@pytest.mark.parametrize("late", [False, True])
async def test_who_became_one_with_another_meanwhile_takes_nobodys_place(
    state: AppState, *, late: bool
) -> None:
    async with state.sessions.begin() as session:
        campaign_id = await launched(session, timedelta(0))
        await freezing.freeze(session, campaign_id)
    people = text("SELECT contact_id FROM campaign_recipients ORDER BY seq LIMIT 2")

    async def undoes() -> None:
        async with state.sessions.begin() as session:
            await undo.undo(session, campaign_id, SYSTEM, ended)

    async with asyncio.timeout(20), state.sessions.begin() as session:
        gone, kept = await session.scalars(people)
        await merging.merge(session, [(gone, kept)])
        undoing = asyncio.create_task(undoes())
        if late:
            await eventually(lambda: waits(state), "taking back waits for the merge")
    await undoing
    async with state.sessions.begin() as session:
        await launch.launch(session, campaign_id, SYSTEM, datetime.now(UTC))
        assert await freezing.freeze(session, campaign_id) == 2
        await lifecycle.begin(session, campaign_id, datetime.now(UTC))
        channel_id = (await report.one(session, campaign_id)).channel_id
        assert channel_id is not None
        span = claims.Span(campaign_id, channel_id, 1, 2)
        ids = [new_id(), new_id()]
        taken = await claims.claim_fresh(session, span, 0, ids, "one/1")
        assert len(taken.items) == 2


async def test_a_campaign_that_has_begun_is_stopped_not_undone(session: AsyncSession) -> None:
    campaign_id = await launched(session, timedelta(0))
    await freezing.freeze(session, campaign_id)
    await lifecycle.begin(session, campaign_id, datetime.now(UTC))
    with refused_with(Conflict, "too late") as late:
        await undo.undo(session, campaign_id, SYSTEM, ended)
    assert late.value.code == "undo_too_late"


async def test_undo_and_freeze_at_once_end_as_a_draft(state: AppState) -> None:
    async with state.sessions.begin() as session:
        campaign_id = await launched(session, timedelta(microseconds=1))

    async def press() -> str:
        async with state.sessions.begin() as session:
            await undo.undo(session, campaign_id, SYSTEM, ended)
            return "undone"

    async def freeze() -> str:
        async with state.sessions.begin() as session:
            await freezing.freeze(session, campaign_id)
            return "frozen"

    pressed, frozen = await asyncio.gather(press(), freeze(), return_exceptions=True)
    assert pressed == "undone"
    assert frozen == "frozen" or isinstance(frozen, NotFound)
    async with state.sessions() as session:
        view = await report.one(session, campaign_id)
    assert (view.status, view.progress.total) == (CampaignStatus.DRAFT, 0)
