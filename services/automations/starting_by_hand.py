"""Start an automation for chosen contacts: by hand, or through the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.automations.triggers import ManualTrigger
from domain.errors import Conflict, Invalid
from domain.ids import new_id
from services import phones
from services.automations import candidates, entering, find, starting
from services.automations.candidates import Acting
from services.automations.starting import Person, Way
from services.channels import account
from store.automations import report, starts
from store.automations.starts import STARTED, Outcome

__all__ = ["LONGEST_KEY", "MOST", "Chosen", "Outcome", "offered", "start", "with_earlier"]

MOST = 1000
"""The most contacts that one call starts."""

LONGEST_KEY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Who is to enter: contacts, or one number, which becomes a contact if it is none.

    ``key`` names the occasion: the same contact starts once for it, however often it is asked.
    """

    contact_ids: Sequence[UUID] = ()
    phone: str = ""
    channel_id: UUID | None = None
    trigger_id: str = ""
    answers: Mapping[str, str] | None = None
    key: str = ""


async def offered(session: AsyncSession) -> list[tuple[UUID, str]]:
    """The automations that may be started by hand now, by name."""
    found = await candidates.of_types(session, [ManualTrigger.TYPE])
    named = {one.row.automation_id: one.row.automation for one in found}
    return sorted(named.items(), key=lambda one: one[1].casefold())


async def start(
    session: AsyncSession, actor: Actor, automation_id: UUID, chosen: Chosen
) -> list[Outcome]:
    """Let chosen contacts enter; each gets a run, or the code of why there is none.

    Raises Conflict unless the automation acts and may be started by hand.
    """
    await starts.patiently(session)
    await find.row(session, automation_id)
    by = await _by(session, automation_id, chosen.trigger_id)
    if chosen.channel_id is not None:
        await account.require(session, chosen.channel_id)
    if len(chosen.key) > LONGEST_KEY:
        raise Invalid("value_long", field="key", most=LONGEST_KEY)
    contact_ids = await _contacts(session, actor, chosen)
    cause = f"hand:{chosen.key or new_id()}"
    people = [
        Person(contact_id=one, cause=cause, channel_id=chosen.channel_id) for one in contact_ids
    ]
    way = Way(answers=entering.brought(chosen.answers or {}))
    outcomes = await starting.enter(session, actor, by, people, way)
    return await with_earlier(session, automation_id, cause, outcomes)


async def with_earlier(
    session: AsyncSession, automation_id: UUID, cause: str, outcomes: Sequence[Outcome]
) -> list[Outcome]:
    """The same outcomes; who already entered by this cause gets the run it started then."""
    again = [one.contact_id for one in outcomes if one.why_not == STARTED]
    known = await report.caused(session, automation_id, again, cause) if again else {}
    return [
        Outcome(one.contact_id, known[one.contact_id], None) if one.contact_id in known else one
        for one in outcomes
    ]


async def _by(session: AsyncSession, automation_id: UUID, trigger_id: str) -> Acting:
    """The manual trigger they enter by."""
    acting = await candidates.of_automation(session, automation_id)
    if not acting:
        raise Conflict("automation_not_live")
    for one in acting:
        if isinstance(one.trigger, ManualTrigger) and trigger_id in {"", one.row.trigger_id}:
            return one
    raise Conflict("automation_not_by_hand")


async def _contacts(session: AsyncSession, actor: Actor, chosen: Chosen) -> list[UUID]:
    if bool(chosen.contact_ids) == bool(chosen.phone):
        raise Invalid("start_whom", field="contact_ids")
    if chosen.phone:
        number = phones.parse(chosen.phone)
        return [await entering.with_number(session, actor, number)]
    if len(chosen.contact_ids) > MOST:
        raise Invalid("start_limit", field="contact_ids", most=MOST)
    return list(dict.fromkeys(chosen.contact_ids))
