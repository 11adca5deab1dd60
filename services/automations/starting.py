"""Start runs: whatever starts one, it is decided here who may enter, and written once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.automations import evaluation, texts, times
from domain.automations.nodes import Duration
from domain.automations.states import Facts, Message, Value
from domain.automations.triggers import A_DAY, Entry, ManualTrigger, ReEntry
from domain.ids import parse_id
from domain.journal.automations import RunStarted
from services import clock, journal
from services.automations import candidates, guards, hours, zones
from services.automations.candidates import Acting
from services.automations.facts import as_facts
from store.automations import audience, starts
from store.automations.starts import UNMEANT, Entrance, NewRun, Outcome

NOT_LIVE = "not_live"
"""Why nobody enters: the automation does not act, or has no such trigger."""

FILTERED = "filtered"
GUARD = "guard"
NO_NUMBER = starts.NO_CHANNEL

ALWAYS = ReEntry(rule=Entry.ALWAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One contact who is to enter an automation.

    ``cause`` names what starts it, so that nothing starts it twice: ``hand:<key>``, ``hook:<key>``, ``run:<id>:<step>``.
    Without ``trigger_id`` it begins at the manual trigger, else at the first one. Without ``channel_id`` on the trigger's
    number, else on the one the contact last used. ``answers`` are variables it begins with; ``parent`` is the run, and
    its step, that starts it; ``unfiltered`` passes by the trigger's filters.
    """

    automation_id: UUID
    contact_id: UUID
    cause: str
    trigger_id: str = ""
    channel_id: UUID | None = None
    message_id: UUID | None = None
    answers: Mapping[str, Value] = field(default_factory=dict)
    parent: tuple[UUID, int] | None = None
    unfiltered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A contact who is to enter by a trigger; ``channel_id`` None: on the number it names, or the contact last used."""

    contact_id: UUID
    cause: str
    channel_id: UUID | None = None
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How they enter: the rule of re-entry unless it is the trigger's, what they bring, and who starts them."""

    entry: ReEntry | None = None
    answers: Mapping[str, Value] = field(default_factory=dict)
    parent: tuple[UUID, int] | None = None
    unfiltered: bool = False
    unnamed: bool = False
    """Another automation starts it: no trigger did."""
    message: Message | None = None


PLAINLY = Way()


async def start(session: AsyncSession, actor: Actor, wanted: Start) -> UUID | None:
    """Start a run; None if a rule said no (``why_not``), or the cause already started one."""
    return (await tried(session, actor, wanted)).run_id


async def tried(session: AsyncSession, actor: Actor, wanted: Start) -> Outcome:
    """Start a run, or say in a code why there is none."""
    by = await _by(session, wanted)
    if by is None:
        return Outcome(wanted.contact_id, None, NOT_LIVE)
    return (await enter(session, actor, by, [_person(wanted)], _way(wanted)))[0]


async def why_not(session: AsyncSession, wanted: Start) -> str | None:
    """Why a contact could not enter now, without starting anything; None if they could."""
    by = await _by(session, wanted)
    if by is None:
        return NOT_LIVE
    return await judge(session, by, _person(wanted), _way(wanted))


def _person(wanted: Start) -> Person:
    return Person(
        contact_id=wanted.contact_id, cause=wanted.cause, channel_id=wanted.channel_id,
        message_id=wanted.message_id,
    )  # fmt: skip


def _way(wanted: Start) -> Way:
    return Way(
        answers=wanted.answers,
        parent=wanted.parent,
        unfiltered=wanted.unfiltered,
        unnamed=wanted.parent is not None,
    )


async def _by(session: AsyncSession, wanted: Start) -> Acting | None:
    """The trigger a start goes by."""
    found = await candidates.of_automation(session, wanted.automation_id)
    if wanted.trigger_id:
        return next((one for one in found if one.row.trigger_id == wanted.trigger_id), None)
    by_hand = (one for one in found if isinstance(one.trigger, ManualTrigger))
    return next(by_hand, found[0] if found else None)


async def enter(
    session: AsyncSession,
    actor: Actor,
    by: Acting,
    people: Sequence[Person],
    way: Way = PLAINLY,
) -> list[Outcome]:
    """Let contacts enter by a trigger, as far as its rules, their consent and the guard let them."""
    if not people:
        return []
    held = await _held(session, by)
    if held is None:
        return [Outcome(one.contact_id, None, NOT_LIVE) for one in people]
    by = held
    now = clock.now()
    new, refused = await _fitting(session, by, people, way, now)
    if new and not await _guarded(session, by, new):
        return [*refused, *(Outcome(one.contact_id, None, GUARD) for one in new)]
    made = await starts.start(session, _entrance(by, way, now), new) if new else []
    messages = {one.contact_id: one.message_id for one in new}
    facts = [
        RunStarted(
            run_id=one.run_id,
            contact_id=one.contact_id,
            automation_id=by.row.automation_id,
            version=by.row.version,
            trigger_id="" if way.unnamed else by.row.trigger_id,
            message_id=messages[one.contact_id],
        )
        for one in made
        if one.run_id is not None
    ]
    await journal.note(session, actor, *facts)
    return [*refused, *made]


