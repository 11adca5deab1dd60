"""One bad object never affects another, and the drain never stands still."""

import asyncio
import copy
import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.receiving import inbound as keeping
from services.receiving import taking
from services.receiving.intake import Intake
from services.receiving.known import Known
from services.receiving.process import Processed, process, take
from services.receiving.taking import Taker
from store.engine import create_engine, create_sessions
from store.receiving import deliveries, objects
from store.receiving.deliveries import WaitingEvent
from tests import factories
from tests.deliveries import (
    COMMON,
    SENDER,
    as_bytes,
    documented,
    envelope,
    message,
    places,
    spoiled,
    value,
)
from tests.services.receiving.conftest import Sessions, column, count, drain, other, receive, said

ALPHABET = "".join(chr(code) for code in range(0x4E00, 0x9FA0))


def noise(length: int) -> str:
    """Text that compresses badly, so that an index row of it is too large."""
    chance = Random(length)
    return "".join(chance.choices(ALPHABET, k=length))


@pytest.mark.fault("A2")
async def test_half_an_emoji_and_the_six_characters_cost_nothing(sessions: Sessions) -> None:
    half = said("Hi \ud83d", 1)
    literal = said("a \\u0000 b", 2)
    button = message("button", 3) | {"button": {"payload": "x", "text": "\udc00 Stop"}}
    other = said("me too", 4, **{"from": "34611222999", "from_user_id": "ES.2"})
    given = value(messages=[half, literal, button, other, said("nul\x00", 5)])
    given["contacts"] = [{"profile": {"name": "Mara \ud83d"}, "wa_id": SENDER}]
    await receive(sessions, as_bytes(envelope(("messages", given))))
    bodies = await column(sessions, "body FROM messages")
    assert sorted(bodies) == sorted(["Hi �", "a \\u0000 b", "� Stop", "me too", "nul�"])
    assert "Mara �" in await column(sessions, "name FROM contacts")
    assert await column(
        sessions, "payload->'text'->>'body' FROM messages WHERE body LIKE 'a %'"
    ) == ["a \\u0000 b"]
    assert await count(sessions, "webhook_objects") == 0


@pytest.mark.fault("A2")
@pytest.mark.parametrize(
    "encode",
    [
        lambda body: body.replace(b"WORD", b"caf\xe9"),
        lambda body: body.replace(b"WORD", b"\xed\xa0\xbd"),
        lambda body: body.replace(b"WORD", b"tab\there"),
        lambda body: b"\xef\xbb\xbf" + body,
        lambda body: body.decode().encode("utf-16"),
        lambda body: body.replace(b'"WORD"', b"NaN"),
        lambda body: body.replace(b'"WORD"', b"9" * 6000),
        lambda body: body.replace(b'"WORD"', b"[" * 5000 + b"]" * 5000),
        lambda body: body.replace(b'"WORD"', b"1e999"),
    ],
    ids=["latin-1", "cesu", "control", "bom", "utf-16", "nan", "digits", "deep", "infinite"],
)
async def test_bytes_that_are_hardly_json_are_read(
    sessions: Sessions, encode: Callable[[bytes], bytes]
) -> None:
    given = value(messages=[said("WORD", 1), said("beside", 2)])
    await receive(sessions, encode(json.dumps(envelope(("messages", given))).encode()))
    assert await count(sessions, "messages") == 2
    assert await count(sessions, "webhook_events WHERE state = 'dead'") == 0


