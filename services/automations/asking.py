"""Which automation gets this text on this number, and why: asked by people, for a contact or a number."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.matching import Candidate, Judged
from domain.sentences import Sentence
from services import phones
from services.automations import explaining, find, reasons
from services.automations.explaining import Explanation
from services.channels import account
from services.contacts import search
from store import owners
from store.automations import designs

Titles = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A trigger that was looked at, and why it won or did not."""

    automation_id: UUID
    name: str
    trigger_id: str
    title: str
    type: str
    priority: int
    fits: bool
    won: bool
    why: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who gets it, in one sentence, and every trigger in the order it is asked."""

    taker: str
    why: Sentence
    automation_id: UUID | None
    automation_name: str | None
    trigger_id: str
    run_id: UUID | None
    candidates: list[Weighed]


async def ask(
    session: AsyncSession,
    channel_id: UUID,
    text: str,
    *,
    contact_id: UUID | None = None,
    phone: str = "",
) -> Asked:
    """What would happen to a text; raises NotFound for a number or contact that is not there."""
    await account.require(session, channel_id)
    if contact_id is not None:
        contact_id = (await search.get(session, contact_id)).id
    elif phone:
        contact_id = await owners.id_by_key(session, phones.parse(phone).key)
    found = await explaining.explain(session, channel_id, text, contact_id)
    named = await find.row(session, found.automation_id) if found.automation_id else None
    name = named.name if named else None
    return Asked(
        taker=found.taker,
        why=Sentence(f"text_taker.{found.taker}", name=name or ""),
        automation_id=found.automation_id,
        automation_name=name,
        trigger_id=found.trigger_id,
        run_id=found.run_id,
        candidates=_candidates(found, await _titles(session, found)),
    )


async def _titles(session: AsyncSession, found: Explanation) -> Titles:
    """What the triggers are called in the versions that act."""
    judged = (*found.verdict.judged, *found.paused.judged)
    titles = {}
    for automation, version in {
        (one.candidate.automation, one.candidate.version) for one in judged
    }:
        drawn = await designs.version(session, UUID(automation), version)
        for one in drawn.graph.get("triggers", ()) if drawn else ():
            titles[automation, one["id"]] = one["title"]
    return titles


def _candidates(found: Explanation, titles: Titles) -> list[Weighed]:
    weighed = []
    for judged in found.verdict.judged:
        one = judged.candidate
        taking = (one.automation, one.trigger_id) == (str(found.automation_id), found.trigger_id)
        won = taking and found.taker == "trigger"
        weighed.append(
            Weighed(
                automation_id=UUID(one.automation),
                name=one.name,
                trigger_id=one.trigger_id,
                title=titles.get((one.automation, one.trigger_id), ""),
                type=one.trigger.TYPE,
                priority=one.trigger.priority,
                fits=judged.fits,
                won=won,
                why=_why(found, judged, won=won),
            )
        )
    return weighed + [_paused(one.candidate, titles) for one in found.paused.judged if one.fits]


def _why(found: Explanation, judged: Judged, *, won: bool) -> Sentence:
    """Why it takes it or not, even where the best trigger lets nobody in, or somebody else gets it."""
    one = judged.candidate
    refused = found.refused.get((one.automation, one.trigger_id))
    best = one == found.verdict.winner
    if refused:
        return reasons.of_start(refused)
    if won and not best:
        return Sentence("automation_match_won")
    if best and not won:
        return Sentence("automation_match_elsewhere")
    return judged.why


def _paused(one: Candidate, titles: Titles) -> Weighed:
    return Weighed(
        automation_id=UUID(one.automation),
        name=one.name,
        trigger_id=one.trigger_id,
        title=titles.get((one.automation, one.trigger_id), ""),
        type=one.trigger.TYPE,
        priority=one.trigger.priority,
        fits=False,
        won=False,
        why=Sentence("automation_match_paused"),
    )
