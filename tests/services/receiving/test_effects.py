"""What the log tells of each delivery: what it contained, and what it did."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from domain.webhook_log import MOST_KINDS
from services.receiving.intake import Intake
from tests import threads
from tests.deliveries import CHANGES, META, SENDER, as_bytes, envelope, message, value
from tests.services.receiving.conftest import Sessions, column, drain, other, receive, said

FOREIGN = META | {"phone_number_id": "999"}
Told = tuple[set[str], set[str]]


async def told(sessions: Sessions) -> Told:
    """Kinds and outcomes of the newest delivery."""
    query = text("SELECT kinds, outcomes FROM webhook_events ORDER BY id DESC LIMIT 1")
    async with sessions() as session:
        row = (await session.execute(query)).one()
    return set(row.kinds), set(row.outcomes)


async def after(sessions: Sessions, *changes: tuple[str, Any]) -> Told:
    await receive(sessions, as_bytes(envelope(*changes)))
    return await told(sessions)


def on(**lists: Any) -> tuple[str, Any]:
    return "messages", value(**lists)


async def sent(sessions: Sessions) -> UUID:
    """A message of ours that WhatsApp accepted."""
    (channel,) = await column(sessions, "id FROM channels")
    async with sessions.begin() as session:
        thread = await threads.thread(session, channel)
        return await threads.sent(session, thread, "accepted", wamid="wamid.OUT", attempt=1)


def status(message_id: object, state: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "wamid.OUT", "status": state, "timestamp": "1790417000", "recipient_id": SENDER,
        "biz_opaque_callback_data": f"{message_id}:1",
    } | more  # fmt: skip


async def test_a_message_is_applied_once_and_then_nothing_new(sessions: Sessions) -> None:
    kinds = {"message", "message/text"}
    assert await after(sessions, on(messages=[said("hi", 1)])) == (kinds, {"applied"})
    assert await after(sessions, on(messages=[said("hi", 1)], x=1)) == (kinds, {"duplicate"})
    both = on(messages=[said("hi", 1), said("new", 2, **other(2))])
    assert await after(sessions, both) == (kinds, {"duplicate", "applied"})
    twice = on(messages=[said("three", 3), said("three", 3)])
    assert (await after(sessions, twice))[1] == {"applied", "duplicate"}


async def test_a_status_is_applied_known_or_about_nothing_of_ours(sessions: Sessions) -> None:
    ours = await sent(sessions)
    read = {"status", "status/read"}
    assert await after(sessions, on(statuses=[status(ours, "read")])) == (read, {"applied"})
    assert await after(sessions, on(statuses=[status(ours, "read")], x=1)) == (read, {"duplicate"})
    earlier = await after(sessions, on(statuses=[status(ours, "sent")]))
    assert earlier == ({"status", "status/sent"}, {"duplicate"})
    for stranger in (uuid4(), "something of another program"):
        assert (await after(sessions, on(statuses=[status(stranger, "read")])))[1] == {"unmatched"}
    group = status(ours, "read", recipient_type="group")
    assert (await after(sessions, on(statuses=[group])))[1] == {"not_used"}
    mixed = on(statuses=[status(ours, "played"), status(uuid4(), "read"), status(ours, "sent")])
    assert (await after(sessions, mixed))[1] == {"applied", "unmatched"}


async def test_reactions_and_edits_count_once(sessions: Sessions) -> None:
    for name in ("reaction", "edit", "revoke"):
        given = message(name, 1)
        assert await after(sessions, on(messages=[given])) == (
            {"message", f"message/{name}"},
            {"applied"},
        )
        assert (await after(sessions, on(messages=[given], x=1)))[1] == {"duplicate"}
    bare = message("reaction", 2) | {"reaction": {}}
    assert (await after(sessions, on(messages=[bare])))[1] == {"unmatched"}


@pytest.mark.parametrize(
    ("changes", "kinds", "outcomes"),
    [
        ([on(messages=[message("hologram", 1)])], {"message", "message/hologram"}, {"applied", "unknown_kind"}),
        ([on(statuses=[status(1, "exploded")])], {"status", "status/exploded"}, {"unknown_kind"}),
        ([("a_field_of_next_year", CHANGES["a_field_of_next_year"])], {"a_field_of_next_year"}, {"unknown_kind"}),
        ([("calls", CHANGES["calls"])], {"calls"}, {"not_used"}),
        ([on(messages=[said("hi", 1)], metadata=FOREIGN)], {"message", "message/text"}, {"foreign"}),
        ([on(messages=[said("hi") | {"id": None}])], {"message", "message/text"}, {"aside"}),
        ([on(messages=[5, None])], {"messages"}, {"aside"}),
        ([], set(), {"not_used"}),
    ],
    ids=["hologram", "status", "field", "calls", "foreign", "no id", "odd", "empty"],
)  # fmt: skip
async def test_each_outcome_is_told(
    sessions: Sessions, changes: list[tuple[str, Any]], kinds: set[str], outcomes: set[str]
) -> None:
    assert await after(sessions, *changes) == (kinds, outcomes)


async def test_hostile_kinds_are_stored_and_few(sessions: Sessions) -> None:
    odd = ['{"', "\\", "a,b}", "NULL", "\x00\ud800", "x" * 5000, {"a": 1}]
    bare = {name: held for name, held in said("hi").items() if name != "text"}
    given = [
        bare | {"id": f"w{n}", "type": kind} for n, kind in enumerate([*odd, *map(str, range(90))])
    ]
    kinds, outcomes = await after(sessions, on(messages=given))
    assert len(kinds) <= MOST_KINDS + 1
    assert {'message/{"', "message/\\", "message/a,b}", "message/NULL"} <= kinds
    assert outcomes >= {"applied", "unknown_kind"}


async def test_a_repeated_delivery_is_counted_and_kept_once(sessions: Sessions) -> None:
    body, intake = as_bytes(envelope(on(messages=[said("hi", 1)]))), Intake(sessions)
    for _ in range(3):
        await intake.keep(body, None)
    await drain(sessions)
    await intake.keep(body, None)
    assert await column(sessions, "count(*) FROM webhook_events") == [1]
    assert await column(sessions, "count(*) FROM webhook_repeats") == [3]
