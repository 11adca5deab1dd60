"""The one merge of an import: counted before as it is done then, by each policy, and never twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.imports import StagedRow, UpdatePolicy
from domain.phone import Phone
from store.imports import consents, copying, countries, people, staging
from store.imports.staging import Settled
from tests.store import races
from tests.store.races import Sessions

NOW = datetime(2026, 11, 1, tzinfo=UTC)
EARLIER = NOW - timedelta(days=9)
NAMES, LANGUAGES = (None, "", "Ana", "Bo"), (None, "en", "de")
FIELDS: tuple[dict[str, str], ...] = ({}, {"city": "Rome"}, {"city": "Oslo", "plan": "gold"})
ODD = [
    "plain",
    "tab\there",
    "line\nbreak",
    "back\\slash",
    "\\N",
    "\\.",
    "\r\n",
    "\u2028",
    "é ✓ 💥",
    "\x01\x7f",
    " ",
    "",
]


def row(line: int, key: str, **more: Any) -> StagedRow:
    made = StagedRow(line, f"+{key}", key, None, None, None, {}, None, "[]")
    return replace(made, **more)


async def staged(session: AsyncSession, *rows: StagedRow) -> UUID:
    """The file, read; the id of its import."""
    import_id = new_id()
    await session.execute(
        text("INSERT INTO imports (id, file_name, file_path) VALUES (:id, 'a.csv', '')"),
        {"id": import_id},
    )
    await staging.begin_stage(session, import_id)
    await staging.stage(session, copying.encode_rows(rows), b"")
    return import_id


async def contact(session: AsyncSession, key: str, **columns: Any) -> UUID:
    contact_id = new_id()
    given = {"id": contact_id, "phone": f"+{key}", "phone_key": key, **columns}
    if "fields" in given:
        given["fields"] = orjson.dumps(given["fields"]).decode()
    values = ", ".join(
        "CAST(:fields AS jsonb)" if name == "fields" else f":{name}" for name in given
    )
    await session.execute(
        text(f"INSERT INTO contacts ({', '.join(given)}) VALUES ({values})"), given
    )
    return contact_id


async def read(session: AsyncSession) -> dict[str, tuple[Any, ...]]:
    query = text("""SELECT phone_key, name, language, fields, marketing_opt_out_at, marketing_agreed_at
        FROM contacts ORDER BY phone_key""")
    return {found[0]: tuple(found[1:]) for found in await session.execute(query)}


def merged(policy: UpdatePolicy, old: tuple[Any, ...], new: StagedRow) -> tuple[Any, ...]:
    """The rule in Python."""
    name, language, fields, opted_out, agreed = old
    match policy:
        case UpdatePolicy.FILL:
            name, language, fields = (
                name or new.name or "",
                language or new.language,
                new.fields | fields,
            )
        case UpdatePolicy.OVERWRITE:
            name, language, fields = new.name or name, new.language or language, fields | new.fields
        case UpdatePolicy.SKIP:
            pass
    stopped, allowed = new.opt_out is True, new.opt_out is False
    return name, language, fields, opted_out or (NOW if stopped else None), agreed or (NOW if allowed else None)  # fmt: skip


@pytest.mark.parametrize("policy", UpdatePolicy)
@pytest.mark.parametrize("seed", range(3))
async def test_every_policy_merges_as_the_rule_in_python_and_as_it_was_counted(
    session: AsyncSession, policy: UpdatePolicy, seed: int
) -> None:
    chance = Random(seed)
    await session.execute(text("DELETE FROM contacts"))
    keys = [str(34600000000 + n) for n in range(60)]
    for key in keys[::2]:
        await contact(
            session, key, name=chance.choice(NAMES) or "", language=chance.choice(LANGUAGES),
            fields=chance.choice(FIELDS), marketing_opt_out_at=chance.choice((None, EARLIER)),
            marketing_agreed_at=chance.choice((None, EARLIER)),
        )  # fmt: skip
    rows = [
        row(
            n, key, name=chance.choice(NAMES[:1] + NAMES[2:]), language=chance.choice(LANGUAGES),
            fields=chance.choice(FIELDS), opt_out=chance.choice((None, True, False)),
        )
        for n, key in enumerate(keys)
    ]  # fmt: skip
    before = await read(session)
    nobody: tuple[Any, ...] = ("", None, {}, None, None)
    expected = {
        r.phone_key: merged(policy, before[r.phone_key], r) if r.phone_key in before
        else merged(UpdatePolicy.OVERWRITE, nobody, r)
        for r in rows
    }  # fmt: skip
    changed = sum(expected[key] != before[key] for key in before)
    await staged(session, *rows)
    counted = await staging.count_merge(session, policy, NOW)
    assert counted == (30, changed, 30 - changed)
    assert await staging.merge(session, policy, NOW) == counted
    assert await read(session) == expected
    assert await staging.merge(session, policy, NOW + timedelta(days=1)) == (0, 0, 60)
    assert await read(session) == expected


async def test_every_text_comes_through_the_copy_as_it_was(session: AsyncSession) -> None:
    await session.execute(text("DELETE FROM contacts"))
    texts = [*ODD, *("".join(Random(n).choices("\\\tN\n\r.a\"'é💥", k=9)) for n in range(40))]
    rows = [
        row(n, str(n), name=said, fields={"said": said}, raw=orjson.dumps([said]).decode(), language=None)
        for n, said in enumerate(texts)
    ]  # fmt: skip
    await staged(session, *rows)
    query = text("SELECT name, fields ->> 'said', raw, language FROM import_stage ORDER BY line")
    found = [tuple(found) for found in await session.execute(query)]
    assert found == [(said, said, orjson.dumps([said]).decode(), None) for said in texts]


async def test_the_first_row_of_a_number_stands_and_the_strictest_word_of_all_its_rows(
    session: AsyncSession,
) -> None:
    await session.execute(text("DELETE FROM contacts"))
    import_id = await staged(
        session,
        row(7, "2", name="Later", opt_out=True), row(3, "2", name="First", opt_out=False),
        row(4, "1", opt_out=None), row(9, "1", opt_out=False), row(8, "3", opt_out=False),
    )  # fmt: skip
    await consents.take_strictest(session)
    number, noted = await staging.note_duplicates(session, import_id, "phone", 1)
    assert (number, noted) == (2, {})
    kept = text('SELECT line, code, "column", message FROM import_errors')
    assert [tuple(found) for found in await session.execute(kept)] == [
        (7, "duplicate", "phone", '{"key":"row_duplicate","line":3}')
    ]
    said = await consents.count(session)
    assert (said.agreed, said.opted_out, said.unclear, said.left_alone) == (1, 1, 0, 0)
    assert await staging.merge(session, UpdatePolicy.FILL, NOW) == (3, 0, 0)
    assert {k: (v[0], v[3], v[4]) for k, v in (await read(session)).items()} == {
        "1": ("", None, None), "2": ("First", NOW, None), "3": ("", None, NOW),
    }  # fmt: skip
    await consents.note(session, import_id, None, NOW)
    facts = text("SELECT action FROM consents ORDER BY action")
    assert list(await session.scalars(facts)) == ["agree", "stop"]
    await consents.note(session, import_id, None, NOW + timedelta(days=30))
    assert list(await session.scalars(facts)) == ["agree", "stop"]  # the same file, a month later


async def test_numbers_in_doubt_are_read_as_decided_and_the_rest_is_left_out(
    session: AsyncSession,
) -> None:
    other = Phone("+4915112345678", "4915112345678", "DE")
    doubted = {"doubt": "d", "region": "ES"}
    import_id = await staged(
        session,
        row(1, "1", **doubted, other=other), row(2, "2", **doubted, other=replace(other, region="FR")),
        row(3, "3", doubt="d", region="ES"), row(4, "4", doubt="e", other=other, region="ES"),
        row(5, "5", region="ES"),
    )  # fmt: skip
    decisions = [
        Settled("d", "DE", "international", ""), Settled("d", "FR", "", "{national} or {other}"),
        Settled("d", "", "national", ""),
    ]  # fmt: skip
    number, example, noted = await staging.settle_doubts(session, import_id, "phone", decisions, 9)
    assert (number, noted) == (1, {})
    assert example in ("+2 or +4915112345678", "{national} or {other}")
    assert await countries.count(session) == {"ES": 3, "DE": 1}
    query = text("SELECT line, phone_key FROM import_stage ORDER BY line")
    assert [tuple(found) for found in await session.execute(query)] == [
        (1, other.key), (3, "3"), (4, "4"), (5, "5"),
    ]  # fmt: skip


async def test_a_row_with_another_number_of_somebody_we_know_is_about_them(
    session: AsyncSession,
) -> None:
    await session.execute(text("DELETE FROM contacts"))
    known = await contact(session, "34611000001", name="Ana")
    tie = """INSERT INTO contact_identities (kind, value, contact_id, until) VALUES
        ('phone', '34622000002', :id, NULL), ('phone', '34633000003', :id, now())"""
    await session.execute(text(tie), {"id": known})
    await staged(
        session, row(1, "34622000002", language="de"), row(2, "34633000003"), row(3, "34644000004"),
    )  # fmt: skip
    await people.recognise(session)
    assert await staging.merge(session, UpdatePolicy.FILL, NOW) == (2, 1, 0)
    found = await read(session)
    assert found["34611000001"][:2] == ("Ana", "de")
    assert set(found) == {
        "34611000001",
        "34633000003",
        "34644000004",
    }  # what somebody left is anybody's


async def test_rare_countries_are_shown_with_their_first_rows(session: AsyncSession) -> None:
    rows = [
        row(n, str(n), region="ES" if n % 5 else "FR", raw=orjson.dumps([f"r{n}"]).decode())
        for n in range(1, 21)
    ]
    await staged(session, *rows)
    assert list((await countries.count(session)).items()) == [("ES", 16), ("FR", 4)]
    shown = await countries.rows_of(session, ["FR", "XX"], 2, ["phone", "city"])
    assert shown == {"FR": [[("phone", "r5"), ("city", "")], [("phone", "r10"), ("city", "")]]}


async def test_two_imports_of_the_same_people_in_any_order_both_end(sessions: Sessions) -> None:
    keys = [str(34600000000 + n) for n in range(50)]

    async def load(session: AsyncSession, order: list[str], name: str) -> tuple[int, int, int]:
        await staged(session, *(row(n, key, name=name) for n, key in enumerate(order)))
        return await staging.merge(session, UpdatePolicy.OVERWRITE, NOW)

    one, two = await races.at_once(
        sessions,
        lambda session: load(session, keys, "One"),
        lambda session: load(session, keys[::-1], "Two"),
    )
    assert sorted([one, two]) == [(0, 50, 0), (50, 0, 0)]
