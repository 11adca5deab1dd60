"""What is noted in the journal reaches Temporal: immediately by its reader, or else by the reconciler."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from temporalio.service import RPCError
from typing_extensions import override

import worker
from domain.actors import SYSTEM
from domain.automations.decisions import Decision, DueRun
from domain.campaigns import CampaignStatus, DueCampaign
from domain.ids import new_id
from domain.journal.campaigns import CampaignLaunched
from domain.journal.conversations import WindowOpened
from domain.journal.facts import Entry
from domain.journal.rules import RULES, Command, Stream
from services import journal
from services.automations.deciding import GONE
from services.campaigns import control
from tests import factories
from tests.eventually import eventually, never
from tests.workflows.conftest import Engine, engine, needs, phone, sessions, temporal
from workflows import ids
from workflows.client import Workflows
from workflows.commands import MOST_TRIES, Commands, Due

__all__ = ["engine", "needs", "phone", "sessions", "temporal"]

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=1)


@asynccontextmanager
async def reading(engine: Engine) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.readers(engine.needs, engine.workflows).keep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def launched(engine: Engine, people: int, throttle: int | None = None) -> UUID:
    """A campaign that is launched and noted, but whose command was not run."""
    async with engine.needs.sessions.begin() as session:
        made = await factories.campaign(
            session, engine.needs.vault, people, api_url=engine.phone.url, begun=False,
            throttle=throttle,
        )  # fmt: skip
        await journal.note(
            session, SYSTEM, CampaignLaunched(campaign_id=made.id, recipients=people)
        )
    return made.id


async def test_a_campaign_is_started_paused_resumed_and_ended_by_what_is_noted(
    engine: Engine,
) -> None:
    async with reading(engine):
        campaign = await launched(engine, 200, throttle=100)

        async def begun() -> bool:
            return (await engine.look(campaign)).progress.accepted >= 10

        await eventually(begun, "the campaign begins")
        async with engine.needs.sessions.begin() as session:
            await control.pause(session, campaign, SYSTEM)

        async def paused() -> bool:
            found = await engine.workflows.campaign_progress(campaign)
            return found is not None and found.paused

        await eventually(paused, "the workflow knows of the pause")
        async with engine.needs.sessions.begin() as session:
            await control.throttle(session, campaign, SYSTEM, None)
            await control.resume(session, campaign, SYSTEM)
        await engine.until(campaign, CampaignStatus.COMPLETED)
    accepted = await engine.phone.accepted()
    assert len(accepted) == len(set(accepted)) == 200


async def test_a_command_lost_with_its_worker_is_made_up_for_by_the_next_reader(
    engine: Engine,
) -> None:
    campaign = await launched(engine, 20)  # nobody reads: the worker died in this moment
    with pytest.raises(RPCError):
        await engine.campaign(campaign).describe()
    async with reading(engine):
        await engine.until(campaign, CampaignStatus.COMPLETED)


async def test_a_command_that_no_reader_carries_out_is_made_up_for_by_the_reconciler(
    engine: Engine,
) -> None:
    campaign = await launched(engine, 20)
    async with engine.needs.sessions.begin() as session:
        await journal.discard(session)  # skipped, as by a bug
    async with reading(engine):

        async def started() -> bool:
            try:
                await engine.campaign(campaign).describe()
            except RPCError:
                return False
            return True

        await never(started, "a reader runs what was skipped", during=0.2)
        await worker.reconcile_once(engine.workflows, engine.needs.sessions)
        await engine.until(campaign, CampaignStatus.COMPLETED)


async def test_a_window_that_opened_gets_its_workflow(engine: Engine) -> None:
    opened = datetime.now(UTC)
    conversation = new_id()
    async with reading(engine):
        async with engine.needs.sessions.begin() as session:
            fact = WindowOpened(
                conversation_id=conversation,
                opened_at=opened,
                deadline=opened + timedelta(hours=24),
            )
            await journal.note(session, SYSTEM, fact)
        handle = engine.client.get_workflow_handle(ids.window(conversation, opened))

        async def begun() -> bool:
            """It may have ended too: there is no such conversation."""
            try:
                await handle.describe()
            except RPCError:
                return False
            return True

        await eventually(begun, "the window has a workflow")


class Asked(Workflows):
    """Records requests and does nothing; ``there`` is whether Temporal answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.there, self.answer = True, True
        self.error: Exception | None = None

    @override
    def __getattribute__(self, name: str) -> object:
        if hasattr(Workflows, name) and not name.startswith("_") and name != "reachable":

            async def asked(*_: object) -> bool:
                self.asked.append(name)
                if self.error:
                    raise self.error
                return self.answer

            return asked
        return super().__getattribute__(name)

    @override
    async def reachable(self) -> bool:
        """As it was told."""
        return self.there


