"""The one table of what follows from a fact: complete, and without anything that could not be so."""

from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import orjson
import pytest

from domain.ids import new_id
from domain.journal.facts import COLUMNS, KINDS, Fact
from domain.journal.rules import RULES, Command, Life, Stream, heard
from domain.live import EVERY, SINGLE, WHOLE, Event, Room

OF_ITS_ROOM = {
    Room.CAMPAIGN: "campaign_id", Room.CONVERSATION: "conversation_id", Room.CONTACT: "contact_id",
    Room.IMPORT: "import_id", Room.CHANNEL: "channel_id", Room.AUTOMATION: "automation_id",
    Room.RUN: "run_id",
}  # fmt: skip
EXAMPLES: dict[Any, Any] = {
    UUID: new_id(), str: "said", int: 3, bool: True, float: 1.5,
    datetime: datetime(2026, 11, 1, tzinfo=UTC),
}  # fmt: skip


def example(kind: str, **given: Any) -> Fact:
    """A fact of the kind with something in each of its own fields."""
    fact = KINDS[kind]
    hints = get_type_hints(fact)
    own = {f.name: _value(hints[f.name]) for f in fields(fact) if f.name not in ("before", "after")}
    return fact(**(own | given))


def _value(hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    if hint in EXAMPLES:
        return EXAMPLES[hint]
    origin = get_origin(hint) or hint
    if isinstance(origin, type) and issubclass(origin, StrEnum):
        return next(iter(origin))
    return {"a": 1} if "apping" in str(origin) or origin is dict else ()


def test_every_kind_of_fact_has_its_line_and_every_line_its_kind() -> None:
    assert KINDS.keys() == RULES.keys()


@pytest.mark.parametrize("kind", RULES)
def test_a_line_promises_nothing_that_its_fact_cannot_keep(kind: str) -> None:
    rule, fact = RULES[kind], KINDS[kind]
    names = {field.name for field in fields(fact)}
    assert fact.key in names
    assert fact.entity
    for room, _ in rule.heard:
        assert OF_ITS_ROOM.get(room, fact.key) in names, room
        assert room in {*WHOLE, *SINGLE}
    # What is asked for later is kept as long, and can be found by what it is asked by.
    assert rule.life is Life.KEPT or not (rule.audited or rule.history or rule.timeline)
    assert not rule.history or "campaign_id" in names
    assert not rule.timeline or "contact_id" in names or rule.everywhere  # its people are listed
    assert kind.count(".") == 1
    assert kind == kind.lower()
    assert not rule.public or rule.public.count(".") == 1


def test_every_command_follows_from_something_and_is_read_in_one_stream() -> None:
    assert {rule.command for rule in RULES.values()} - {None} == set(Command)
    streams = {command: command.stream for command in Command}
    assert set(streams.values()) == set(Stream)
    assert {c for c, stream in streams.items() if stream is Stream.CAMPAIGNS} == {
        c for c in Command if c.value.endswith("_campaign")
    }


@pytest.mark.parametrize("kind", RULES)
def test_a_fact_is_kept_with_its_ids_once_and_the_rest_beside_them(kind: str) -> None:
    fact = example(kind)
    ids, data = fact.ids(), fact.data() or {}
    assert tuple(ids) == COLUMNS
    assert not {*data} & {*COLUMNS, "before", "after", fact.key}
    assert fact.entity_id == str(getattr(fact, fact.key))
    assert orjson.loads(orjson.dumps(data, default=str)).keys() == data.keys()


def test_what_changed_stands_beside_a_facts_own_fields_and_nothing_is_made_up() -> None:
    edited = example("campaign.edited", before={"name": "A"}, after={"name": "B"})
    assert (edited.data() or {})["name"] == "B"
    started = KINDS["conversation.started"](conversation_id=new_id())  # type: ignore[call-arg]
    assert (started.data(), started.ids()["contact_id"]) == (None, None)


@pytest.mark.parametrize("kind", RULES)
def test_exactly_the_rooms_that_can_be_named_hear_of_it(kind: str) -> None:
    rule = RULES[kind]
    ids = {name: f"the {name}" for name in OF_ITS_ROOM.values()}
    assert list(heard(kind, ids)) == [
        (room.of(ids[OF_ITS_ROOM[room]]) if room in OF_ITS_ROOM else room.value, event)
        for room, event in rule.heard
    ] + [(room.of(EVERY), event) for room, event in rule.everywhere]
    nameless = [room.value for room, _ in rule.heard if room not in OF_ITS_ROOM]
    everywhere = [room.of(EVERY) for room, _ in rule.everywhere]
    assert [room for room, _ in heard(kind, {})] == nameless + everywhere


def test_a_kind_of_a_later_release_is_heard_nowhere() -> None:
    assert list(heard("campaign.of_next_year", {"campaign_id": "1"})) == []


def test_pages_hear_only_events_that_they_know() -> None:
    said = {event for rule in RULES.values() for _, event in rule.heard}
    assert said <= set(Event)
    by_ticks = {
        Event.CAMPAIGN_PROGRESS, Event.FILE_PROGRESS, Event.MESSAGE_STATUS, Event.USER_ACTIVITY, Event.ALERT_SEEN,
    }  # fmt: skip
    assert set(Event) - said == by_ticks
