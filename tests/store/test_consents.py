"""The consent ledger matches the rule in Python, whatever is said in whatever order."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.consent import Action, Source, keepers
from domain.ids import new_id
from store import consents
from store.consents import ConsentFact
from tests.store import races
from tests.store.races import Sessions

T0 = datetime(2026, 10, 1, tzinfo=UTC)
SAID = [source for source in Source if source is not Source.EARLIER]
Columns = tuple[datetime | None, datetime | None]


async def person(session: AsyncSession, **columns: object) -> UUID:
    contact_id = new_id()
    names = ["id", *columns]
    statement = (
        f"INSERT INTO contacts ({', '.join(names)}) VALUES ({', '.join(f':{n}' for n in names)})"
    )
    await session.execute(text(statement), {"id": contact_id, **columns})
    return contact_id


async def columns(session: AsyncSession, contact_id: UUID) -> Columns:
    query = text("SELECT marketing_opt_out_at, marketing_agreed_at FROM contacts WHERE id = :id")
    row = (await session.execute(query, {"id": contact_id})).one()
    return row[0], row[1]


def expected(facts: Sequence[ConsentFact]) -> Columns:
    """The rule in Python: the last word for each keeper (us, Meta) counts; stopped since the earliest stop still in force."""
    last: dict[str, ConsentFact] = {}
    for fact in facts:  # in the order in which they were written
        for keeper in keepers(fact.action, fact.source):
            known = last.get(keeper)
            if known is None or _later(fact, known, keeper):
                last[keeper] = fact
    stops = [fact.at for fact in last.values() if fact.action is Action.STOP]
    agreed = [
        fact.at for fact in facts
        if fact.action is Action.AGREE and fact.source not in (Source.KEYWORD, Source.BUTTON)
    ]  # fmt: skip
    return min(stops, default=None), max(agreed, default=None)


def _later(fact: ConsentFact, known: ConsentFact, keeper: str) -> bool:
    """At one second of Meta's clock its stop counts more; otherwise what was written later."""
    if fact.at != known.at or keeper != "meta" or fact.action is known.action:
        return fact.at >= known.at
    return fact.action is Action.STOP


def _some(chance: Random, contact_id: UUID, count: int) -> list[ConsentFact]:
    seconds = [chance.randrange(6) for _ in range(count)]
    made = [
        ConsentFact(
            contact_id, chance.choice(list(Action)), chance.choice(SAID), T0 + timedelta(seconds=s)
        )
        for s in seconds
    ]
    seen = set()
    kept = []
    for fact in made:  # what WhatsApp repeats is one fact
        told = (fact.action, fact.source, fact.at)
        if fact.source not in (Source.WHATSAPP, Source.REFUSAL) or told not in seen:
            kept.append(fact)
        seen.add(told)
    return kept


@pytest.mark.parametrize("seed", range(10))
async def test_columns_follow_from_what_was_said_one_by_one_or_all_at_once(
    session: AsyncSession, seed: int
) -> None:
    chance = Random(seed)
    for _ in range(6):
        alone, together = [await person(session) for _ in range(2)]
        facts = _some(chance, alone, chance.randint(1, 12))
        for at in range(len(facts)):
            await consents.tell(session, [facts[at]])
            assert await columns(session, alone) == expected(facts[: at + 1]), facts[: at + 1]
        told = [ConsentFact(together, fact.action, fact.source, fact.at) for fact in facts]
        await consents.tell(session, told)
        assert await columns(session, together) == expected(facts), facts


async def test_what_whatsapp_says_twice_is_kept_once(session: AsyncSession) -> None:
    contact_id = await person(session)
    fact = ConsentFact(contact_id, Action.STOP, Source.WHATSAPP, T0)
    first = await consents.tell(session, [fact])
    assert first.contacts == {contact_id: T0}
    again = await consents.tell(session, [fact])
    assert again.contacts == {}
    assert len(await consents.history(session, contact_id)) == 1


