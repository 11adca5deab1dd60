"""Identify the people in a delivery before any of it is stored: find, create, correct, merge."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain import phone
from domain.actors import SYSTEM
from domain.identity import Claim, Outcome, Person
from domain.journal.conversations import ConversationMerged, WindowOpened
from domain.journal.facts import Fact
from domain.journal.people import ContactMerged
from domain.live import Event, Room
from domain.settling import settle
from services import journal
from services.automations import meeting
from services.receiving.known import Pair
from store import freeing, live, merging, owners
from store.merging import Merged
from store.receiving import identities

ROUNDS = 5
"""Others add contacts in the meantime: after this many attempts something is wrong."""

MOST_MET = 500
"""The most numbers shared by two contacts handled at once; the next hour takes the rest."""


@dataclass(slots=True)
class People:
    """Who a delivery is about, and pairs known to be one person."""

    contacts: dict[Claim, UUID] = field(default_factory=dict)
    tied: list[Pair] = field(default_factory=list)

    def of(self, claim: Claim | None) -> UUID | None:
        """The contact a claim is about; None if unknown."""
        return self.contacts.get(claim) if claim is not None else None


async def recognise(
    session: AsyncSession, claims: Iterable[Claim], passing: Mapping[Pair, datetime]
) -> People:
    """Everybody the claims name, as contacts, locked until the transaction ends.

    ``passing`` are claims from statuses: they create nobody, and most are already known.
    """
    wanted = {claim for claim in claims if claim.anybody}
    people = People()
    if passing:
        wanted |= set(await _news(session, passing, people))
    if not wanted:
        return people
    for _ in range(ROUNDS):
        _, outcomes = await _settled(session, wanted)
        if any(outcome.changed for outcome in outcomes):
            await identities.lock(session)
            outcomes = await _changed(session, wanted)
        people.contacts = {
            claim: outcome.id for outcome in outcomes if outcome.id for claim in outcome.claims
        }
        ids = {
            people.contacts[claim] for claim in wanted if claim.creates and claim in people.contacts
        }
        if ids <= await identities.hold(session, sorted(ids)):
            return people
    raise RuntimeError("people keep changing while they are looked up")


async def meet(session: AsyncSession) -> People:
    """Merge contacts that have a number in common, as may happen after an import.

    An import takes no lock: a number's owner may be learned between its look-up and its commit.
    """
    people = People()
    if shared := await identities.shared(session, MOST_MET):
        await identities.lock(session)
        await _changed(session, (), shared)
    return people


async def _settled(
    session: AsyncSession, claims: Collection[Claim], shared: Iterable[str] = ()
) -> tuple[list[Person], list[Outcome]]:
    """The people we know among these, and their final state.

    Messages from someone just deleted wait until that is decided: they are stored with the person if restored, or else
    create a new contact. So does news that two are one person, if one is being deleted.
    """
    keys = sorted({key for claim in claims for key in claim.keys} | set(shared))
    users = sorted({user for claim in claims for user in claim.user_ids})
    while True:
        found = await identities.find(session, keys, users)
        outcomes = settle(claims, found)
        going = {person.id for person in found if person.leaving}
        concerned = going and going.intersection(
            contact_id
            for outcome in outcomes
            if outcome.merged or any(claim.creates for claim in outcome.claims)
            for contact_id in (outcome.id, *outcome.merged)
        )
        if not concerned:
            return found, outcomes
        await freeing.decided(session, sorted(concerned))


async def _changed(
    session: AsyncSession, claims: Collection[Claim], shared: Sequence[str] = ()
) -> list[Outcome]:
    """Write changes until nothing changes; another process may take a number first.

    Everyone found is locked and checked again: the team may be editing or deleting them.
    """
    error: IntegrityError | None = None
    held: set[UUID] = set()
    for _ in range(2 * ROUNDS):
        found, outcomes = await _settled(session, claims, shared)
        changed = [outcome for outcome in outcomes if outcome.changed]
        if not changed:
            return outcomes
        if fresh := {person.id for person in found} - held:
            held |= await owners.seize(session, sorted(fresh | held))
            continue
        try:
            async with session.begin_nested():
                await _write(session, changed, {person.id: person for person in found})
        except IntegrityError as raised:
            error = raised
    raise error or RuntimeError("people keep changing while they are written")


async def _write(
    session: AsyncSession, outcomes: Sequence[Outcome], known: Mapping[UUID, Person]
) -> None:
    turns = max(len(outcome.merged) for outcome in outcomes)
    for turn in range(turns):
        facts = [
            _told(outcome, outcome.id, known[outcome.merged[turn]])
            for outcome in outcomes
            if outcome.id and turn < len(outcome.merged)
        ]
        await _merge(session, facts)
    await identities.write(session, outcomes)


def _told(outcome: Outcome, kept: UUID, gone: Person) -> ContactMerged:
    """Who was merged and why; erased with the contact that stays."""
    moved = any(claim.left_key for claim in outcome.claims)
    held = {
        "merged_name": gone.name,
        "merged_phone": gone.phone,
        "cause": "new_number" if moved else None,
    }
    return ContactMerged(
        contact_id=kept,
        merged=gone.id,
        after={name: value for name, value in held.items() if value},
    )


async def _merge(session: AsyncSession, facts: Sequence[ContactMerged]) -> None:
    merged = await merging.merge(session, [(fact.merged, fact.contact_id) for fact in facts])
    await journal.note(session, SYSTEM, *facts, *_followed(merged))
    await meeting.settle(session, [fact.contact_id for fact in facts], merged.runs)
    rooms = [Room.CAMPAIGN.of(one) for one in merged.campaigns]
    await live.tick_all(session, rooms, Event.CAMPAIGN_PROGRESS)


def _followed(merged: Merged) -> Iterator[Fact]:
    """Note what happened to the conversations of two merged contacts."""
    for own in merged.moved:
        yield ConversationMerged(conversation_id=own.id, contact_id=own.contact_id, kept=own.id)
    for thread in merged.threads:
        for conversation_id in dict.fromkeys((thread.id, thread.gone_id)):
            yield ConversationMerged(
                conversation_id=conversation_id, contact_id=thread.contact_id, kept=thread.id
            )
        still_open = thread.moved and thread.window_closed_at is None
        if still_open and thread.window_opened_at and thread.window_expires_at:
            yield WindowOpened(
                conversation_id=thread.id,
                opened_at=thread.window_opened_at,
                deadline=thread.window_expires_at,
            )


async def _news(
    session: AsyncSession, passing: Mapping[Pair, datetime], people: People
) -> list[Claim]:
    """What statuses report that is new and not simple; simple claims are written along the way."""
    pairs = list(passing)
    keys = [phone.key(phone.from_wa_id(wa_id)) for wa_id, _ in pairs]
    users = [user for _, user in pairs]
    try:
        async with session.begin_nested():
            news = await identities.teach(session, keys, users, list(passing.values()))
    except IntegrityError:  # somebody was deleted in the meantime: the slow path finds out who
        news = list(range(len(pairs)))
    people.tied = [pairs[place] for place in set(range(len(pairs))).difference(news)]
    return [_claim(*pairs[place], passing[pairs[place]]) for place in news]


def _claim(wa_id: str, user: str, at: datetime) -> Claim:
    number = phone.from_wa_id(wa_id)
    return Claim(at=at, phone=number, key=phone.key(number), users=(user,))
