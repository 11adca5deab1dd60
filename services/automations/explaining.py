"""Which automation gets this text on this number, and why: what routing would do, without doing it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import wishes
from domain.automations import matching
from domain.automations.matching import Candidate, Verdict
from domain.automations.states import Facts, Message
from domain.errors import NotFound
from domain.ids import new_id
from services import clock
from services.automations import candidates, facts, hours, routing, starting, zones
from services.automations.candidates import Acting
from services.automations.starting import Person, Way
from store.automations import arrivals, waiting

Taker = Literal["marketing", "person", "restart", "run", "trigger", "nobody"]
"""Who gets a message: the record of consent, a person who took the conversation, a run anew or one that waits, a trigger."""

NO_VERDICT = Verdict(())


@dataclass(frozen=True, slots=True)
class Explanation:
    """Who gets it. ``refused`` has the code of ``starting`` or of our gate for triggers that fit but let nobody in,
    by automation and trigger; ``paused`` judges those of paused automations.
    """

    taker: Taker
    automation_id: UUID | None = None
    run_id: UUID | None = None
    trigger_id: str = ""
    verdict: Verdict = NO_VERDICT
    refused: Mapping[tuple[str, str], str] = field(default_factory=dict)
    paused: Verdict = NO_VERDICT


async def explain(
    session: AsyncSession, channel_id: UUID, text: str, contact_id: UUID | None = None
) -> Explanation:
    """What would happen to a text that this contact, or somebody new, writes on a number now; raises NotFound."""
    message = Message(id=str(new_id()), text=text, at=clock.now())
    taken, previous_at = False, None
    if contact_id is not None:
        taken, previous_at = await arrivals.known(session, channel_id, contact_id)
    acting = await candidates.of_types(session, routing.MESSAGE_TYPES)
    paused = await candidates.paused(session, routing.MESSAGE_TYPES)
    named = hours.asked(*(one.trigger for one in (*acting, *paused)))
    known = await _facts(session, channel_id, contact_id, message, named)
    what = routing.of_message(message, channel_id, previous_at, None)
    verdict, asleep = (
        matching.choose(what, known, [one.candidate for one in each]) for each in (acting, paused)
    )
    found = await _taker(session, channel_id, contact_id, message, verdict, acting, taken=taken)
    return replace(found, paused=asleep)


async def _taker(
    session: AsyncSession,
    channel_id: UUID,
    contact_id: UUID | None,
    message: Message,
    verdict: Verdict,
    acting: list[Acting],
    *,
    taken: bool,
) -> Explanation:
    if wishes.wish(message.text) is not None:
        return Explanation("marketing", verdict=verdict)
    if taken:
        return Explanation("person", verdict=verdict)
    if contact_id is not None:
        found = await _by_run(session, channel_id, contact_id, message.text, verdict)
        if found is not None:
            return found
    return await _by_trigger(session, channel_id, contact_id, message, verdict, acting)


async def _facts(
    session: AsyncSession,
    channel_id: UUID,
    contact_id: UUID | None,
    message: Message,
    named: Collection[str],
) -> Facts:
    if contact_id is None:
        ours = zones.ours()
        return Facts(
            now=message.at, zone=ours, our_zone=ours, fields={}, message=message,
            calendars=await hours.named(session, named, channel_id),
        )  # fmt: skip
    known = await facts.gather(session, contact_id, channel_id, message.at, message, named)
    if known is None:
        raise NotFound("contact_not_found")
    return known


async def _by_run(
    session: AsyncSession, channel_id: UUID, contact_id: UUID, text: str, verdict: Verdict
) -> Explanation | None:
    active = await waiting.seen(session, contact_id, channel_id)
    restarted = routing.restarting(text, active)
    run = restarted or routing.listener(active)
    if run is None:
        return None
    taker: Taker = "restart" if restarted else "run"
    return Explanation(taker, run.automation_id, run.id, run.trigger_id, verdict)


async def _by_trigger(
    session: AsyncSession,
    channel_id: UUID,
    contact_id: UUID | None,
    message: Message,
    verdict: Verdict,
    acting: list[Acting],
) -> Explanation:
    refused: dict[tuple[str, str], str] = {}
    by_key = {(one.candidate.automation, one.row.trigger_id): one for one in acting}
    for candidate in verdict.fitting:
        by = by_key[_key(candidate)]
        why = await _why_not(session, by, channel_id, contact_id, message)
        if why is None:
            row = by.row
            return Explanation("trigger", row.automation_id, None, row.trigger_id, verdict, refused)
        refused[_key(candidate)] = why
    return Explanation("nobody", verdict=verdict, refused=refused)


async def _why_not(
    session: AsyncSession, by: Acting, channel_id: UUID, contact_id: UUID | None, message: Message
) -> str | None:
    if contact_id is None:
        return None
    person = Person(contact_id=contact_id, cause=f"asked:{message.id}", channel_id=channel_id)
    return await starting.judge(session, by, person, Way(unfiltered=True, message=message))


def _key(candidate: Candidate) -> tuple[str, str]:
    return candidate.automation, candidate.trigger_id
