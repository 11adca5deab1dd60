"""When an alert is open: raised at a limit, kept until it is really over, and seen by whom it concerns."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.wording import say
from domain.alerts.kinds import AlertKind, Due
from domain.alerts.rules import (
    AWAY,
    REJECTED,
    SENT,
    STATUS_WITHIN,
    TOKEN_ENDS_WITHIN,
    Halted,
    Numbered,
    Scene,
    due,
)
from domain.automations.guards import Guard
from domain.permissions import GRANTS, Role
from domain.system import ALIVE, Look, Process

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GOOD = {"temporal": Look(True, NOW - AWAY * 9, 4), "disk": Look(True, NOW)}
WORKER = Process("worker", "box", "0025", NOW, NOW, 0, GOOD)
LINE = Numbered("7", "Main line", "connected", None, "GREEN", {}, NOW)


def kinds(scene: Scene) -> list[AlertKind]:
    return [one.kind for one in due(scene)]


def number(**more: Any) -> Scene:
    return Scene(NOW, numbers=[replace(LINE, **more)], processes=[WORKER])


def looking(**more: Any) -> Scene:
    return Scene(NOW, processes=[replace(WORKER, looks=GOOD | more)])


def test_where_all_is_well_there_is_none() -> None:
    assert due(number()) == []
    assert due(Scene(NOW)) == []  # before the first process reported


@pytest.mark.parametrize(
    ("scene", "kind"),
    [
        (Scene(NOW, rejected=REJECTED), AlertKind.BAD_SIGNATURES),
        (Scene(NOW, aside=1), AlertKind.SET_ASIDE),
        (number(status="blocked", blocked_reason="payment"), AlertKind.NUMBER_STOPPED),
        (number(status="disconnected", blocked_reason="removed"), AlertKind.NUMBER_STOPPED),
        (number(quality="RED"), AlertKind.NUMBER_QUALITY),
        (number(restrictions={"RESTRICTED_UTILITY_TEMPLATES": "infinity"}), AlertKind.NUMBER_RESTRICTED),
        (number(token_ends_at=NOW + TOKEN_ENDS_WITHIN), AlertKind.TOKEN_ENDS),
        (number(token_ends_at=NOW - SECOND), AlertKind.TOKEN_ENDS),
        (number(unheard=SENT), AlertKind.NO_STATUSES),
        (number(unheard=SENT, heard=9, last_webhook_at=None), AlertKind.NO_STATUSES),
        (looking(disk=Look(True, NOW, None, "low")), AlertKind.DISK_LOW),
        (looking(disk=Look(False, NOW)), AlertKind.DISK_FULL),
        (looking(temporal=Look(False, NOW - AWAY - SECOND)), AlertKind.TEMPORAL_AWAY),
        (Scene(NOW, processes=[replace(WORKER, seen_at=NOW - AWAY - SECOND)]), AlertKind.WORKER_AWAY),
        (Scene(NOW, campaigns=[Halted("1", "Spring", "failures")]), AlertKind.CAMPAIGN_PAUSED),
        (Scene(NOW, campaigns=[Halted("1", "Spring", "missed_start", held=True)]), AlertKind.CAMPAIGN_HELD),
        (Scene(NOW, automations=[Halted("1", "Hello", "bots")]), AlertKind.AUTOMATION_PAUSED),
        (Scene(NOW, templates=[Halted("1", "hello (en)", "PAUSED")]), AlertKind.TEMPLATE_STOPPED),
    ],
)  # fmt: skip
def test_each_trouble_is_told_with_words_and_a_place(scene: Scene, kind: AlertKind) -> None:
    [one] = due(scene)
    assert one.kind is kind
    said = [kind.about(one.name, one.count), kind.named, kind.step, *([one.why] if one.why else [])]
    assert all(len(say(sentence)) > 5 for sentence in said)  # a missing one warns, which fails
    assert kind.href(one.subject).startswith("/")


@pytest.mark.parametrize(
    "scene",
    [
        Scene(NOW, rejected=REJECTED - 1),
        number(status="unverified"),
        number(status="disconnected"),  # somebody disconnected it
        number(quality="YELLOW"),
        number(token_ends_at=NOW + TOKEN_ENDS_WITHIN + SECOND),
        number(unheard=SENT - 1, last_webhook_at=None),
        number(unheard=SENT, heard=1),
        looking(temporal=Look(False, NOW - AWAY)),
        Scene(NOW, processes=[replace(WORKER, seen_at=NOW - AWAY)]),
        Scene(NOW, processes=[WORKER, replace(WORKER, seen_at=NOW - AWAY * 9)]),  # another took over
        Scene(NOW, processes=[WORKER, replace(WORKER, seen_at=NOW - ALIVE - SECOND, looks={"disk": Look(False, NOW)})]),
        Scene(NOW, templates=[Halted("1", "hello (en)", "PENDING")]),
    ],
)  # fmt: skip
def test_what_may_be_normal_is_not_told(scene: Scene) -> None:
    assert due(scene) == []


def test_wrong_signatures_end_only_when_none_comes_any_more() -> None:
    known = {(AlertKind.BAD_SIGNATURES, ""): NOW}
    assert kinds(Scene(NOW, rejected=1, open=known)) == [AlertKind.BAD_SIGNATURES]
    assert kinds(Scene(NOW, open=known)) == []


@pytest.mark.parametrize(
    ("more", "goes_on"),
    [
        ({"last_webhook_at": NOW - STATUS_WITHIN * 9}, True),  # nobody sends any more: nothing is mended
        ({"last_webhook_at": None}, True),
        ({"unheard": 1}, True),  # a webhook came, but not about this number
        ({"unheard": 9, "heard": 1}, False),
        ({}, False),
    ],
)  # fmt: skip
def test_silence_ends_with_news(more: dict[str, Any], *, goes_on: bool) -> None:
    since = NOW - STATUS_WITHIN * 2
    scene = replace(number(**more), open={(AlertKind.NO_STATUSES, LINE.id): since})
    assert (kinds(scene) == [AlertKind.NO_STATUSES]) is goes_on


def test_every_guard_has_words() -> None:
    for guard in Guard:
        [one] = due(Scene(NOW, automations=[Halted("1", "Hello", guard)]))
        assert one.why is not None
        assert say(one.why).endswith(".")
    [one] = due(Scene(NOW, automations=[Halted("1", "Hello", "a later one")]))
    assert one.why is None


def test_each_person_is_told_what_they_may_see() -> None:
    def told(role: Role) -> set[AlertKind]:
        return {kind for kind in AlertKind if kind.sees in GRANTS[role]}

    assert told(Role.ADMIN) == set(AlertKind)
    assert told(Role.ADMIN) - told(Role.MANAGER) == {AlertKind.TOKEN_ENDS}
    assert AlertKind.NUMBER_STOPPED in told(Role.AGENT)
    assert not told(Role.AGENT) & {
        AlertKind.DISK_FULL,
        AlertKind.CAMPAIGN_PAUSED,
        AlertKind.SET_ASIDE,
    }


def test_an_alert_is_the_same_by_kind_and_subject() -> None:
    assert Due(AlertKind.DISK_LOW, "a", count=1).key == Due(AlertKind.DISK_LOW, "a", count=2).key
