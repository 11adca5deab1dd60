"""What other systems tell the address of a webhook trigger: kept as a sample, and made into a run."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import loose
from domain.actors import Actor
from domain.automations.picking import pick, picked, plain
from domain.automations.triggers import WebhookTrigger
from domain.contacts import clean_name
from domain.errors import DomainError, Invalid, NotFound
from domain.ids import parse_id
from services import clock, phones
from services.automations import candidates, entering, hooks, starting
from services.automations.documents.fitting import LARGEST
from services.automations.starting import Start
from services.automations.starting_by_hand import with_earlier
from store import owners
from store.automations import hooks as stored
from store.automations import report, starts
from store.automations.hooks import Called
from store.automations.starts import Outcome

LONGEST_KEY = 200
LONGEST_TOKEN = 128
A_MINUTE = timedelta(minutes=1)
NOT_LIVE = starting.NOT_LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The run a call started, or the code of the rule that let nobody in, or what is wrong with the call.

    An error is returned, not raised: the sample that shows what is wrong has to be kept.
    """

    run_id: UUID | None = None
    why_not: str | None = None
    error: DomainError | None = None


async def receive(session: AsyncSession, token: str, body: bytes, key: str = "") -> Heard:
    """Take a call; raises NotFound for an unknown address, Invalid for a body that is not JSON."""
    await starts.patiently(session)
    called = await _called(session, token)
    payload = _payload(body)
    sample = {"payload": _shown(payload)}
    await stored.keep_sample(session, called.automation_id, called.trigger_id, sample)
    try:
        async with session.begin_nested():
            outcome = await _start(session, called, payload, body, key)
    except DomainError as error:
        return Heard(error=error)
    return Heard(run_id=outcome.run_id, why_not=outcome.why_not) if outcome else _nobody()


def _nobody() -> Heard:
    return Heard(why_not=NOT_LIVE)


async def _called(session: AsyncSession, token: str) -> Called:
    found = None
    if len(token) <= LONGEST_TOKEN:
        found = await stored.by_digest(session, hooks.digest_of(token))
    if found is None:
        raise NotFound("hook_unknown")
    return found


def _payload(body: bytes) -> object:
    payload: object = loose.parsed(body)
    if not isinstance(payload, dict | list):
        raise Invalid("hook_payload")
    return payload


def _shown(value: object) -> object:
    """A payload as a browser can show it: numbers that it would round as text."""
    if isinstance(value, dict):
        return {name: _shown(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_shown(one) for one in value]
    if isinstance(value, Decimal):
        return float(value) if Decimal(repr(float(value))) == value else plain(value)
    if isinstance(value, float):  # no number: JSON has no word for it
        return None
    return str(value) if isinstance(value, int) and abs(value) > LARGEST else value


async def _start(
    session: AsyncSession, called: Called, payload: object, body: bytes, key: str
) -> Outcome | None:
    """The outcome for the person in a payload; None while the trigger does not act."""
    trigger = await _trigger(session, called)
    if trigger is None:
        return None
    actor = Actor(f"automation:{called.automation_id}")
    contact_id = await _contact(session, actor, trigger, payload)
    answers = entering.brought(picked(payload, trigger.values))
    cause = await _cause(session, called, contact_id, body, key)
    wanted = Start(
        automation_id=called.automation_id, contact_id=contact_id, cause=cause,
        trigger_id=called.trigger_id, channel_id=parse_id(trigger.channel), answers=answers,
    )  # fmt: skip
    tried = await starting.tried(session, actor, wanted)
    return (await with_earlier(session, called.automation_id, cause, [tried]))[0]


async def _trigger(session: AsyncSession, called: Called) -> WebhookTrigger | None:
    for one in await candidates.of_automation(session, called.automation_id):
        if one.row.trigger_id == called.trigger_id and isinstance(one.trigger, WebhookTrigger):
            return one.trigger
    return None


async def _contact(
    session: AsyncSession, actor: Actor, trigger: WebhookTrigger, payload: object
) -> UUID:
    text = _text(payload, trigger.phone_path)
    if not text:
        raise Invalid("hook_phone_missing", path=trigger.phone_path)
    try:
        number = phones.parse(text, trigger.country or None)
    except Invalid as error:
        raise Invalid("hook_phone_invalid", path=trigger.phone_path, why=error.sentence) from None
    if trigger.create:
        name = clean_name(_text(payload, trigger.name_path)) if trigger.name_path else ""
        return await entering.with_number(session, actor, number, name, source="api")
    known = await owners.id_by_key(session, number.key)
    if known is None:
        raise Invalid("hook_contact_unknown")
    return known


def _text(payload: object, path: str) -> str:
    found = pick(payload, path)
    return found.strip() if isinstance(found, str) else ""


async def _cause(
    session: AsyncSession, called: Called, contact_id: UUID, body: bytes, key: str
) -> str:
    """What makes a repeated call the same one: its key, else the same body within a minute."""
    if key:
        return f"hook:{called.trigger_id}:{key[:LONGEST_KEY]}"
    now = clock.now()
    digest = sha256(body).hexdigest()[:32]
    before = _in_minute(called, digest, now - A_MINUTE)
    started = await report.caused_since(
        session, called.automation_id, contact_id, before, now - A_MINUTE
    )
    return before if started else _in_minute(called, digest, now)


def _in_minute(called: Called, digest: str, at: datetime) -> str:
    return f"hook:{called.trigger_id}:{digest}:{at:%Y%m%d%H%M}"