NASTY: dict[str, Callable[[], dict[str, Any]]] = {
    "a name of 3,000 characters": lambda: value(
        messages=[said("x", "n", **{"from": "34611777001", "from_user_id": "ES.n"})],
        contacts=[{"profile": {"name": noise(3000)}, "wa_id": "34611777001"}],
    ),
    "a message id of 10,000 characters": lambda: value(
        messages=[said("x") | {"id": "wamid." + noise(10_000)}]
    ),
    "a user id of 10,000 characters": lambda: value(
        messages=[said("x", "u") | {"from": None, "from_user_id": noise(10_000)}]
    ),
    "a kind of 10,000 characters": lambda: value(messages=[said("x", "k") | {"type": noise(10_000)}]),
    "a quoted id of 10,000": lambda: value(messages=[said("x", "q", context={"id": noise(10_000)})]),
    "a failure dated 9999": lambda: value(
        statuses=[
            {"id": "w", "status": "failed", "timestamp": "253402300799",
             "biz_opaque_callback_data": f"{uuid4()}:1", "errors": [{"code": 131049}]}
        ]
    ),
    "an attempt beyond counting": lambda: value(
        statuses=[{"id": "w", "status": "sent", "biz_opaque_callback_data": f"{uuid4()}:9999"}]
    ),
    "a code beyond counting": lambda: value(
        statuses=[{"id": "w", "status": "failed", "biz_opaque_callback_data": f"{uuid4()}:1",
                   "errors": [{"code": 10**30, "title": noise(10_000)}], "pricing": {"type": noise(9000)}}]
    ),
    "no phones": lambda: value(
        messages=[message("contacts", "p") | {"contacts": [{"phones": None, "name": None}]}]
    ),
    "absurd types": lambda: value(
        messages=[
            {"id": 7, "from": int(SENDER), "type": "text", "text": 5, "timestamp": True},
            {"id": [], "from": {}, "type": {}, "text": []},
            {"id": "wamid.f", "from": {}, "type": "text", "text": {"body": "nobody"}}, 7, None, "x",
        ],
        statuses="not a list", errors=3,
    ),
}  # fmt: skip


@pytest.mark.fault("C1")
@pytest.mark.parametrize("name", NASTY)
async def test_one_delivery_never_stops_the_others(sessions: Sessions, name: str) -> None:
    first = as_bytes(envelope(("messages", value(messages=[said("before", "b")]))))
    last = as_bytes(envelope(("messages", value(messages=[said("after", "a")]))))
    await receive(sessions, first, as_bytes(envelope(("messages", NASTY[name]()))), last)
    assert {"before", "after"} <= set(await column(sessions, "body FROM messages"))
    assert await count(sessions, "webhook_events WHERE state = 'dead'") == 0
    assert await count(sessions, "webhook_objects WHERE reason = 'not_applied'") == 0


async def test_long_ids_with_one_beginning_stay_two(sessions: Sessions) -> None:
    start = "wamid." + "A" * 5000
    both = [said("one") | {"id": f"{start}1"}, said("two") | {"id": f"{start}2"}]
    await receive(sessions, as_bytes(envelope(("messages", value(messages=both)))))
    assert await count(sessions, "messages") == 2


@pytest.mark.fault("C1")
async def test_a_time_ahead_of_now_counts_as_now(sessions: Sessions) -> None:
    ahead = said("from tomorrow") | {"timestamp": str(int(time.time()) + 90_000)}
    await receive(sessions, as_bytes(envelope(("messages", value(messages=[ahead])))))
    (expires,) = await column(sessions, "window_expires_at FROM conversations")
    assert 23.9 < (expires - datetime.now(UTC)).total_seconds() / 3600 <= 24


LOGGED: dict[str, tuple[dict[str, Any], str, str]] = {
    "without sender": (
        envelope(("messages", value(messages=[said("x") | {"from": None, "from_user_id": None}], contacts=[]))),
        "no_sender", "aside",
    ),
    "without id": (
        envelope(("messages", value(messages=[said("x") | {"id": None}]))), "no_id", "aside",
    ),
    "unknown kind": (
        envelope(("messages", value(messages=[message("hologram", 1)]))), "unknown_kind", "kept",
    ),
    "user actions": (
        envelope(("messages", value(user_actions=[{"action_type": "click"}]))), "not_used", "kept",
    ),
    "errors": (
        envelope(("messages", value(errors=[{"code": 130429}]))), "meta_error", "kept",
    ),
    "unknown status": (
        envelope(("messages", value(statuses=[{"id": "w", "status": "teleported"}]))),
        "unknown_status", "kept",
    ),
    "unknown list": (
        envelope(("messages", value(holograms=[{"z": 1}]))), "unknown_field", "kept",
    ),
    "history": (envelope(("history", {"history": [{"threads": []}]})), "not_used", "kept"),
    "app state": (envelope(("smb_app_state_sync", {"state_sync": []})), "not_used", "kept"),
    "calls": (envelope(("calls", {"calls": [{"id": "c"}]})), "not_used", "kept"),
    "unknown field": (envelope(("brand_new", {"a": 1})), "unknown_field", "kept"),
    "no envelope": ({"entry": 3}, "not_a_webhook", "aside"),
    "no number": (
        envelope(("messages", value(messages=[said("x")], metadata=None))), "no_number", "aside",
    ),
}  # fmt: skip


