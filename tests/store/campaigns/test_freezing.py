"""The audience that is written at a launch, against the rule in Python: who, in which words, and who not and why."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from random import Random
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import Audience
from domain.ids import new_id
from store import groups
from store.campaigns import audience, rows
from store.campaigns.classify import People, Value
from tests.store import races
from tests.store.races import Sessions

AT = datetime(2026, 10, 1, tzinfo=UTC)
VALUES = [Value(field="name"), Value(field="city", default="your town"), Value(default="fixed")]


@dataclass(frozen=True, slots=True)
class Someone:
    """A contact as the rule sees it."""

    id: UUID
    key: str | None
    name: str
    city: str | None
    blocked: bool
    opted_out: bool
    agreed: bool
    groups: frozenset[int]

    def reason(self, *, marketing: bool, agreed_only: bool) -> str | None:
        """Why they are left out."""
        american = self.key is not None and self.key.startswith("1212")
        rules = (
            (self.key is None, "no_phone"),
            (self.blocked, "contact_blocked"),
            (marketing and self.opted_out, "opted_out"),
            (marketing and american, "us_marketing"),
            (marketing and agreed_only and not self.agreed, "never_asked"),
            (not self.name.strip(), "missing_variable"),
        )
        return next((name for holds, name in rules if holds), None)

    @property
    def variables(self) -> list[str]:
        """The words of their message."""
        return [self.name.strip(), (self.city or "").strip() or "your town", "fixed"]


async def _people(session: AsyncSession, chance: Random, made: list[UUID]) -> list[Someone]:
    await session.execute(text("DELETE FROM contacts"))
    found = []
    for n in range(40):
        key = chance.choice((None, f"34600{n:06}", f"34601{n:06}", f"1212555{n:04}"))
        someone = Someone(
            new_id(), key, chance.choice(("", " ", "Ana", " Bo ")), chance.choice((None, "", "Rome ")),
            chance.random() < 0.2, chance.random() < 0.3, chance.random() < 0.5,
            frozenset(n for n in range(2) if chance.random() < 0.5),
        )  # fmt: skip
        await _add(session, someone, made)
        found.append(someone)
    return found


async def _add(session: AsyncSession, someone: Someone, made: list[UUID]) -> None:
    fields = {} if someone.city is None else {"city": someone.city}
    statement = """INSERT INTO contacts (id, phone, phone_key, name, fields, blocked_at, marketing_opt_out_at,
        marketing_agreed_at) VALUES (:id, '+' || :key, :key, :name, CAST(:fields AS jsonb), :blocked, :out, :agreed)"""
    given: dict[str, Any] = {
        "id": someone.id, "key": someone.key, "name": someone.name, "fields": orjson.dumps(fields).decode(),
        "blocked": AT if someone.blocked else None, "out": AT if someone.opted_out else None,
        "agreed": AT if someone.agreed else None,
    }  # fmt: skip
    await session.execute(text(statement), given)
    for place in someone.groups:
        member = text("INSERT INTO group_members VALUES (:group, :id)")
        await session.execute(member, {"group": made[place], "id": someone.id})


async def _campaign(session: AsyncSession) -> UUID:
    row = rows.add(session, name="Spring")
    await session.flush()
    return row.id


@pytest.mark.parametrize("seed", range(3))
async def test_counted_shown_and_written_are_the_same_people(
    session: AsyncSession, seed: int
) -> None:
    chance = Random(seed)
    made = [(await groups.ensure(session, name)).id for name in ("One", "Two")]
    everybody = await _people(session, chance, made)
    cases = product((True, False), ((True, (), ()), (False, (0,), ()), (False, (0, 1), ()), (True, (), (0,)), (False, (1,), (0,))))  # fmt: skip
    for marketing, (all_of_them, chosen, without) in cases:
        agreed_only = chance.random() < 0.5
        named = [
            one for one in everybody
            if (all_of_them or one.groups & set(chosen)) and not one.groups & set(without)
        ]  # fmt: skip
        people = People(
            Audience(all_of_them, [made[n] for n in chosen], [made[n] for n in without]),
            agreed_only=agreed_only,
        )
        why = {one.id: one.reason(marketing=marketing, agreed_only=agreed_only) for one in named}
        await _assert_written(session, people, named, why, marketing=marketing)


async def _assert_written(
    session: AsyncSession, people: People, named: list[Someone], why: dict[UUID, str | None], *, marketing: bool,
) -> None:  # fmt: skip
    goes = {one.id: one.variables for one in named if why[one.id] is None}
    excluded = Counter(reason for reason in why.values() if reason is not None)
    found = await audience.preflight(session, people, VALUES, marketing=marketing, asking=True)
    assert (found.total, found.excluded) == (len(goes), excluded)
    key = await _campaign(session)
    for _ in range(2):  # the second changes nothing
        assert await audience.freeze(session, key, people, VALUES, marketing=marketing) == len(goes)
    written = text(
        "SELECT contact_id, variables, seq FROM campaign_recipients WHERE campaign_id = :id ORDER BY seq"
    )
    recipients = (await session.execute(written, {"id": key})).all()
    assert {row[0]: row[1] for row in recipients} == goes
    assert [row[2] for row in recipients] == list(range(1, len(goes) + 1))
    left = text("SELECT contact_id, reason FROM campaign_exclusions WHERE campaign_id = :id")
    kept = {row[0]: row[1] for row in await session.execute(left, {"id": key})}
    assert kept == {id_: reason for id_, reason in why.items() if reason is not None}
    counted = await rows.counters(session, key)
    assert counted is not None
    assert (counted.total, counted.excluded) == (len(goes), sum(excluded.values()))
    shown = await audience.examples(session, people, VALUES, 3, marketing=marketing)
    assert [variables for _, _, variables in shown] == [row[1] for row in recipients[:3]]
    for reason in excluded:
        out = await audience.left_out(session, people, VALUES, reason, 99, marketing=marketing)
        assert {one.contact_id for one in out} == {
            id_ for id_, said in why.items() if said == reason
        }


async def test_two_who_freeze_a_campaign_at_once_write_its_people_once(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        made = [(await groups.ensure(session, name)).id for name in ("One", "Two")]
        everybody = await _people(session, Random(1), made)
        key = await _campaign(session)
    goes = sum(one.reason(marketing=False, agreed_only=False) is None for one in everybody)

    async def freeze(session: AsyncSession) -> int:
        return await audience.freeze(session, key, People(Audience(True)), VALUES, marketing=False)

    assert await races.at_once(sessions, *(freeze for _ in range(4))) == [goes] * 4
    async with sessions() as session:
        assert await audience.total(session, key) == goes
