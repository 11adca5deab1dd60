"""The state of each part of an installation: the worst first, each with a next step."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.sentences import Sentence
from domain.system import (
    ALIVE,
    API,
    PATIENCE_S,
    RECENT,
    SKEW_MS,
    SLOW_MS,
    WORKER,
    Facts,
    Look,
    Number,
    Process,
    Sign,
    Tone,
    alive,
    signs,
    worst_look,
)

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
SINCE = NOW - timedelta(minutes=20)
GOOD = {
    "database": Look(True, SINCE, 3),
    "temporal": Look(True, SINCE, 4),
    "disk": Look(True, SINCE),
}


def process(kind: str, **more: Any) -> Process:
    made = Process(
        kind, "box", "0019", NOW - timedelta(days=1), NOW - timedelta(seconds=9), 5, GOOD
    )
    return replace(made, **more)


def well(**more: Any) -> Facts:
    number = Number("1", "Main line", NOW - timedelta(minutes=1))
    here = (process(WORKER), process(API))
    return replace(
        Facts(NOW, here, 5, version="0019", numbers=(number,), disk_free=9 * 1024**3), **more
    )


def one(facts: Facts, key: str) -> Sign:
    return next(sign for sign in signs(facts) if sign.key == key)


def with_look(name: str, look: Look) -> tuple[Process, ...]:
    return (process(WORKER, looks=GOOD | {name: look}), process(API))


BAD = Look(False, SINCE)
AWAY = NOW - ALIVE - timedelta(seconds=1)
LONG_AWAY = NOW - RECENT - timedelta(seconds=1)
NUMBER = Number("1", "Main line", NOW)


def test_where_all_is_well_nothing_has_to_be_done() -> None:
    for sign in signs(well()):
        assert (sign.tone, sign.step, sign.href) == (Tone.OK, None, ""), sign.key


@pytest.mark.parametrize(
    ("change", "key", "tone", "said"),
    [
        ({"locked": 3}, "database", Tone.DOWN, "system_locked"),
        ({"locked": 3, "database_ms": 9999}, "database", Tone.DOWN, "system_locked"),
        ({"database_ms": SLOW_MS + 1}, "database", Tone.WARN, "system_slow"),
        ({"processes": with_look("database", Look(True, SINCE, SLOW_MS + 1))}, "database", Tone.WARN, "system_slow"),
        ({"database_ms": SLOW_MS}, "database", Tone.OK, "system_answers"),
        ({"schema_is_newer": True}, "schema", Tone.DOWN, "system_schema.newer"),
        ({"schema_is_current": False}, "schema", Tone.DOWN, "system_schema.older"),
        ({"processes": (process(WORKER, version="0018"), process(API))}, "schema", Tone.WARN, "system_schema.mixed"),
        ({"processes": (process(WORKER, version="0018", seen_at=AWAY), process(API))}, "schema", Tone.OK, "system_schema"),
        ({"processes": ()}, "temporal", Tone.WARN, "system_unseen"),
        ({"processes": with_look("temporal", BAD)}, "temporal", Tone.DOWN, "system_silent"),
        ({"backlog": {"a": 2, "b": 1}}, "temporal", Tone.OK, "system_tasks"),
        ({"processes": (process(API),)}, "worker", Tone.DOWN, "system_process.unseen"),
        ({"processes": (process(WORKER, seen_at=AWAY),)}, "worker", Tone.DOWN, "system_process.away"),
        ({"processes": (process(WORKER), process(WORKER, seen_at=AWAY))}, "worker", Tone.WARN, "system_process.silent"),
        ({"processes": (process(WORKER), process(WORKER, seen_at=LONG_AWAY))}, "worker", Tone.OK, "system_process"),
        ({"processes": (process(WORKER),)}, "api", Tone.DOWN, "system_process.unseen"),
        ({"processes": (process(WORKER, ahead_ms=-SKEW_MS - 1), process(API))}, "clock", Tone.WARN, "system_clock"),
        ({"processes": (process(WORKER, ahead_ms=SKEW_MS), process(API))}, "clock", Tone.OK, "system_clock"),
        ({"processes": with_look("disk", BAD)}, "disk", Tone.DOWN, "system_disk.full"),
        ({"disk_is_low": True}, "disk", Tone.WARN, "system_disk"),
        ({"processes": with_look("folder:a", BAD)}, "folder", Tone.DOWN, "system_folder.closed"),
        ({"numbers": (replace(NUMBER, problem=Sentence("channel_token")),)}, "whatsapp:1", Tone.DOWN, "channel_token"),
        ({"processes": with_look("whatsapp:1", BAD)}, "whatsapp:1", Tone.DOWN, "system_silent"),
        ({"processes": with_look("whatsapp:1", Look(True, SINCE, 80))}, "whatsapp:1", Tone.OK, "system_answers"),
        ({}, "whatsapp:1", Tone.OK, "system_whatsapp"),
        ({"numbers": (replace(NUMBER, proven=False),)}, "webhook:1", Tone.DOWN, "system_webhook.refused"),
        ({"numbers": (replace(NUMBER, last_webhook_at=None),)}, "webhook:1", Tone.WARN, "system_webhook.none"),
        ({"numbers": (replace(NUMBER, last_webhook_at=NOW - timedelta(days=3)),)}, "webhook:1", Tone.WARN, "system_webhook.old"),
        ({"deliveries": 9, "delivery_age": PATIENCE_S + 1}, "deliveries", Tone.DOWN, "system_queue.late"),
        ({"deliveries": 9, "delivery_age": PATIENCE_S}, "deliveries", Tone.OK, "system_queue"),
        ({"singles": 1, "single_age": 61}, "singles", Tone.DOWN, "system_queue.late"),
        ({"campaigns": 1, "campaign_age": 61}, "campaigns", Tone.DOWN, "system_queue.campaigns"),
        ({}, "campaigns", Tone.OK, "system_queue.empty"),
        ({"aside": 2}, "aside", Tone.WARN, "system_aside"),
    ],
)  # fmt: skip
def test_every_state_of_every_part(change: dict[str, Any], key: str, tone: Tone, said: str) -> None:
    sign = one(well(**change), key)
    assert (sign.tone, sign.said.key) == (tone, said)
    helped = (
        sign.key == "whatsapp:1" and sign.said.key == "channel_token"
    )  # the number brings its own
    assert (sign.step is None) is (tone is Tone.OK or helped)
    assert bool(sign.href) is (tone is not Tone.OK)


def test_a_campaign_that_is_late_leads_to_itself_where_it_is_known() -> None:
    late = {"campaigns": 1, "campaign_age": 61}
    assert one(well(**late), "campaigns").href == "/campaigns"
    assert one(well(campaign_id="c1", **late), "campaigns").href == "/campaigns/c1"


def test_two_machines_that_do_not_share_a_folder_are_told_and_one_that_does_is_not() -> None:
    def keys(*marks: str) -> set[str]:
        here = tuple(process(API, looks={f"folder:{mark}": Look(True, SINCE)}) for mark in marks)
        return {sign.key for sign in signs(well(processes=here))}

    assert "folder" in keys("a", "b")
    assert "folder" not in keys("a", "a")


def test_only_living_processes_are_believed_and_a_bad_look_of_any_counts() -> None:
    good, bad = Look(True, SINCE), Look(False, NOW)
    here = [
        process(WORKER, looks={"disk": good}),
        process(WORKER, looks={"disk": bad}),
        process(WORKER, looks={"disk": Look(False, SINCE)}, seen_at=AWAY),
    ]
    assert worst_look(here, "disk", NOW) is bad
    assert worst_look(here[:1], "disk", NOW) is good
    assert worst_look(here[2:], "disk", NOW) is None
    assert alive(here, WORKER, NOW) == here[:2]
    assert alive(here, API, NOW) == []


def test_without_any_process_no_clock_is_told_and_the_first_channel_only_where_it_fails() -> None:
    keys = {sign.key for sign in signs(well(processes=()))}
    assert not keys & {"clock", "first_channel"}
    [sign] = [
        s for s in signs(well(first_channel=Look(False, SINCE, said="x"))) if s.href == "/channels"
    ]
    assert (sign.tone, sign.since) == (Tone.DOWN, SINCE)
