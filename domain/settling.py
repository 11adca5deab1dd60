"""Who is who: joins claims about numbers and user ids into persons before anything is written.

A number belongs to one person at a time: a notice that they left it ends a period, and the next to write from it is
someone else. A user id is never reassigned.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.identity import Claim, Outcome, Person, Tie, is_parent

BEGINNING = datetime.min.replace(tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)


def settle(claims: Iterable[Claim], people: Sequence[Person]) -> list[Outcome]:
    """Everybody the claims name, in their final state, whatever order the claims arrive in."""
    told = sorted(
        {claim for claim in claims if claim.anybody},
        key=lambda claim: (claim.at, claim.key or "", claim.users, claim.name),
    )
    periods = _Periods(told, people)
    groups = _Groups()
    for person in people:
        groups.join([("c", str(person.id)), *_held(person, periods)])
    for claim in told:
        groups.join(_named(claim, periods))
    members: defaultdict[str, tuple[list[Person], list[Claim]]] = defaultdict(lambda: ([], []))
    for person in people:
        members[groups.of(("c", str(person.id)))][0].append(person)
    for claim in told:
        members[groups.of(_named(claim, periods)[0])][1].append(claim)
    found = [_outcome(persons, said, periods) for persons, said in members.values()]
    return [outcome for outcome in found if outcome is not None]


Node = tuple[str, ...]


class _Groups:
    """Union-find."""

    def __init__(self) -> None:
        self._parents: dict[Node, Node] = {}

    def join(self, nodes: Sequence[Node]) -> None:
        first = self._root(nodes[0])
        for node in nodes[1:]:
            self._parents[self._root(node)] = first

    def of(self, node: Node) -> str:
        return repr(self._root(node))

    def _root(self, node: Node) -> Node:
        self._parents.setdefault(node, node)
        while (parent := self._parents[node]) != node:
            self._parents[node] = node = self._parents[parent]
        return node


class _Periods:
    """When numbers changed hands and ids ended."""

    def __init__(self, claims: Sequence[Claim], people: Sequence[Person]) -> None:
        self._stored: defaultdict[str, set[datetime]] = defaultdict(set)
        self._ended: dict[str, datetime] = {}
        self._read(people)
        told: defaultdict[str, set[datetime]] = defaultdict(set)
        for claim in claims:
            if claim.left_key:
                told[claim.left_key].add(claim.at)
            if claim.left_user:
                self._end(claim.left_user, claim.at)
            if claim.moved and claim.key and _takes_over(claim, people):
                told[claim.key].add(claim.at - _INSTANT)
        every = self._stored.keys() | told.keys()
        self._left = {key: sorted(self._stored[key] | told[key]) for key in every}

    def _read(self, people: Sequence[Person]) -> None:
        for person in people:
            for key, tie in person.phones.items():
                if tie.until is not None:
                    self._stored[key].add(tie.until)
            for user, tie in person.users.items():
                if tie.until is not None:
                    self._end(user, tie.until)

    def _end(self, user: str, at: datetime) -> None:
        self._ended[user] = min(at, self._ended.get(user, at))

    def of(self, key: str, at: datetime) -> int:
        """The period of a number that a moment falls in."""
        return bisect_left(self._left.get(key, ()), at)

    def until(self, key: str, at: datetime) -> datetime | None:
        """When the period ended; None when it has not."""
        left = self._left.get(key, ())
        period = bisect_left(left, at)
        return left[period] if period < len(left) else None

    def held_at(self, person: Person) -> datetime:
        """A moment in the period when a person has their number.

        An entry by the team counts as of when it was made, but never against an update from WhatsApp.
        """
        if person.phone_at is not None:
            return person.phone_at
        before = [at for at in self._stored.get(person.key or "", ()) if at < person.created_at]
        return max(before) + _INSTANT if before else BEGINNING

    def ended(self, user: str) -> datetime | None:
        """When a user id was replaced by another."""
        return self._ended.get(user)

    def key_of(self, claim: Claim) -> str | None:
        """The number a claim is evidence for: updates under an old id do not show who has a number now."""
        if claim.key is None or not claim.users or not self.of(claim.key, claim.at):
            return claim.key
        ends = [self._ended.get(user) for user in claim.users if not is_parent(user)]
        old = bool(ends) and all(end is not None and end < claim.at for end in ends)
        return None if old else claim.key


def _takes_over(claim: Claim, people: Sequence[Person]) -> bool:
    """Whether the number someone changed to certainly belonged to someone else until then."""
    named = {user for user in claim.user_ids if not is_parent(user)}
    for person in people:
        if person.key == claim.key and named and (person.phone_at or BEGINNING) < claim.at:
            known = {user for user in (*person.users, person.bsuid) if user and not is_parent(user)}
            if known and not known & named:
                return True
    return False


def _held(person: Person, periods: _Periods) -> list[Node]:
    nodes: list[Node] = [("u", user) for user in person.users]
    if person.bsuid:
        nodes.append(("u", person.bsuid))
    if person.key:
        nodes.append(("p", person.key, str(periods.of(person.key, periods.held_at(person)))))
    for key, tie in person.phones.items():
        at = tie.until or tie.since or BEGINNING
        nodes.append(("p", key, str(periods.of(key, at))))
    return nodes


def _named(claim: Claim, periods: _Periods) -> list[Node]:
    nodes: list[Node] = [("u", user) for user in claim.user_ids]
    if key := periods.key_of(claim):
        nodes.append(("p", key, str(periods.of(key, claim.at))))
    if claim.left_key:
        nodes.append(("p", claim.left_key, str(periods.of(claim.left_key, claim.at))))
    return nodes


def _outcome(persons: list[Person], claims: list[Claim], periods: _Periods) -> Outcome | None:
    if not persons and not any(claim.creates for claim in claims):
        return None
    persons.sort(key=lambda person: (person.created_at, person.id))
    first = persons[0] if persons else None
    key, phone, phone_at, phones = _numbers(persons, claims, periods)
    users = _users(persons, claims, periods)
    bsuid = _newest(users)
    names = [person.name for person in persons] + [claim.name for claim in reversed(claims)]
    name = next((name for name in names if name), "")
    changed = first is None or len(persons) > 1 or (
        (first.key, first.bsuid, first.name, first.users, first.phones)
        != (key, bsuid, name, users, phones)
    )  # fmt: skip
    return Outcome(
        first.id if first else None, tuple(person.id for person in persons[1:]), tuple(claims),
        phone, key, phone_at, bsuid, name, users, phones, changed,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sight:
    """A person's number: when it was last seen, a moment in the period meant, and its E.164 form."""

    at: datetime | None
    moment: datetime
    phone: str | None

    @property
    def order(self) -> tuple[datetime, datetime]:
        return self.moment, self.at or BEGINNING


