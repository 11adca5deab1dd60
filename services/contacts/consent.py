"""Consent changes made by the team, and the history of consent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM, Actor
from domain.consent import Action, Keeper, Source
from domain.contacts import Contact, Selection, typed
from domain.errors import Conflict, Invalid
from domain.journal import people
from domain.sentences import Sentence
from services import clock, journal
from services.contacts import search
from store import consents, contacts
from store.consents import ConsentEntry, ConsentFact, Told
from store.journal import Place

NOTE_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Saying:
    """One line of a history: what was said, when, and where it is."""

    action: str
    source: str
    sentence: Sentence
    detail: str
    at: datetime
    user_name: str | None
    message_id: UUID | None
    import_id: UUID | None
    campaign_id: UUID | None


async def stop(session: AsyncSession, actor: Actor, contact_id: UUID, note: str = "") -> Contact:
    """Stop marketing to one person; replies and service messages may still be sent."""
    contact = await search.get(session, contact_id)
    await tell(session, actor, contact.id, Action.STOP, note)
    stopped = {"opted_out": True} | _why(note)
    before = {"opted_out": contact.marketing_opt_out_at is not None}
    fact = people.OptedOut(contact_id=contact.id, before=before, after=stopped)
    await journal.note(session, actor, fact)
    return await search.get(session, contact.id)


async def allow(session: AsyncSession, actor: Actor, contact_id: UUID, note: str) -> Contact:
    """Allow marketing again, because the person asked for it; raises Conflict if only they can."""
    note = typed(note, NOTE_LIMIT, "note")
    if not note:
        raise Invalid("consent_note", field="note")
    contact = await search.get(session, contact_id)
    await tell(session, actor, contact.id, Action.AGREE, note, source=Source.AGENT)
    allowed = {"opted_out": False} | _why(note)
    before = {"opted_out": contact.marketing_opt_out_at is not None}
    fact = people.OptedIn(contact_id=contact.id, before=before, after=allowed)
    await journal.note(session, actor, fact)
    return await search.get(session, contact.id)


def _why(note: str) -> dict[str, object]:
    reason = typed(note, NOTE_LIMIT, "note")
    return {"reason": reason} if reason else {}


async def take_back(session: AsyncSession, actor: Actor, contact_id: UUID) -> Contact:
    """Undo what this teammate just recorded, within minutes."""
    contact_id = (await search.get(session, contact_id)).id
    undone = actor.user_id is not None and await consents.take_back(
        session, contact_id, actor.user_id
    )
    if not undone:
        raise Conflict("undo_too_late.consent")
    await journal.note(session, actor, people.ConsentUndone(contact_id=contact_id))
    return await search.get(session, contact_id)


async def tell(
    session: AsyncSession,
    actor: Actor,
    contact_id: UUID,
    action: Action,
    note: str = "",
    source: Source | None = None,
) -> None:
    """Write one fact by a person or program; raises Conflict if an agreement changes nothing."""
    source = source or _source(actor)
    fact = ConsentFact(
        contact_id, action, source, clock.now(), user_id=actor.user_id,
        words=typed(note, NOTE_LIMIT, "note"),
    )  # fmt: skip
    await consents.tell(session, [fact])
    if action is Action.STOP:
        return
    left = (await consents.stops(session, [contact_id])).get(contact_id, {})
    if left:
        raise Conflict("consent_theirs.meta" if Keeper.META in left else "consent_theirs")


async def hear(session: AsyncSession, facts: Sequence[ConsentFact]) -> Told:
    """Write what customers decided themselves, and note those for whom it changed something."""
    told = await consents.tell(session, facts)
    last = {fact.contact_id: fact for fact in facts}
    await journal.note(
        session,
        SYSTEM,
        *(
            (people.MarketingAllowed if since is None else people.MarketingStopped)(
                contact_id=contact_id,
                source=str(last[contact_id].source),
                message_id=last[contact_id].message_id,
            )
            for contact_id, since in told.contacts.items()
        ),
    )
    return told


async def tell_many(
    session: AsyncSession, actor: Actor, selection: Selection, action: Action, place: Place
) -> int:
    """Like the above for a selection, recorded at ``place`` in the journal; stops by the people themselves stay."""
    changed = 0
    source = Source.BULK if _source(actor) is Source.AGENT else Source.API
    for part in await contacts.changeable(session, selection, stop=action is Action.STOP):
        theirs = await consents.stops(session, part) if action is Action.AGREE else {}
        chosen = [
            contact_id
            for contact_id in part
            if not {Keeper.META, Keeper.PERSON} & theirs.get(contact_id, {}).keys()
        ]
        now = clock.now()
        facts = [ConsentFact(one, action, source, now, user_id=actor.user_id) for one in chosen]
        if facts:
            told = (await consents.tell(session, facts)).contacts
            await journal.about(session, place, list(told))
            changed += len(told)
    return changed


def _source(actor: Actor) -> Source:
    return Source.AGENT if actor.label == "user" else Source.API


async def history(session: AsyncSession, contact_id: UUID) -> list[Saying]:
    """Who allowed or stopped marketing, when and how, newest first."""
    return [_told(entry) for entry in await consents.history(session, contact_id)]


def _told(entry: ConsentEntry) -> Saying:
    user = entry.user_name or Sentence("somebody")
    sentence = Sentence(f"consent_{entry.action}.{entry.source}", words=entry.words, user=user)
    written = entry.source in (Source.KEYWORD, Source.BUTTON)
    detail = entry.file_name or entry.campaign_name or ("" if written else entry.words)
    return Saying(
        entry.action, entry.source, sentence, detail, entry.at, entry.user_name, entry.message_id,
        entry.import_id, entry.campaign_id,
    )  # fmt: skip
