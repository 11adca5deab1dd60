"""A search finds what an oracle finds, on every page exactly once, whatever was packed, and however hostile."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.webhook_log import BLOCK, DeliveryFilter, block_of, mark
from domain.webhooks import Outcome
from store.receiving import deliveries, finding, log, marks
from store.receiving.deliveries import RawEvent, Told

CHANNELS = [new_id(), new_id()]
KINDS = ("message/text", "status/read", "account_update")
OUTCOMES = (Outcome.APPLIED, Outcome.DUPLICATE, Outcome.UNMATCHED)
NUMBERS = ("34611222333", "34611222444", "15195550123")
NOW = datetime.now(UTC)


def number_of(n: int) -> str:
    return Random(n).choice(NUMBERS)


def wamid_of(n: int) -> str:
    return f"wamid.A/{n % 40}=="


async def filled(session: AsyncSession, count: int = 60) -> list[dict[str, Any]]:
    """Deliveries with gaps between their ids, so that they lie in many blocks; what each of them is."""
    chance = Random(11)
    made: list[dict[str, Any]] = []
    for n in range(count):
        if n % 3 == 0:
            skipped = text("SELECT setval('webhook_events_id_seq', :id)")
            at = made[-1]["id"] if made else 0
            await session.execute(skipped, {"id": at + chance.randrange(1, 4 * BLOCK)})
        signed = frozenset(chance.sample(CHANNELS, chance.randrange(1, 3)))
        body = f'{{"n": {n}, "from": "{number_of(n)}", "id": "{wamid_of(n)}"}}'.replace("/", "\\/")
        await deliveries.store(session, [RawEvent(body.encode(), signed)])
        id_ = int(await session.scalar(text("SELECT max(id) FROM webhook_events")) or 0)
        row: dict[str, Any] = {
            "id": id_, "n": n, "signed": signed, "kind": chance.choice(KINDS),
            "outcome": chance.choice(OUTCOMES), "at": NOW - timedelta(hours=count - n), "state": "done",
        }  # fmt: skip
        made.append(row)
        if n % 10 == 9:
            row |= {"state": chance.choice(("waiting", "dead")), "kind": "", "outcome": ""}
        else:
            await deliveries.done(session, [Told(id_, (row["kind"],), (row["outcome"],))], [])
            texts = (number_of(n), wamid_of(n), row["kind"], row["outcome"], *map(str, signed))
            await marks.add(session, {block_of(id_): set(map(mark, texts))})
        await session.execute(
            text("UPDATE webhook_events SET received_at = :at, state = :state WHERE id = :id"),
            {"at": row["at"], "state": row["state"], "id": id_},
        )
    return made


def fits(row: dict[str, Any], wanted: DeliveryFilter) -> bool:
    """The oracle."""
    words = wanted.text.strip().lstrip("+")
    return (
        (not words or words in (number_of(row["n"]), wamid_of(row["n"])))
        and (not wanted.kind or wanted.kind == row["kind"])
        and (wanted.outcome is None or wanted.outcome in (row["outcome"], row["state"]))
        and (wanted.channel_id is None or wanted.channel_id in row["signed"])
        and (wanted.since is None or row["at"] >= wanted.since)
        and (wanted.until is None or row["at"] < wanted.until)
    )


async def pages(session: AsyncSession, wanted: DeliveryFilter, limit: int) -> list[int]:
    """The ids on all pages."""
    found, before = list[int](), None
    for _ in range(200):
        page = await finding.page(session, wanted, before, limit)
        assert len(page.lines) <= limit
        found += [line.id for line in page.lines]
        if page.before is None:
            return found
        before = page.before
    raise AssertionError("endless")


def wanted_by(chance: Random) -> DeliveryFilter:
    def maybe(value: Any, nothing: Any) -> Any:
        return value if chance.random() < 0.4 else nothing

    return DeliveryFilter(
        text=maybe(chance.choice((f"+{number_of(1)}", number_of(2), wamid_of(chance.randrange(60)), "34000000000")), ""),
        kind=maybe(chance.choice(KINDS), ""),
        outcome=maybe(chance.choice((*OUTCOMES, Outcome.WAITING, Outcome.DEAD)), None),
        channel_id=maybe(chance.choice(CHANNELS), None),
        since=maybe(NOW - timedelta(hours=chance.randrange(70)), None),
        until=maybe(NOW - timedelta(hours=chance.randrange(70)), None),
    )  # fmt: skip


async def test_every_search_finds_what_is_there_once(session: AsyncSession) -> None:
    rows, chance = await filled(session), Random(5)
    searched = 0
    for turn in range(150):
        if turn == 75:
            assert await marks.merge(session, 2, 1000) > 5
        wanted = wanted_by(chance)
        expected = [row["id"] for row in reversed(rows) if fits(row, wanted)]
        assert await pages(session, wanted, chance.choice((1, 3, 50))) == expected, wanted
        searched += bool(expected)
    assert searched > 50


async def test_a_search_that_takes_too_long_goes_on_at_the_next_page(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = await filled(session)
    monkeypatch.setattr(finding, "LONGEST_S", -1.0)
    monkeypatch.setattr(finding, "BLOCKS_AT_ONCE", 1)
    monkeypatch.setattr(finding, "MOST_BLOCKS_AT_ONCE", 1)
    for wanted in (DeliveryFilter(kind=KINDS[0]), DeliveryFilter(text=NUMBERS[0])):
        expected = [row["id"] for row in reversed(rows) if fits(row, wanted)]
        assert await pages(session, wanted, 50) == expected


HOSTILE = (
    "%", "_", "'; DROP TABLE webhook_events; --", "\\", "\\x00", "\u202eevil", "{", "}", '"', "x" * 300, "٣٤٦١١٢٢٢٣٣٣",
    "\ud800", "$1", ":mark0", "NULL", "0", "+", "((((((", "--------", "wamid.*",
)  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE)
async def test_whatever_is_typed_finds_nothing_else(session: AsyncSession, typed: str) -> None:
    await filled(session, 10)
    for wanted in (DeliveryFilter(text=typed), DeliveryFilter(kind=typed)):
        found = await pages(session, wanted, 50)
        assert found == [] or not typed.strip()


async def test_moments_are_found_although_a_replayed_object_keeps_its_own(
    session: AsyncSession,
) -> None:
    rows = await filled(session)
    old = "INSERT INTO webhook_events (digest, body, received_at) VALUES ('again', '{}', now() - interval '9 days')"
    line = (
        "INSERT INTO webhook_objects (event_id, phone_number_id, field, kind, reason, body, digest, state)"
        " VALUES (1, '', '', '', 'not_used', '{}', 'again', 'replayed')"
    )
    middle = rows[32]["id"]  # the next one begins after a gap
    await session.execute(text(f"SELECT setval('webhook_events_id_seq', {middle})"))
    await session.execute(text(line))
    await session.execute(text(old))
    for n in (1, 29, 31, 32, 33, 34, 59):
        found = await log.first_since(session, rows[n]["at"])
        assert rows[n - 1]["id"] < found <= rows[n]["id"]


async def test_the_index_ends_with_its_deliveries(session: AsyncSession) -> None:
    rows = await filled(session)
    blocks = {block_of(row["id"]) for row in rows if row["state"] == "done"}
    for keep in (30, 0):
        gone = [row["id"] for row in rows[: len(rows) - keep]]
        await session.execute(
            text("DELETE FROM webhook_events WHERE id = ANY(:ids)"), {"ids": gone}
        )
        while await marks.purge(session, BLOCK, 7):
            pass
        left = set(await session.scalars(text("SELECT block FROM webhook_marks")))
        alive = {block_of(row["id"]) for row in rows[len(rows) - keep :] if row["state"] == "done"}
        assert left == (alive if keep else left)
    assert blocks


async def test_what_is_packed_is_one_row_a_block_and_loses_nothing(session: AsyncSession) -> None:
    await filled(session)
    query = text("SELECT DISTINCT block, unnest(marks) FROM webhook_marks ORDER BY 1, 2")
    before = (await session.execute(query)).all()
    while await marks.merge(session, 1, 5):
        pass
    assert (await session.execute(query)).all() == before
    rows = text("SELECT count(*) FROM webhook_marks WHERE is_whole GROUP BY block")
    assert set(await session.scalars(rows)) == {1}


async def test_rejected_minutes_are_paged(session: AsyncSession) -> None:
    await session.execute(
        text("INSERT INTO rejected_webhooks SELECT date_trunc('minute', now()) - i * interval '1 minute', r, i + 1"
             " FROM generate_series(0, 6) i, unnest(ARRAY['signature_missing', 'signature_wrong']) r")
    )  # fmt: skip
    seen: list[Any] = []
    before = (datetime(9999, 1, 1, tzinfo=UTC), "")
    while page := await finding.rejected(session, before, 3):
        seen += page
        before = page[-1].minute, page[-1].reason
    assert len(seen) == 14
    assert seen == sorted(seen, key=lambda row: (row.minute, row.reason), reverse=True)