_Numbers = tuple[str | None, str | None, datetime | None, dict[str, Tie]]


def _numbers(persons: Sequence[Person], claims: Sequence[Claim], periods: _Periods) -> _Numbers:
    """The person's number (the newest that is still theirs), and the others."""
    seen: dict[str, _Sight] = {}
    for key, sight in _sights(persons, claims, periods):
        old = seen.get(key)
        if old is None:
            seen[key] = sight
        elif sight.order >= old.order:
            seen[key] = _Sight(sight.at, sight.moment, sight.phone or old.phone)
    still = [key for key, sight in seen.items() if not periods.until(key, sight.moment)]
    best = max(still, key=lambda key: (seen[key].at or BEGINNING, key), default=None)
    known: dict[str, Tie] = {}
    for person in persons:
        known |= person.phones
    ties = {
        key: Tie(known[key].since if key in known else sight.at, periods.until(key, sight.moment))
        for key, sight in seen.items()
        if key != best
    }
    if best is None:
        return None, None, None, ties
    return best, seen[best].phone or f"+{best}", _kept_time(persons, best, seen[best].at), ties


def _sights(
    persons: Sequence[Person], claims: Sequence[Claim], periods: _Periods
) -> Iterator[tuple[str, _Sight]]:
    for person in persons:
        for key, tie in person.phones.items():
            yield key, _Sight(tie.since, tie.until or tie.since or BEGINNING, None)
        if person.key:
            yield person.key, _Sight(person.phone_at, periods.held_at(person), person.phone)
    for claim in claims:
        if claim.left_key:
            yield claim.left_key, _Sight(None, claim.at, None)
        if told := periods.key_of(claim):
            yield told, _Sight(claim.at, claim.at, claim.phone)


def _kept_time(persons: Sequence[Person], best: str, at: datetime | None) -> datetime | None:
    """When the number was first seen: hearing from the same number again does not change it."""
    first = persons[0] if persons else None
    return first.phone_at if first is not None and first.key == best else at


def _users(persons: Sequence[Person], claims: Sequence[Claim], periods: _Periods) -> dict[str, Tie]:
    users: dict[str, Tie] = {}
    for person in persons:
        if person.bsuid and person.bsuid not in person.users:
            users.setdefault(person.bsuid, Tie())
        users |= person.users
    for claim in claims:
        for user in claim.user_ids:
            if user not in users:
                users[user] = Tie(None if user == claim.left_user else claim.at)
    return {
        user: tie if tie.until == (end := periods.ended(user)) else Tie(tie.since, end)
        for user, tie in users.items()
    }


def _newest(users: Mapping[str, Tie]) -> str | None:
    """The id to send to: the most recently seen of those the person still has."""
    own = [user for user in users if not is_parent(user)]
    return max(
        own,
        key=lambda user: (users[user].until is None, users[user].since or BEGINNING, user),
        default=None,
    )
