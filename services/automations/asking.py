"""Which automation gets this text on this number, and why: asked by people, for a contact or a number."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.sentences import Sentence
from services import phones
from services.automations import explaining, find, reasons
from services.automations.explaining import Explanation
from services.channels import account
from services.contacts import search
from store import owners


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A trigger that was looked at, and why it won or did not."""

    automation_id: UUID
    name: str
    trigger_id: str
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
        candidates=_candidates(found),
    )


def _candidates(found: Explanation) -> list[Weighed]:
    weighed = []
    for judged in found.verdict.judged:
        one = judged.candidate
        refused = found.refused.get((one.automation, one.trigger_id))
        won = (one.automation, one.trigger_id) == (str(found.automation_id), found.trigger_id)
        weighed.append(
            Weighed(
                automation_id=UUID(one.automation),
                name=one.name,
                trigger_id=one.trigger_id,
                type=one.trigger.TYPE,
                priority=one.trigger.priority,
                fits=judged.fits,
                won=won and found.taker == "trigger",
                why=reasons.of_start(refused) if refused else judged.why,
            )
        )
    return weighed
