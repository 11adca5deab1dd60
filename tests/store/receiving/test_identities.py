"""Ids that statuses teach: only where it is plain whose they are; everything else is looked at again."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from store.receiving import identities
from tests.store import races
from tests.store.races import Sessions

AT = datetime(2026, 11, 1, tzinfo=UTC)


async def person(session: AsyncSession, key: str | None, bsuid: str | None = None) -> UUID:
    contact_id = new_id()
    statement = (
        "INSERT INTO contacts (id, phone, phone_key, bsuid) VALUES (:id, :phone, :key, :bsuid)"
    )
    phone = f"+{key}" if key else None
    await session.execute(
        text(statement), {"id": contact_id, "phone": phone, "key": key, "bsuid": bsuid}
    )
    return contact_id


async def tie(session: AsyncSession, kind: str, value: str, contact_id: UUID) -> None:
    statement = (
        "INSERT INTO contact_identities (kind, value, contact_id) VALUES (:kind, :value, :id)"
    )
    await session.execute(text(statement), {"kind": kind, "value": value, "id": contact_id})


async def taught(session: AsyncSession, *pairs: tuple[str, str]) -> list[int]:
    """Places of the pairs that are left to be looked at."""
    keys, users = [key for key, _ in pairs], [user for _, user in pairs]
    return sorted(await identities.teach(session, keys, users, [AT] * len(pairs)))


async def whose(session: AsyncSession, user: str) -> UUID | None:
    query = text("SELECT contact_id FROM contact_identities WHERE kind = 'user' AND value = :user")
    found: UUID | None = await session.scalar(query, {"user": user})
    return found


async def test_the_first_id_of_somebody_known_by_number_alone_is_theirs(
    session: AsyncSession,
) -> None:
    ana = await person(session, "34611000001")
    assert await taught(session, ("34611000001", "ES.1")) == []
    assert await whose(session, "ES.1") == ana
    assert await taught(session, ("34611000001", "ES.1")) == []  # no news
    assert await taught(session, ("34611000001", "ES.2")) == [0]  # a second id is not plain


@pytest.mark.parametrize(
    "given",
    ["nobody", "id_of_another", "bsuid_of_another", "has_bsuid", "has_number", "number_of_another"],
)
async def test_what_is_not_plain_is_left_to_be_looked_at_and_ties_nothing(
    session: AsyncSession, given: str
) -> None:
    key = "34611000001"
    other = await person(session, "34699000009", "ES.1" if given == "bsuid_of_another" else None)
    ana = await person(session, key, "ES.0" if given == "has_bsuid" else None)
    if given == "nobody":
        await session.execute(text("DELETE FROM contacts WHERE id = :id"), {"id": ana})
    if given == "id_of_another":
        await tie(session, "user", "ES.1", other)
    if given == "has_number":
        await tie(session, "phone", "34655000005", ana)
    if given == "number_of_another":
        await tie(session, "phone", key, other)
    assert await taught(session, (key, "ES.1")) == [0]
    assert await whose(session, "ES.1") == (other if given == "id_of_another" else None)


async def test_a_number_or_an_id_that_comes_twice_is_never_plain(session: AsyncSession) -> None:
    for n in range(1, 5):
        await person(session, f"3461100000{n}")
    left = await taught(
        session,
        ("34611000001", "ES.1"), ("34611000001", "ES.2"), ("34611000002", "ES.3"),
        ("34611000003", "ES.3"), ("34611000004", "ES.4"),
    )  # fmt: skip
    assert left == [0, 1, 2, 3]
    assert [await whose(session, f"ES.{n}") is not None for n in range(1, 5)] == [False] * 3 + [
        True
    ]


async def test_two_deliveries_at_once_teach_an_id_once(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        ana, bo = await person(session, "34611000001"), await person(session, "34611000002")
    left = await races.at_once(
        sessions,
        lambda session: taught(session, ("34611000001", "ES.1")),
        lambda session: taught(session, ("34611000002", "ES.1")),
    )
    async with sessions() as session:
        assert sorted(left) == [[], [0]]
        assert await whose(session, "ES.1") == (ana if left[0] == [] else bo)


async def test_everybody_is_found_by_whatever_names_them(session: AsyncSession) -> None:
    by_key = await person(session, "34611000001")
    by_bsuid = await person(session, None, "ES.2")
    by_id, by_former = await person(session, "34611000003"), await person(session, "34611000004")
    await person(session, "34611000005", "ES.5")
    await tie(session, "user", "ES.3", by_id)
    await tie(session, "phone", "34600000004", by_former)
    found = await identities.find(session, ["34611000001", "34600000004"], ["ES.2", "ES.3"])
    assert {one.id for one in found} == {by_key, by_bsuid, by_id, by_former}
    known = {one.id: one for one in found}
    assert (set(known[by_id].users), set(known[by_former].phones)) == ({"ES.3"}, {"34600000004"})
    assert await identities.find(session, [], []) == []


async def test_whoever_holds_people_waits_in_the_order_of_imports(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        ids = [await person(session, str(n)) for n in range(4)]
        gone = new_id()
    await races.assert_waits_in_order(
        sessions, lambda session: identities.hold(session, [gone, *reversed(ids)]),
        "SELECT id FROM contacts WHERE id = ANY(:keys) ORDER BY phone_key FOR UPDATE", ids,
    )  # fmt: skip
    async with sessions() as session:
        assert await identities.hold(session, [gone, *ids]) == set(ids)


async def test_a_number_is_shared_where_it_is_one_s_own_and_another_s_further_one(
    session: AsyncSession,
) -> None:
    await person(session, "34611000001")
    other = await person(session, "34611000002")
    await tie(session, "phone", "34611000001", other)
    await tie(session, "phone", "34677000007", other)
    assert await identities.shared(session, 9) == ["34611000001"]
    left = text("UPDATE contact_identities SET until = now()")
    await session.execute(left)
    assert await identities.shared(session, 9) == []
