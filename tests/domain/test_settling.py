"""The same updates give the same people, in any order and however they are split into deliveries."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.identity import Claim, Outcome, Person, Tie
from domain.settling import settle

pytestmark = pytest.mark.fault("A1")

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


class World:
    """Contacts as the database would hold them."""

    def __init__(self) -> None:
        self.people: dict[UUID, Person] = {}
        self.said: dict[UUID, set[Claim]] = {}
        self._numbers = count(1)

    def deliver(self, claims: list[Claim]) -> None:
        keys = {key for claim in claims for key in claim.keys}
        users = {user for claim in claims for user in claim.user_ids}
        known = [
            p for p in self.people.values() if keys & {p.key, *p.phones} or users & set(p.users)
        ]
        for outcome in settle(claims, known):
            self._write(outcome)
        again = [
            p for p in self.people.values() if keys & {p.key, *p.phones} or users & set(p.users)
        ]
        assert not any(outcome.changed for outcome in settle(claims, again)), "settled once for all"

    def _write(self, outcome: Outcome) -> None:
        contact_id = outcome.id or UUID(int=next(self._numbers))
        said = self.said.setdefault(contact_id, set())
        created = (
            self.people[contact_id].created_at
            if outcome.id
            else NOW + timedelta(days=len(self.said))
        )
        for gone in outcome.merged:
            said |= self.said.pop(gone)
            del self.people[gone]
        said |= set(outcome.claims)
        self.people[contact_id] = Person(
            contact_id, created, outcome.phone, outcome.key, outcome.phone_at, outcome.bsuid,
            outcome.name, outcome.users, outcome.phones,
        )  # fmt: skip

    def result(self) -> set[tuple[frozenset[Claim], str | None, str | None]]:
        """Who said what, and how they are reached."""
        return {
            (frozenset(self.said[person.id]), person.key, person.bsuid)
            for person in self.people.values()
        }


def claim(minute: int, number: str | None, user: str | None, **more: object) -> Claim:
    made = Claim(
        NOW + timedelta(minutes=minute), f"+{number}" if number else None, number,
        (user,) if user else (), creates=True,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


@st.composite
def news(draw: st.DrawFn) -> list[list[Claim]]:
    """What several people report, by person; some change their number once, with a notice."""
    found = []
    for who in range(draw(st.integers(1, 3))):
        number, user = f"34611{who}00000", f"ES.{who}0"
        told = []
        moves = draw(st.booleans())
        for minute in range(draw(st.integers(1, 5))):
            shape = draw(st.sampled_from(["both", "number", "user"]))
            told.append(
                claim(
                    minute, number if shape != "user" else None, user if shape != "number" else None
                )
            )
        told.append(claim(10, number, user))
        if moves:
            new, after = f"34611{who}11111", f"ES.{who}1"
            told.append(claim(20, new, after, left_key=number, left_user=user))
            told.append(claim(draw(st.integers(21, 30)), draw(st.sampled_from([new, None])), after))
            told.append(claim(draw(st.integers(11, 19)), number, None))
        found.append(told)
    return found


@settings(max_examples=150)
@given(news(), st.integers(0, 2**32))
def test_everybody_is_one_contact_in_every_order(told: list[list[Claim]], seed: int) -> None:
    chance = random.Random(seed)
    everything = [one for person in told for one in person]
    expected = None
    for _ in range(3):
        world = World()
        order = chance.sample(everything, len(everything))
        while order:
            cut = chance.randint(1, len(order))
            world.deliver(order[:cut])
            order = order[cut:]
        assert {said for said, _, _ in world.result()} == {frozenset(person) for person in told}
        expected = expected or world.result()
        assert world.result() == expected


def test_a_number_that_changed_hands_unseen_is_not_taken_back() -> None:
    world = World()
    world.deliver([claim(0, "34611000001", "ES.1")])
    world.deliver([claim(5, "34611000002", "ES.2", left_key="34611000001", left_user="ES.1")])
    world.deliver([claim(9, "34611000001", "ES.9"), claim(8, "34611000001", "ES.1")])
    assert {(key, user) for _, key, user in world.result()} == {
        ("34611000002", "ES.2"),
        ("34611000001", "ES.9"),
    }


def test_what_the_team_entered_later_is_somebody_else() -> None:
    """A list with the old number, imported after its owner left it, is about its new owner."""
    moved = Person(UUID(int=1), NOW, "+34611000002", "34611000002", NOW, "ES.2", users={"ES.2": Tie()},
        phones={"34611000001": Tie(None, NOW)})  # fmt: skip
    entered = Person(UUID(int=2), NOW + timedelta(days=30), "+34611000001", "34611000001")
    [first, second] = settle([claim(60 * 24 * 40, "34611000001", None)], [moved, entered])
    assert (first.merged, second.merged) == ((), ())
    assert [len(first.claims), len(second.claims)] == [0, 1]
