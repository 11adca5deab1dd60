"""Without a Temporal nothing is lost and nothing fails: each call says that it was not made."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from domain.automations.decisions import Decision, Next
from domain.ids import new_id
from settings import Settings
from workflows.client import Workflows
from workflows.runs import RunInput

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ID = new_id()
ENDED = Decision(next=Next.ENDED, state="stopped")
RUN = RunInput(run_id=ID, automation_id=ID, version=1, contact_id=ID)

CALLS: dict[str, Callable[[Workflows], Awaitable[object]]] = {
    "start_campaign": lambda away: away.start_campaign(ID, NOW),
    "pause_campaign": lambda away: away.pause_campaign(ID),
    "wake_campaign": lambda away: away.wake_campaign(ID),
    "move_campaign": lambda away: away.move_campaign(ID, NOW),
    "undo_campaign": lambda away: away.undo_campaign(ID),
    "wake_clock": lambda away: away.wake_clock(),
    "wake_run": lambda away: away.wake_run(RUN),
    "end_run": lambda away: away.end_run(ID, ENDED),
    "start_window": lambda away: away.start_window(ID, NOW, NOW),
    "run_import": lambda away: away.run_import(ID),
    "reachable": lambda away: away.reachable(),
}


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_that_was_not_made_says_so(name: str) -> None:
    away = Workflows.from_settings(Settings.model_construct(temporal_address="127.0.0.1:1"))
    assert await CALLS[name](away) is False


async def test_what_is_shown_of_it_is_nothing() -> None:
    away = Workflows.from_settings(Settings.model_construct(temporal_address="127.0.0.1:1"))
    assert await away.campaign_progress(ID) is None
    assert await away.backlog() == {}
