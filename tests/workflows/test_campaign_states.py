"""The state of a campaign's workflow: spans handed out once, limits kept, runs that can continue."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st
from temporalio.client import WorkflowHistory

from domain.campaigns import CampaignStatus
from tests.workflows.histories import FOLDER
from workflows.campaign_states import WINDOW, CampaignInput, CampaignState
from workflows.runner import CONVERTER

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


def _state(total: int = 25, span: int = 10, **more: object) -> CampaignState:
    state = CampaignState.of(CampaignInput(uuid4(), total=total, span=span))
    for name, value in more.items():
        setattr(state, name, value)
    return state


@given(st.integers(0, 300), st.integers(1, 50), st.data())
def test_everybody_is_handed_out_once_in_whatever_order_spans_end(
    total: int, span: int, data: st.DataObject
) -> None:
    state, seen = _state(total, span), list[int]()
    while True:
        while (taken := state.next_span()) is not None:
            seen += range(taken[0], taken[1] + 1)
        assert len(state.open) <= WINDOW
        if not state.open:
            break
        state.open.remove(data.draw(st.sampled_from(sorted(state.open))))
    assert sorted(seen) == list(range(1, total + 1))


def test_what_halted_is_handed_out_before_what_is_fresh() -> None:
    state = _state(todo=[(1, 10)], next_seq=11)
    assert [state.next_span(), state.next_span()] == [(1, 10), (11, 20)]


def test_nothing_is_handed_out_while_whatsapp_takes_nobody_and_the_later_end_counts() -> None:
    state = _state()
    state.rest(NOW + timedelta(hours=2))
    state.rest(NOW + timedelta(hours=1))
    assert state.next_span() is None
    assert state.rest_until == NOW + timedelta(hours=2)


def test_it_moves_when_there_is_room_unless_it_is_paused() -> None:
    state = _state(total=100)
    assert state.can_move()
    while state.next_span():
        pass
    assert not state.can_move()  # full
    state.open.pop()
    assert state.can_move()
    state.ask(paused=True)
    assert not state.can_move()


def test_what_is_stopped_stays_stopped_whatever_the_row_says_later() -> None:
    state = _state()
    state.obey(CampaignStatus.HELD)
    assert (state.paused, state.stopped) == (True, False)
    state.ask(stopped=True)
    state.obey(CampaignStatus.RUNNING)
    assert (state.paused, state.stopped, state.asked) == (False, True, 1)
    assert state.goes_on()


def test_a_run_carries_on_where_the_one_before_ended() -> None:
    state = _state(todo=[(1, 10)], next_seq=21, begun=True, scheduled_at=NOW)
    state.paused = state.woken = state.restart = True
    after = CampaignState.of(state.carried())
    assert (after.todo, after.next_seq, after.begun, after.runs) == ([(1, 10)], 21, True, 2)
    assert (after.paused, after.woken, after.restart, after.open) == (False, False, False, set())


async def test_the_input_of_a_campaign_that_runs_since_an_older_version_is_read() -> None:
    """Field names are the wire format: what an earlier version carried over must start a run of this one."""
    recorded = (FOLDER / "campaign-continued.json").read_text()
    begun = WorkflowHistory.from_json("replay/continued", recorded).events[0]
    payloads = begun.workflow_execution_started_event_attributes.input.payloads
    [start] = await CONVERTER.decode(payloads, [CampaignInput])
    [carried] = await CONVERTER.encode([CampaignState.of(start).carried()])
    was, now = json.loads(payloads[0].data), json.loads(carried.data)
    assert now == {"undo_until": None} | was | {"runs": was["runs"] + 1}
