"""Where what happened goes: to a run that waits for it, to a trigger that starts one, or nowhere.

Each entry of the journal is routed in order for each contact, and may be routed again: a message together with others
that come at the same time, anything else in a transaction of its own.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations import keywords, matching
from domain.automations.conditions import ALWAYS as EVERYBODY
from domain.automations.matching import Happening
from domain.automations.nodes import MatchMode
from domain.automations.states import Facts, Message, WaitsFor
from domain.automations.triggers import BY_MESSAGE, CampaignReplyTrigger
from domain.conversations import QUIET_KINDS
from domain.journal.automations import ConversationGivenBack
from domain.journal.conversations import MessageEchoed, MessageReceived, MessageReleased
from domain.journal.facts import Entry
from services import clock
from services.automations import (
    candidates,
    facts,
    guards,
    happenings,
    hours,
    starting,
    stopping,
    takeover,
)
from services.automations.candidates import Acting
from services.automations.starting import Person, Way
from store.automations import arrivals, waiting
from store.automations.arrivals import Arrived
from store.automations.waiting import ActiveRun

LONG_AGO = timedelta(hours=1)
"""A message that is older when it is routed starts nothing (law 10): it came with an outage, or a replay."""

PORTION = 500

SHARED = (MessageReceived.kind, MessageReleased.kind)
"""Kinds of entries that may be routed with others; of the rest, any may start a run."""

MESSAGE_TYPES = tuple(kind.TYPE for kind in BY_MESSAGE)


def cause_of(entry: Entry) -> str:
    """What starts a run when an entry does."""
    return f"entry:{entry.id}"


async def route(session: AsyncSession, entry: Entry, *, alone: bool = True) -> list[UUID] | None:
    """Do what follows from an entry for automations; again, it changes nothing.

    Returns the runs that go on because of it. ``alone``: nothing else happens in this transaction; otherwise, None if
    the entry may start a run, which only one thing at a time may do.
    """
    if entry.kind in SHARED:
        return await _message(session, entry, alone=alone)
    if entry.kind == MessageEchoed.kind:
        await _echoed(session, entry)
        return []
    if entry.kind == ConversationGivenBack.kind:
        await _given_back(session, entry)
        return []
    if opted_out := await happenings.stopped(session, entry):
        await stopping.opt_out(session, opted_out)
    if kinds := happenings.TRIGGERS.get(entry.kind):
        await _happened(session, entry, [kind.TYPE for kind in kinds])
    return []


async def _echoed(session: AsyncSession, entry: Entry) -> None:
    """Somebody answered in the WhatsApp Business app, which takes the conversation over as an answer from here does."""
    thread = await arrivals.thread(session, entry.ids["conversation_id"])
    message = await facts.message(session, entry.ids["message_id"])
    if thread is None or message is None or message.kind in QUIET_KINDS:
        return
    active = await waiting.active(session, thread.contact_id, thread.channel_id)
    if any(run.started_at <= message.at for run in active):
        await takeover.take(session, SYSTEM, thread.id)


async def _given_back(session: AsyncSession, entry: Entry) -> None:
    """Runs go on with what is due; what was written meanwhile was for the person who answered it."""
    thread = await arrivals.thread(session, entry.ids["conversation_id"])
    if thread is not None and not thread.taken:
        ready = await waiting.ready_of_contact(session, thread.contact_id, thread.channel_id)
        await stopping.wake(session, ready)


async def _happened(session: AsyncSession, entry: Entry, types: Sequence[str]) -> None:
    concerned = await waiting.concerned(session, types, None)
    if not concerned.triggered:
        return
    acting = await candidates.of_types(session, types)
    for happened in await happenings.of(session, entry) if acting else ():
        for by in fitting(happened.what, acting):
            people = [
                Person(
                    contact_id=one,
                    cause=_cause(entry, happened.what),
                    channel_id=happened.channel_id,
                )
                for one in happened.contact_ids
            ]
            for start in range(0, len(people), PORTION):
                await starting.enter(session, SYSTEM, by, people[start : start + PORTION])


def _cause(entry: Entry, what: Happening) -> str:
    """One entry may mean several things, each of which starts something."""
    return f"{cause_of(entry)}:{what.name}" if what.name else cause_of(entry)


def fitting(what: Happening, acting: Sequence[Acting]) -> list[Acting]:
    """The triggers that something fits, whoever it happened to; one of each automation."""
    asked = [
        replace(one.candidate, trigger=replace(one.trigger, filters=EVERYBODY)) for one in acting
    ]
    verdict = matching.choose(what, matching.NOBODY, asked)
    by_key = {(one.candidate.automation, one.row.trigger_id): one for one in acting}
    return [by_key[one.automation, one.trigger_id] for one in verdict.fitting]


async def _message(session: AsyncSession, entry: Entry, *, alone: bool) -> list[UUID] | None:
    """Most messages concern no automation: one statement says so."""
    contact_id = entry.ids.get("contact_id")
    if contact_id is None:  # in a group
        return []
    concerned = await waiting.concerned(session, MESSAGE_TYPES, contact_id)
    if not (concerned.triggered or concerned.running):
        return []
    arrived = await arrivals.message(session, entry.ids["message_id"], cause_of(entry))
    if arrived is None or not _is_for_automations(arrived):
        return []
    active = await _active(session, arrived) if concerned.running else []
    if arrived.routed:  # and perhaps nobody was told
        return [run.id for run in active]
    return await _new(session, entry, arrived, active, triggers=concerned.triggered, alone=alone)


async def _new(
    session: AsyncSession,
    entry: Entry,
    arrived: Arrived,
    active: Sequence[ActiveRun],
    *,
    triggers: bool,
    alone: bool,
) -> list[UUID] | None:
    """Restart words come before the run that waits, and that before triggers."""
    if (again := restarting(arrived.body or "", active)) is not None and _is_news(arrived):
        if not alone:
            return None
        if await _restarted(session, entry, arrived, again):
            return []
    if (run := listener(active)) is not None:
        return [run.id] if await _put(session, arrived, run) else []
    if triggers and _is_news(arrived):
        if not alone:
            return None
        await _to_trigger(session, entry, arrived)
    return []


def _is_for_automations(arrived: Arrived) -> bool:
    """Whether a message goes any further: no notice, no request about marketing, nothing that a person answers.

    What a request ends follows from ``MarketingStopped``.
    """
    return not (arrived.kind in QUIET_KINDS or arrived.wish or arrived.taken)


def _is_news(arrived: Arrived) -> bool:
    return arrived.created_at >= clock.now() - LONG_AGO


async def _active(session: AsyncSession, arrived: Arrived) -> list[ActiveRun]:
    """The contact's runs that a message may be for; an old one is not for those that began since."""
    active = await waiting.active(session, arrived.contact_id, arrived.channel_id)
    if _is_news(arrived):
        return active
    return [run for run in active if run.started_at < arrived.created_at]


