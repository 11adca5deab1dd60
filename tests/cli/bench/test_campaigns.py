"""The benchmarks of sending, tiny, on real stacks: their figures add up."""

import pytest

from cli.bench import campaigns, controls, lanes, launches, pages


async def test_two_campaigns_and_two_workers() -> None:
    figures = await campaigns.measure(300, 5, throttle=200, campaigns=2, workers=2, quiet=True)
    assert (figures["recipients"], figures["accepted"]) == (600, 600)
    assert (figures["lost"], figures["double"], figures["unknown"]) == (0, 0, 0)
    assert (figures["statuses"], figures["statuses_lost"]) == (1800, 0)
    assert figures["max_in_any_second"] <= 210
    assert set(figures["workers"]) == {"worker", "worker-2"}
    assert sum(one["spans"] for one in figures["workers"].values()) == 2
    assert abs(sum(figures["campaigns"]["shares"]) - 1) < 0.001
    assert figures["temporal_runs"] == 1
    assert 10 < figures["temporal_history_length"] < 100
    assert figures["peak_rss_mb"]["worker-2"] > 50
    assert figures["cpu_us_per_msg"]["worker-2"] > 0


async def test_replies_leave_during_a_campaign() -> None:
    figures = await lanes.measure(2_000, 4, 0.1, 20, quiet=True)
    assert figures["arrived"] == 4
    assert figures["to_first_byte_s"]["max"] > 0


@pytest.mark.fault("8B5")
async def test_pages_open_during_a_campaign() -> None:
    figures = await pages.measure(1_000, 1, 0, 20, quiet=True)
    assert {seen["count"] for seen in figures["pages"].values()} == {1}
    assert 0 < figures["pages"]["recipients, searched"]["max"] < 30


async def test_controls_act(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controls, "QUIET_S", 1.2)
    monkeypatch.setattr(controls, "STEADY_S", 2.2)
    figures = await controls.measure(1, 60, quiet=True)
    seen = figures["seconds_until_seen"]
    assert set(seen) == {"pause", "resume", "slower", "faster", "stop"}
    assert all(result["max"] < controls.LOST for result in seen.values())


async def test_a_launch_has_a_first_message() -> None:
    figures = await launches.measure(2_000, 0, 300, quiet=True)
    assert figures["sent"]["recipients"] == 2_000
    assert 0 < figures["sent"]["freeze_s"] <= figures["sent"]["first_send_s"]
    assert "frozen" not in figures
