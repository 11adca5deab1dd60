"""Effects in our own records: each in the transaction that also writes down that it is done."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations import nodes
from domain.automations.known import SETTABLE
from domain.automations.nodes import FAILED, Data
from domain.automations.reasons import Reason
from domain.automations.states import Done
from domain.consent import Action, Source
from domain.contacts import Selection
from domain.conversations import ConversationStatus
from domain.errors import DomainError, Invalid, NotFound
from domain.ids import parse_id
from domain.journal import people
from services import journal
from services.automations.deciding import Moving, actor_of
from services.automations.effects import turns
from services.automations.effects.failures import EffectFailed
from services.contacts import consent, write
from services.contacts.write import ContactChange
from services.conversations import change, labels, notes
from store import conversations


async def apply(session: AsyncSession, moving: Moving) -> Done:
    """Do what the node says; what it names may be gone."""
    assert moving.effect is not None
    step = moving.effect.step
    try:
        async with session.begin_nested():
            await _do(session, moving, moving.effect.data)
    except EffectFailed as error:
        return Done(step=step, branch=FAILED, failure=error.reason)
    except DomainError as error:
        return Done(step=step, branch=FAILED, failure=_reason(error))
    return Done(step=step)


def _reason(error: DomainError) -> str:
    if isinstance(error, NotFound):
        return Reason.GONE
    if not isinstance(error, Invalid):
        return error.code
    unknown = any(problem.code == "contact_field" for problem in error.fields.values())
    return Reason.GONE if unknown else Reason.INVALID_VALUE


async def _do(session: AsyncSession, moving: Moving, data: Data) -> None:
    match data:
        case nodes.SetField():
            await _set_field(session, moving, data)
        case nodes.SetGroup():
            await _set_group(session, moving, data)
        case nodes.Consent():
            await _consent(session, moving, data)
        case nodes.SetLabel():
            await _set_label(session, moving, data)
        case nodes.Assign():
            await turns.assign(session, moving, data, await _conversation(session, moving))
        case nodes.WriteNote():
            await _note(session, moving, data.text)
        case nodes.HandOver():
            await _hand_over(session, moving, data)
        case _:
            raise EffectFailed(Reason.INTERNAL)


async def _set_field(session: AsyncSession, moving: Moving, data: nodes.SetField) -> None:
    wanted = ContactChange(fields={data.field: data.value})
    if data.field in SETTABLE:
        own: dict[str, Any] = {data.field: data.value}
        wanted = ContactChange(**own)
    await write.update(session, actor_of(moving.run), moving.run.contact_id, wanted)


async def _set_group(session: AsyncSession, moving: Moving, data: nodes.SetGroup) -> None:
    do = write.add_to_group if data.action == "add" else write.remove_from_group
    one = Selection(ids=(moving.run.contact_id,))
    await do(session, actor_of(moving.run), one, _id(data.group))


async def _consent(session: AsyncSession, moving: Moving, data: nodes.Consent) -> None:
    stops, contact_id = data.action == "stop", moving.run.contact_id
    actor, action = actor_of(moving.run), Action.STOP if stops else Action.AGREE
    await consent.tell(
        session, actor, contact_id, action, moving.run.name, source=Source.AUTOMATION
    )
    fact = people.OptedOut if stops else people.OptedIn
    await journal.note(session, actor, fact(contact_id=contact_id, after={"opted_out": stops}))


async def _set_label(session: AsyncSession, moving: Moving, data: nodes.SetLabel) -> None:
    conversation_id, label_id = await _conversation(session, moving), _id(data.label)
    do = labels.put_on if data.action == "add" else labels.take_off
    await do(session, actor_of(moving.run), conversation_id, label_id)


async def _note(session: AsyncSession, moving: Moving, text: str) -> None:
    assert moving.effect is not None
    conversation_id = await _conversation(session, moving)
    await notes.write(
        session, actor_of(moving.run), conversation_id, text, moving.run.id, moving.effect.step
    )


async def _hand_over(session: AsyncSession, moving: Moving, data: nodes.HandOver) -> None:
    if data.note.strip():
        await _note(session, moving, data.note)
    conversation_id = await _conversation(session, moving)
    await change.set_status(session, actor_of(moving.run), conversation_id, ConversationStatus.OPEN)


async def _conversation(session: AsyncSession, moving: Moving) -> UUID:
    """The conversation of the run's contact on its number, made if they have none."""
    run = moving.run
    if run.conversation_id is not None:
        return run.conversation_id
    await conversations.ensure(session, run.channel_id, run.contact_id, None)
    found = await conversations.id_of(session, run.channel_id, run.contact_id)
    assert found is not None, "made in this transaction"
    return found


def _id(text: str) -> UUID:
    found = parse_id(text)
    if found is None:
        raise EffectFailed(Reason.GONE)
    return found