async def _put(session: AsyncSession, arrived: Arrived, run: ActiveRun) -> bool:
    """Put a message to a run; False if it is there, or the contact is no person."""
    return await guards.is_person(
        session, run.automation_id, arrived.contact_id, arrived.channel_id
    ) and await waiting.put(session, run.id, arrived.id)


def listener(active: Sequence[ActiveRun]) -> ActiveRun | None:
    """The newest run that waits for a reply, else the newest that is at work: it keeps the message for its next wait."""
    waits = [run for run in active if run.waits is WaitsFor.REPLY]
    works = [run for run in active if run.waits in {None, WaitsFor.EFFECT}]
    return next(iter(reversed(waits or works)), None)


async def _restarted(session: AsyncSession, entry: Entry, arrived: Arrived, run: ActiveRun) -> bool:
    """Begin a run anew; False if its automation no longer acts."""
    by = await _begins(session, run)
    if by is None:
        return False
    await stopping.restart(session, run.id)
    message = facts.as_message(arrived.written)
    brought = await waiting.brought(session, run.id)
    way = Way(entry=starting.ALWAYS, answers=brought, unfiltered=True, message=message)
    await starting.enter(session, SYSTEM, by, [_person(entry, arrived)], way)
    return True


def restarting(text: str, active: Sequence[ActiveRun]) -> ActiveRun | None:
    """The newest run that a text restarts."""
    return next(
        (
            run
            for run in reversed(active)
            if text and keywords.found(MatchMode.EXACT, run.restart_words, text)
        ),
        None,
    )


async def _begins(session: AsyncSession, run: ActiveRun) -> Acting | None:
    """The trigger a run began with, as it acts now; else the automation's first."""
    acting = await candidates.of_automation(session, run.automation_id)
    own = (one for one in acting if one.row.trigger_id == run.trigger_id)
    return next(own, acting[0] if acting else None)


async def _to_trigger(session: AsyncSession, entry: Entry, arrived: Arrived) -> None:
    """Start the automation that takes a message; if its rules say no, the next one may."""
    acting = await candidates.of_types(session, MESSAGE_TYPES)
    if not acting:
        return
    message = facts.as_message(arrived.written)
    named = hours.asked(*(one.trigger for one in acting))
    known = await facts.gather(
        session, arrived.contact_id, arrived.channel_id, clock.now(), message, named
    )
    if known is None:
        return
    what = await _what(session, arrived, message, acting)
    for by in in_order(what, known, acting):
        if not await guards.is_person(
            session, by.row.automation_id, arrived.contact_id, arrived.channel_id
        ):
            return
        way = Way(unfiltered=True, message=message)
        person = _person(entry, arrived)
        if (await starting.enter(session, SYSTEM, by, [person], way))[0].run_id is not None:
            return


def in_order(what: Happening, known: Facts, acting: Sequence[Acting]) -> list[Acting]:
    """The triggers that a message fits, the first to be asked first."""
    by_key = {(one.candidate.automation, one.row.trigger_id): one for one in acting}
    verdict = matching.choose(what, known, [one.candidate for one in acting])
    return [by_key[one.automation, one.trigger_id] for one in verdict.fitting]


async def _what(
    session: AsyncSession, arrived: Arrived, message: Message, acting: Sequence[Acting]
) -> Happening:
    asked = any(isinstance(one.trigger, CampaignReplyTrigger) for one in acting)
    campaign = await arrivals.answered(session, arrived.id) if asked else None
    return of_message(message, arrived.channel_id, arrived.previous_at, campaign)


def of_message(
    message: Message, channel_id: UUID, previous_at: datetime | None, campaign: UUID | None
) -> Happening:
    """A message, as the matcher sees it."""
    return Happening(
        what="message",
        channel=str(channel_id),
        kind=message.kind,
        text=message.text,
        payload=message.payload,
        previous_at=previous_at,
        campaigns=frozenset({str(campaign)} if campaign else ()),
    )


def _person(entry: Entry, arrived: Arrived) -> Person:
    return Person(
        contact_id=arrived.contact_id,
        cause=cause_of(entry),
        channel_id=arrived.channel_id,
        message_id=arrived.id,
    )
