"""Messages of a run: each is stored once for its step and place, checked by the one gate, and claimed by whoever sends it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.contents import Content
from domain.automations.nodes import SendTemplate
from domain.automations.reasons import Reason
from domain.errors import DomainError, NotFound
from domain.ids import parse_id
from domain.messages import MessageState, Origin
from services.automations import guards
from services.automations.deciding import Moving, actor_of
from services.automations.effects import files
from services.automations.effects.bodies import body
from services.automations.effects.failures import EffectFailed
from services.automations.effects.files import FileWanted
from services.messages.compose import queue
from services.messages.content import MediaContent, TemplateContent
from services.messages.outgoing_files import Wanted
from services.sending import single
from services.sending.single import SingleClaim
from services.vault import Vault
from store import channels, templates
from store.automations import outgoing
from store.messages import OF_RUN, Known
from store.templates import TemplateRow

Saying = Content | SendTemplate
"""What one message of a step says."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that has been dealt with: it left, nobody knows whether it did, or why it did not."""

    failure: str = ""
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: the vault with the account's secrets, the name of the claim, and whether deliveries wait to be read."""

    vault: Vault
    name: str
    news_wait: bool


UNSENT = frozenset({MessageState.QUEUED, MessageState.REFUSED, MessageState.REJECTED})
"""States of messages that WhatsApp never took."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The messages of a step that are stored, by place, and the places of those that left when the step was tried
    before and failed.
    """

    stored: Mapping[int, Known]
    done: frozenset[int]


def client_id(run_id: UUID, step: int, place: int) -> str:
    """What makes a message of a run the only one of its step and place."""
    return f"{OF_RUN}{run_id}:{step}:{place}"


def sayings(moving: Moving) -> Sequence[Saying]:
    """The messages of the effect at work, in order."""
    assert moving.effect is not None
    data = moving.effect.data
    return (data,) if isinstance(data, SendTemplate) else moving.effect.contents


async def standing(session: AsyncSession, moving: Moving) -> Standing:
    """What is there of the messages of the effect at work."""
    assert moving.effect is not None
    step = moving.effect.step
    known = await outgoing.of_step(session, moving.run.id, step)
    return Standing(
        stored={place: message for (at, place), message in known.items() if at == step},
        done=frozenset(
            place
            for (at, place), message in known.items()
            if at != step and message.state not in UNSENT
        ),
    )


async def may_send(session: AsyncSession, moving: Moving, place: int, known: Standing) -> bool:
    """Whether the guard lets this message through; one that is stored already has passed it. Commit either way."""
    run = moving.run
    return place in known.stored or await guards.may_send(
        session, run.automation_id, run.contact_id
    )


async def claim(
    session: AsyncSession, sender: Sender, moving: Moving, place: int, known: Standing
) -> SingleClaim | timedelta | Sent | Wanted:
    """Store the message at this place unless it is, and claim it.

    Returns the claim; or how long to wait for a turn; or how it ended; or what to upload first. Raises ``NotYet`` like any single message.
    """
    assert moving.effect is not None
    key = client_id(moving.run.id, moving.effect.step, place)
    message = known.stored.get(place)
    new = message is None
    if message is None:
        try:
            message = await _queued(session, moving, key, sayings(moving)[place])
        except FileWanted as first:
            return first.wanted
        except EffectFailed as error:
            return Sent(failure=error.reason)
        except DomainError as error:
            return Sent(failure=_reason(error))
    if message.state not in (MessageState.QUEUED, MessageState.SENDING):
        return settled(MessageState(message.state), message.detail)
    found = await single.claim(
        session, sender.vault, message.id, sender.name, news_wait=sender.news_wait, new=new
    )
    if found is not None:
        return found
    state, detail = await outgoing.state(session, key)
    return settled(MessageState(state), detail)


def settled(state: MessageState, detail: str | None) -> Sent:
    """How a message ended that nobody sends any more."""
    match state:
        case MessageState.REFUSED:
            return Sent(failure=detail or Reason.REJECTED)
        case MessageState.REJECTED:
            return Sent(failure=Reason.REJECTED)
        case MessageState.UNKNOWN | MessageState.SENDING:
            return Sent(in_doubt=True)
        case _:
            return Sent()


async def _queued(session: AsyncSession, moving: Moving, key: str, saying: Saying) -> Known:
    run = moving.run
    given = (
        await _template(session, moving, saying)
        if isinstance(saying, SendTemplate)
        else body(saying)
    )
    if isinstance(given, MediaContent):
        given = await files.attached(session, run.channel_id, given)
    return await queue(
        session, actor_of(run), channel_id=run.channel_id, contact_id=run.contact_id, content=given,
        client_id=key, origin=Origin.AUTOMATION,
    )  # fmt: skip


async def _template(session: AsyncSession, moving: Moving, data: SendTemplate) -> TemplateContent:
    """The template in the language that fits, with its values; raises EffectFailed if it was deleted."""
    channel = await channels.get(session, moving.run.channel_id)
    rows = await _languages(session, data.template, channel.waba_id) if channel else []
    row = _in_language(rows, data.language or moving.facts.language, exact=bool(data.language))
    if row is None:
        raise EffectFailed(Reason.GONE)
    return await files.filled(session, moving.run.channel_id, row.id, data.values or {})


async def _languages(session: AsyncSession, template: str, waba_id: str) -> list[TemplateRow]:
    """A template, by id or name, in every language that exists in an account."""
    known = await templates.get(session, found) if (found := parse_id(template)) else None
    name = known.name if known else template
    return await templates.named(session, waba_id, name) if name else []


def _in_language(rows: Sequence[TemplateRow], wanted: str, *, exact: bool) -> TemplateRow | None:
    """The row in a language, else in another form of it, else the first, unless it has to be this one."""
    plain = wanted.lower()
    base = plain.partition("_")[0]
    same = [row for row in rows if row.language.lower() == plain]
    if same or exact:
        return next(iter(same), None)
    near = [row for row in rows if base and row.language.lower().partition("_")[0] == base]
    return next(iter((*near, *rows)), None)


def _reason(error: DomainError) -> str:
    """The code of why a message cannot be sent."""
    return Reason.GONE if isinstance(error, NotFound) else error.code