async def _held(session: AsyncSession, by: Acting) -> Acting | None:
    """The trigger as it acts now, until the end of the transaction: another version may have been published since."""
    version = await starts.hold(session, by.row.automation_id)
    if version is None or version == by.row.version:
        return by if version else None
    found = await candidates.of_automation(session, by.row.automation_id)
    return next((one for one in found if one.row.trigger_id == by.row.trigger_id), None)


async def judge(
    session: AsyncSession, by: Acting, person: Person, way: Way = PLAINLY
) -> str | None:
    """Why a contact could not enter by a trigger now; None if they could."""
    now = clock.now()
    new, refused = await _fitting(session, by, [person], way, now)
    if refused:
        return refused[0].why_not
    return (await starts.judge(session, _entrance(by, way, now), new)).get(person.contact_id)


async def _guarded(session: AsyncSession, by: Acting, new: Sequence[NewRun]) -> bool:
    """Whether the guard lets them in; it does not mind those whom somebody chose."""
    events = [one.contact_id for one in new if one.cause.partition(":")[0] in UNMEANT]
    return not events or await guards.may_start(session, by.row.automation_id, events)


def _entrance(by: Acting, way: Way, now: datetime) -> Entrance:
    entry = way.entry or by.trigger.entry
    period = entry.period or A_DAY
    since = None
    if entry.rule is Entry.ONCE_A_PERIOD:
        since = _ago(now, period)
    parent_id, parent_step = way.parent or (None, None)
    return Entrance(
        automation_id=by.row.automation_id,
        version=by.row.version,
        trigger_id="" if way.unnamed else by.row.trigger_id,
        node=by.row.node,
        marketing=by.row.marketing,
        rule=entry.rule,
        since=since,
        answers=way.answers,
        parent_id=parent_id,
        parent_step=parent_step,
    )


def _ago(now: datetime, period: Duration) -> datetime:
    """The beginning of a period that ends now."""
    return now - (times.add(now, period, zones.ours()) - now)


async def _fitting(
    session: AsyncSession, by: Acting, people: Sequence[Person], way: Way, now: datetime
) -> tuple[list[NewRun], list[Outcome]]:
    """Those whom the filters let in, with their number and key, and the others."""
    placed = await _placed(session, by, people)
    refused = [Outcome(one.contact_id, None, NO_NUMBER) for one in placed if one.channel_id is None]
    on_number: defaultdict[UUID, list[Person]] = defaultdict(list)
    for one in placed:
        if one.channel_id is not None:
            on_number[one.channel_id].append(one)
    new: list[NewRun] = []
    for channel_id, those in on_number.items():
        known = await _facts(session, by, those, channel_id, way, now)
        for one in those:
            facts = known.get(one.contact_id) if known is not None else None
            if known is not None and not _let_in(by, facts, way):
                refused.append(Outcome(one.contact_id, None, FILTERED))
                continue
            new.append(
                NewRun(
                    contact_id=one.contact_id,
                    channel_id=channel_id,
                    cause=one.cause,
                    entry_key=_key(by, way, facts),
                    message_id=one.message_id,
                )
            )
    return new, refused


async def _facts(
    session: AsyncSession,
    by: Acting,
    people: Sequence[Person],
    channel_id: UUID,
    way: Way,
    now: datetime,
) -> dict[UUID, Facts] | None:
    """What filters and keys ask about; None where they ask nothing."""
    if not _filters(by, way) and not (way.entry or by.trigger.entry).key:
        return None
    found = await audience.persons(session, [one.contact_id for one in people], channel_id)
    named = await hours.named(session, hours.asked(by.trigger), channel_id)
    return {at: as_facts(one, now, way.message, named) for at, one in found.items()}


def _filters(by: Acting, way: Way) -> bool:
    return not way.unfiltered and any(group.conditions for group in by.trigger.filters.groups)


def _let_in(by: Acting, facts: Facts | None, way: Way) -> bool:
    if facts is None or not _filters(by, way):
        return True  # who is gone is refused as such
    return evaluation.holds(by.trigger.filters, facts, way.answers, by.trigger.hours)


def _key(by: Acting, way: Way, facts: Facts | None) -> str | None:
    text = (way.entry or by.trigger.entry).key
    if not text or facts is None:
        return None
    return texts.fill(text, texts.values(facts, way.answers))


async def _placed(session: AsyncSession, by: Acting, people: Sequence[Person]) -> list[Person]:
    """Everybody with the number their run is on."""
    named = _own_number(by)
    lost = [one.contact_id for one in people if one.channel_id is None and named is None]
    likely = await starts.likely_channels(session, lost) if lost else {}
    return [
        one
        if one.channel_id is not None
        else replace(one, channel_id=named or likely.get(one.contact_id))
        for one in people
    ]


def _own_number(by: Acting) -> UUID | None:
    """The number a trigger names: the one that sends, else the first it listens on."""
    named = getattr(by.trigger, "channel", "") or next(iter(by.trigger.channels), "")
    return parse_id(named)