async def nobody(_thing: UUID) -> None:
    """No campaign needs a workflow."""


async def gone(_run: UUID) -> tuple[None, Decision]:
    """No run is there any more."""
    return None, GONE


def commands_of(workflows: Asked, due: Due = nobody) -> Commands:
    """Commands for which routing is one more request."""

    async def route(_entry: Entry) -> list[tuple[DueRun, Decision]]:
        workflows.asked.append("route")
        if workflows.error:
            raise workflows.error
        return []

    return Commands(workflows, due, route, gone)


def entry(kind: str) -> Entry:
    one = new_id()
    names = ("contact_id", "conversation_id", "message_id", "campaign_id")
    now = datetime.now(UTC).isoformat()
    return Entry(1, kind, str(one), dict.fromkeys(names, one), {"opened_at": now, "deadline": now})


@pytest.mark.parametrize("kind", sorted(kind for kind, rule in RULES.items() if rule.command))
async def test_every_command_is_carried_out_or_of_no_use_any_more(kind: str) -> None:
    command = RULES[kind].command
    assert command is not None
    workflows = Asked()
    assert await commands_of(workflows).carry_out(entry(kind))
    told_by_row = command.stream is Stream.CAMPAIGNS and command is not Command.STOP_CAMPAIGN
    assert len(workflows.asked) == (0 if told_by_row else 1)


@pytest.mark.parametrize("there", [True, False])
async def test_what_fails_waits_only_for_an_engine_that_is_away(there: bool) -> None:
    workflows = Asked()
    workflows.there, workflows.answer = there, False
    assert await commands_of(workflows).carry_out(entry("message.queued")) is there


INSISTED = ["window.opened", "templates.sync_asked"]


@pytest.mark.parametrize("kind", INSISTED)
@pytest.mark.parametrize("error", [None, KeyError("a defect")])
async def test_what_nobody_else_looks_for_is_tried_again_but_not_for_ever(
    kind: str, error: Exception | None
) -> None:
    """Whether Temporal says no or our own code fails; afterwards nothing waits behind it."""
    workflows = Asked()
    workflows.answer, workflows.error = False, error
    commands, one = commands_of(workflows), entry(kind)
    assert [await commands.carry_out(one) for _ in range(MOST_TRIES)] == [
        *[False] * (MOST_TRIES - 1), True,
    ]  # fmt: skip
    workflows.answer, workflows.error = True, None
    assert await commands.carry_out(one)


@pytest.mark.parametrize("kind", INSISTED)
async def test_an_engine_that_is_away_is_waited_for_however_long(kind: str) -> None:
    workflows = Asked()
    workflows.there, workflows.answer = False, False
    commands, one = commands_of(workflows), entry(kind)
    assert not any([await commands.carry_out(one) for _ in range(2 * MOST_TRIES)])


async def test_what_is_not_routed_is_tried_again_but_not_for_ever() -> None:
    workflows = Asked()
    workflows.error = KeyError("a defect")
    commands, one = commands_of(workflows), entry("message.received")
    tries = [await commands.carry_out(one) for _ in range(MOST_TRIES)]
    assert (any(tries[:-1]), tries[-1]) == (False, True)
    workflows.error = None
    assert await commands.carry_out(one)
    assert workflows.asked == ["route"] * (MOST_TRIES + 1)


async def test_a_defect_in_another_command_is_left_to_the_reconciler() -> None:
    workflows = Asked()
    workflows.error = KeyError("a defect")
    with pytest.raises(KeyError):  # the reader logs it and goes on
        await commands_of(workflows).carry_out(entry("message.queued"))


async def test_an_entry_of_another_release_is_passed_by() -> None:
    assert await commands_of(Asked()).carry_out(entry("thing.happened"))


@pytest.mark.parametrize(
    ("planned", "launched_at", "told"),
    [(LATER, NOW, ["move_campaign"]), (None, NOW, ["move_campaign"]), (None, None, [])],
)
async def test_a_moved_campaign_hears_its_time_unless_it_was_taken_back(
    planned: datetime | None, launched_at: datetime | None, told: list[str]
) -> None:
    async def due(campaign: UUID) -> DueCampaign | None:
        status = CampaignStatus.SCHEDULED
        return DueCampaign(
            campaign, status, planned, launched_at, None, None, takes_recipients=False
        )

    workflows = Asked()
    assert await commands_of(workflows, due).carry_out(entry("campaign.moved"))
    assert workflows.asked == told