async def test_a_message_says_one_thing_however_often_it_comes(session: AsyncSession) -> None:
    contact_id, message_id = await person(session), new_id()
    fact = ConsentFact(
        contact_id, Action.STOP, Source.KEYWORD, T0, message_id=message_id, words="STOP"
    )
    found = [(await consents.tell(session, [fact])).messages for _ in range(2)]
    assert found == [{message_id}, frozenset()]


async def test_an_opt_out_from_before_the_ledger_is_not_lifted_by_whoever_may_not(
    session: AsyncSession,
) -> None:
    contact_id = await person(session, marketing_opt_out_at=T0)
    start = ConsentFact(contact_id, Action.AGREE, Source.KEYWORD, T0 + timedelta(days=1))
    await consents.tell(session, [start])
    assert (await columns(session, contact_id))[0] == T0
    assert (await consents.stops(session, [contact_id]))[contact_id] == {"team": T0}
    agreed = ConsentFact(contact_id, Action.AGREE, Source.AGENT, T0 + timedelta(days=2))
    await consents.tell(session, [agreed])
    assert await columns(session, contact_id) == (None, T0 + timedelta(days=2))


async def test_nothing_is_said_in_the_future(session: AsyncSession) -> None:
    contact_id = await person(session)
    ahead = datetime.now(UTC) + timedelta(days=30)
    await consents.tell(session, [ConsentFact(contact_id, Action.STOP, Source.API, ahead)])
    stopped = (await columns(session, contact_id))[0]
    assert stopped is not None
    assert stopped < ahead - timedelta(days=29)


@pytest.mark.parametrize(
    ("source", "by_them", "minutes", "last", "gone"),
    [
        (Source.AGENT, True, 0, True, True),
        (Source.AGENT, False, 0, True, False),  # a colleague's word is the colleague's
        (Source.AGENT, True, 11, True, False),  # too late
        (Source.API, True, 0, True, False),
        (Source.AGENT, True, 0, False, False),  # somebody said something since
    ],
)
async def test_only_ones_own_last_fresh_word_is_taken_back(
    session: AsyncSession, source: Source, by_them: bool, minutes: int, last: bool, gone: bool
) -> None:
    contact_id = await person(session)
    me, other = [await _user(session) for _ in range(2)]
    await consents.tell(
        session, [ConsentFact(contact_id, Action.STOP, source, T0, me if by_them else other)]
    )
    late = text("UPDATE consents SET created_at = created_at - make_interval(mins => :m)")
    await session.execute(late, {"m": minutes})
    if not last:
        await consents.tell(session, [ConsentFact(contact_id, Action.STOP, Source.KEYWORD, T0)])
    assert await consents.take_back(session, contact_id, me) is gone
    assert ((await columns(session, contact_id))[0] is None) is gone


async def _user(session: AsyncSession) -> UUID:
    user_id = new_id()
    statement = """INSERT INTO users (id, email, name, role, password_hash)
        VALUES (:id, :email, 'Ana', 'agent', '')"""
    await session.execute(text(statement), {"id": user_id, "email": f"{user_id}@example.com"})
    return user_id


async def test_a_stop_and_an_agreement_at_once_both_stand_on_record(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        contact_id = await person(session)
    facts = [
        ConsentFact(contact_id, Action.STOP, Source.KEYWORD, T0),
        ConsentFact(contact_id, Action.AGREE, Source.AGENT, T0 - timedelta(seconds=1)),
    ] * 3
    await races.at_once(
        sessions, *(lambda session, fact=fact: consents.tell(session, [fact]) for fact in facts)
    )
    async with sessions() as session:
        assert len(await consents.history(session, contact_id)) == 6
        assert await columns(session, contact_id) == (T0, T0 - timedelta(seconds=1))


async def test_whoever_speaks_of_many_waits_in_the_order_of_imports(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        ids = [await person(session, phone=f"+{n}", phone_key=str(n)) for n in range(4)]
    await races.assert_waits_in_order(
        sessions, lambda session: consents.lock(session, list(reversed(ids))),
        "SELECT id FROM contacts WHERE id = ANY(:keys) ORDER BY phone_key FOR UPDATE", ids,
    )  # fmt: skip
