"""The benchmarks of sending, tiny, on real stacks: their figures add up."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cli.bench import campaigns, controls, lanes, launches, pages, sharing
from cli.bench.opening import open_scene
from cli.bench.scene import Scene
from tests.cli.bench.scenes import on_one, share

PEOPLE = 1_100
"""Enough for the calls to be timed on a running campaign."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened() -> AsyncIterator[Scene]:
    """One installation for all that measure one campaign each, one after the other."""
    async with open_scene(PEOPLE, latency_ms=20) as scene:
        yield scene


@pytest.fixture
def shared(opened: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    share(opened, monkeypatch, controls, lanes, launches, pages)


async def test_two_campaigns_and_two_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "EDGE_S", 0.1)  # what is left of two seconds when one starts late
    figures = await campaigns.measure(200, 5, throttle=200, campaigns=2, workers=2, quiet=True)
    assert (figures["recipients"], figures["accepted"]) == (400, 400)
    assert (figures["lost"], figures["double"], figures["unknown"]) == (0, 0, 0)
    assert (figures["statuses"], figures["statuses_lost"]) == (1200, 0)
    # Calls are counted as they arrive: those that a busy machine held up share a second with the next ones.
    assert figures["max_in_any_second"] <= 260  # each with a speed of its own would be 400
    assert set(figures["workers"]) == {"worker", "worker-2"}
    assert sum(one["spans"] for one in figures["workers"].values()) == 2
    assert abs(sum(figures["campaigns"]["shares"]) - 1) < 0.001
    assert figures["temporal_runs"] == 1
    assert 10 < figures["temporal_history_length"] < 100
    assert figures["peak_rss_mb"]["worker-2"] > 50
    assert figures["cpu_us_per_msg"]["worker-2"] > 0


@on_one
@pytest.mark.usefixtures("shared")
async def test_a_launch_has_a_first_message() -> None:
    figures = await launches.measure(PEOPLE, 0, 0, quiet=True)
    assert figures["sent"]["recipients"] == PEOPLE
    assert 0 < figures["sent"]["freeze_s"] <= figures["sent"]["first_send_s"]
    assert "frozen" not in figures


@on_one
@pytest.mark.usefixtures("shared")
async def test_controls_act(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controls, "QUIET_S", 1.2)
    monkeypatch.setattr(controls, "STEADY_S", 2.2)
    figures = await controls.measure(1, 60, quiet=True)
    seen = figures["seconds_until_seen"]
    assert set(seen) == {"pause", "resume", "slower", "faster", "stop"}
    assert all(result["max"] < controls.LOST for result in seen.values())


@on_one
@pytest.mark.usefixtures("shared")
@pytest.mark.fault("8B5")
async def test_pages_open_during_a_campaign() -> None:
    figures = await pages.measure(PEOPLE, 1, 0, 20, quiet=True)
    assert {seen["count"] for seen in figures["pages"].values()} == {1}
    assert 0 < figures["pages"]["recipients, searched"]["max"] < 30


@on_one
@pytest.mark.usefixtures("shared")
async def test_replies_leave_during_a_campaign() -> None:
    figures = await lanes.measure(PEOPLE, 4, 0.1, 20, quiet=True)
    assert figures["arrived"] == 4
    assert figures["to_first_byte_s"]["max"] > 0