@pytest.mark.fault("A8")
@pytest.mark.parametrize("name", LOGGED)
async def test_what_has_no_effect_stands_in_the_log(sessions: Sessions, name: str) -> None:
    delivery, reason, state = LOGGED[name]
    await receive(sessions, as_bytes(delivery))
    rows = await column(sessions, "reason || ' ' || state FROM webhook_objects")
    assert rows == [f"{reason} {state}"]
    # Replayed, it is the same line, not a second one.
    async with sessions.begin() as session:
        assert await objects.replay(session, 0, 10**6) == 1
    assert await column(sessions, "state FROM webhook_objects") == ["replayed"]
    await drain(sessions)
    rows = await column(sessions, "reason || ' ' || state || ' ' || tries FROM webhook_objects")
    assert rows == [f"{reason} {state} 2"]


@pytest.fixture
def defect(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A bug that affects only some messages: "poison" raises; attempts are counted."""
    attempts = [0]
    keep = keeping.keep

    async def keeps(session: AsyncSession, inbound: Any, *rest: Any) -> Any:
        attempts[0] += 1
        if any(item.body == "poison" for item in inbound):
            # A fault in the middle of a statement, which ends the transaction it is in.
            await session.execute(text("SELECT 1 / 0"))
        return await keep(session, inbound, *rest)

    monkeypatch.setattr(keeping, "keep", keeps)
    return attempts


@pytest.mark.fault("A2")
@pytest.mark.parametrize("poisons", [1, 5])
async def test_a_thousand_neighbours_of_poison_are_kept_in_few_steps(
    sessions: Sessions, defect: list[int], poisons: int
) -> None:
    chance = Random(7)
    bad = set(chance.sample(range(1000), poisons))
    sent = [said("poison" if i in bad else f"no {i}", i) for i in range(1000)]
    await receive(sessions, as_bytes(envelope(("messages", value(messages=sent)))))
    assert await count(sessions, "messages") == 1000 - poisons
    assert await count(sessions, "webhook_objects WHERE error = 'DataError 22012'") == poisons
    assert defect[0] <= 1 + poisons * 2 * 11
    # After a fix they are replayed and arrive.
    defect[0] = -(10**6)
    async with sessions.begin() as session:
        await objects.replay(session, 0, 10**6)
        await session.execute(
            text("UPDATE webhook_events SET body = convert_to(replace(convert_from(body, 'UTF8'),"
                 " 'poison', 'mended'), 'UTF8') WHERE state = 'waiting'")
        )  # fmt: skip
    await drain(sessions)
    assert await count(sessions, "messages WHERE body = 'mended'") == poisons


@pytest.mark.fault("C1")
async def test_a_defect_outside_any_object_sets_deliveries_aside_one_by_one(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = objects.keep

    async def fails(session: AsyncSession, log: Any) -> None:
        if log:
            raise RuntimeError("a defect")
        await keep(session, log)

    monkeypatch.setattr(objects, "keep", fails)
    good = as_bytes(envelope(("messages", value(messages=[said("fine")]))))
    await receive(sessions, as_bytes(envelope(("brand_new", {"a": 1}))), good)
    assert await count(sessions, "messages WHERE body = 'fine'") == 1
    dead = "webhook_events WHERE state = 'dead' AND error = 'not_applied RuntimeError'"
    assert await count(sessions, dead) == 1


@pytest.mark.fault("C1")
@pytest.mark.parametrize("twin_has_it", [True, False])
async def test_only_the_delivery_that_failed_is_given_up(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, twin_has_it: bool
) -> None:
    """Another drain takes the failed delivery in between: then nothing is set aside, least of all the next one."""
    intake = Intake(sessions)
    for word in ("bad", "fine"):
        await intake.keep(
            as_bytes(envelope(("messages", value(messages=[said(word, word)])))), None
        )
    real = take

    async def broken(
        session: AsyncSession, events: Sequence[WaitingEvent], known: Known
    ) -> Processed:
        if b'"bad"' in events[0].body:
            raise RuntimeError
        return await real(session, events, known)

    monkeypatch.setattr(taking, "take", broken)
    taker = Taker(sessions)
    give_up = deliveries.give_up

    async def beside_a_twin(session: AsyncSession, event_id: int, cause: str) -> bool:
        if twin_has_it:
            assert [event.id for event in await deliveries.claim(twin, 1)] == [event_id]
        return await give_up(session, event_id, cause)

    monkeypatch.setattr(deliveries, "give_up", beside_a_twin)
    async with sessions() as twin:
        for _ in range(2):  # as a batch, then alone
            await taker.take()
        dead = await count(sessions, "webhook_events WHERE state = 'dead'")
        assert dead == (0 if twin_has_it else 1)
        await taker.take()
    assert await count(sessions, "messages WHERE body = 'fine'") == 1


@pytest.mark.fault("C1")
async def test_a_locked_row_lets_the_others_pass(sessions: Sessions) -> None:
    theirs = {"from": "34611222999", "from_user_id": "ES.2"}
    await receive(
        sessions,
        as_bytes(envelope(("messages", value(messages=[said("hello", 1)])))),
        as_bytes(envelope(("messages", value(messages=[said("hello", 2, **theirs)])))),
    )
    engine = sessions.kw["bind"]

    async def take(taker: Taker) -> int:
        return (await taker.take()).taken

    async with sessions() as holder:
        await holder.execute(
            text("SELECT 1 FROM conversations v JOIN contacts c ON c.id = v.contact_id"
                 " WHERE c.phone = :phone FOR UPDATE OF v"), {"phone": f"+{SENDER}"},
        )  # fmt: skip
        intake = Intake(sessions)
        for body in (said("mine", 3), said("theirs", 4, **theirs)):
            await intake.keep(as_bytes(envelope(("messages", value(messages=[body])))), None)
        hurried = create_engine(
            str(engine.url.render_as_string(hide_password=False)) + "?options=-clock_timeout%3D200"
        )
        taker = Taker(create_sessions(hurried))
        for _ in range(6):
            await take(taker)
        assert await count(sessions, "messages WHERE body = 'theirs'") == 1
        assert await count(sessions, "webhook_events WHERE state = 'waiting'") == 1
        await hurried.dispose()
    await drain(sessions)
    assert await count(sessions, "messages WHERE body = 'mine'") == 1


@pytest.mark.fault("A2")
@pytest.mark.parametrize("seed", range(5))
async def test_no_mutation_of_any_documented_shape_costs_anybody_anything(
    sessions: Sessions, seed: int
) -> None:
    """Bodies by mutation of every documented shape, each beside a message of somebody else."""
    chance = Random(seed)
    intake = Intake(sessions)
    sent = 0
    for shape in documented():
        for times in (1, 3):
            bad = spoiled(shape, chance, times)
            sent += 1
            bystander = {
                "field": "messages",
                "value": value(messages=[said("bystander", f"{seed}.{sent}", **other(sent))]),
            }
            bad_entries = bad.get("entry")
            entries = bad_entries if isinstance(bad_entries, list) else []
            at = chance.randrange(2)
            entries.insert(at * len(entries), {"id": factories.WABA_ID, "changes": [bystander]})
            await intake.keep(as_bytes({**bad, "entry": entries}), None)
    await drain(sessions)
    assert await count(sessions, "messages WHERE body = 'bystander'") == sent
    assert await count(sessions, "webhook_events WHERE state = 'dead'") == 0
    applied = await column(sessions, "error || ': ' || convert_from(body, 'UTF8') FROM webhook_objects"
                                     " WHERE reason = 'not_applied'")  # fmt: skip
    assert applied == []


async def test_every_documented_shape_has_a_place(sessions: Sessions) -> None:
    for shape in documented():
        assert list(places(copy.deepcopy(shape)))
        await receive(sessions, as_bytes(shape))
    assert await count(sessions, "webhook_objects WHERE state = 'aside'") == 0
    assert COMMON["from"] == SENDER


async def test_away_goes_up_and_takes_nothing_with_it(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(*_: Any) -> Any:
        await asyncio.sleep(0)
        raise TimeoutError

    await Intake(sessions).keep(as_bytes(envelope(("messages", value(messages=[said("x")])))), None)
    monkeypatch.setattr(keeping, "keep", locked)
    with pytest.raises(TimeoutError):
        async with sessions.begin() as session:
            await process(session)
    assert await count(sessions, "webhook_events WHERE state = 'waiting'") == 1
