"""A file that names people by several of their numbers, against the rule in Python: one place each, by its strictest word."""

from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.entries import DUPLICATE, Entry
from domain.ids import new_id
from store.campaigns import audience, entries, entry_consents, rows
from store.campaigns.classify import People

SAID = {"": None, "yes": "agree", "no": "stop", "hm": "unclear", "?": None}
STRICT = (None, "agree", "stop", "unclear")
"""From what lets a message through to what holds it back."""


@dataclass(frozen=True, slots=True)
class Person:
    """A contact, with their number and the others that are known as theirs."""

    id: UUID
    keys: tuple[str, ...]


async def _people(session: AsyncSession, chance: Random) -> list[Person]:
    """The second key of everybody with three is one that they gave up."""
    await session.execute(text("DELETE FROM contacts"))
    made = []
    for n in range(8):
        person = Person(new_id(), tuple(f"34600{n}0000{k}" for k in range(chance.randint(1, 3))))
        contact = (
            "INSERT INTO contacts (id, phone, phone_key, name) VALUES (:id, :phone, :key, 'Ana')"
        )
        own = {"id": person.id, "phone": f"+{person.keys[0]}", "key": person.keys[0]}
        await session.execute(text(contact), own)
        for place, key in enumerate(person.keys[1:], 2):
            gone = len(person.keys) == 3 and place == 2
            known = """INSERT INTO contact_identities (kind, value, contact_id, until)
                VALUES ('phone', :key, :id, CASE WHEN :gone THEN now() END)"""
            await session.execute(text(known), {"key": key, "id": person.id, "gone": gone})
        made.append(person)
    return made


def _owner(people: list[Person], key: str) -> str:
    """The number that a row with this one is sent to."""
    for person in people:
        known = person.keys if len(person.keys) < 3 else (person.keys[0], person.keys[2])
        if key in known:
            return person.keys[0]
    return key


async def _written(session: AsyncSession, chance: Random, people: list[Person]) -> list[Entry]:
    keys = [key for person in people for key in person.keys]
    keys += [f"3461100000{n}" for n in range(3)]  # strangers
    given = []
    for row in range(2, 42):
        key, word = chance.choice(keys), chance.choice(list(SAID))
        given.append(Entry(row, f"+{key}", key, {"Ok": word}, consent=SAID[word]))
    given.append(Entry(42, "x", None, {"Ok": "no"}, "phone_letters"))
    return given


async def _read(session: AsyncSession, query: str, **given: Any) -> list[Any]:
    return [tuple(row) for row in await session.execute(text(query), given)]


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("seed", range(3))
async def test_everybody_has_one_place_at_their_number_and_the_strictest_of_their_rows_counts(
    session: AsyncSession, seed: int, later: bool
) -> None:
    """Also where the column with their answers was chosen later than the file was read."""
    chance = Random(seed)
    people = await _people(session, chance)
    given = await _written(session, chance, people)
    key = rows.add(session, name="File", type="csv")
    await session.flush()
    await entries.begin(session)
    await entries.stage(session, entries.encode(given))
    await entries.settle(session, key.id, says_consent=not later)
    if later:
        words = await entry_consents.answers(session, key.id, "Ok", 9)
        assert set(words) == {entry.values["Ok"] for entry in given}
        assert len(await entry_consents.answers(session, key.id, "Ok", 2)) == 2
        meaning = orjson.dumps([{"cell": word, "said": SAID[word]} for word in words]).decode()
        await entry_consents.set_consents(session, key.id, "Ok", meaning)

    of_each: dict[str, list[Entry]] = {}
    for entry in given:
        if entry.phone_key is not None:
            of_each.setdefault(_owner(people, entry.phone_key), []).append(entry)
    strictest = {
        owner: max((entry.consent for entry in theirs), key=STRICT.index)
        for owner, theirs in of_each.items()
    }
    goes = {owner for owner, said in strictest.items() if said in (None, "agree")}
    whom = People(entries_of=key.id, says_consent=True)
    counted = await audience.preflight(session, whom, [], marketing=True, asking=True)
    again = sum(len(theirs) - 1 for theirs in of_each.values())
    left = {"file_no_consent": len(of_each) - len(goes), DUPLICATE: again, "invalid": 1}
    assert (counted.total, counted.excluded) == (len(goes), left)
    assert await audience.freeze(session, key.id, whom, [], marketing=True) == len(goes)

    places = await _read(
        session, "SELECT phone FROM campaign_recipients WHERE campaign_id = :id", id=key.id
    )
    assert sorted(phone for (phone,) in places) == sorted(f"+{owner}" for owner in goes)
    kept = (
        "SELECT row FROM campaign_entries WHERE campaign_id = :id AND problem IS NULL ORDER BY row"
    )
    first = sorted(min(entry.row for entry in theirs) for theirs in of_each.values())
    assert [row for (row,) in await _read(session, kept, id=key.id)] == first
    noted = """SELECT c.phone_key, k.action FROM consents k JOIN contacts c ON c.id = k.contact_id
        WHERE k.campaign_id = :id"""
    assert dict(await _read(session, noted, id=key.id)) == {
        owner: said for owner, said in strictest.items() if said in ("agree", "stop")
    }
    stopped = "SELECT phone_key FROM contacts WHERE marketing_opt_out_at IS NOT NULL"
    assert {owner for (owner,) in await _read(session, stopped)} == {
        owner for owner, said in strictest.items() if said == "stop"
    }
