"""Add people from a program to an API campaign, before launch and while it runs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import slot_values, template_slots
from domain import templates as rules
from domain.actors import Actor
from domain.campaigns import CampaignAction, CampaignStatus, CampaignType, allows, state_of
from domain.contacts import clean_text
from domain.entries import (
    PUSH_LIMIT,
    UNCLEAR_PROBLEMS,
    VALUE_LIMIT,
    Pushed,
    PushStatus,
    slot_names,
    variable_unknown,
)
from domain.errors import Conflict, Invalid
from domain.journal.campaigns import CampaignPushed
from domain.phone import Phone
from domain.refusals import Refusal
from domain.sentences import Sentence
from services import journal, phones
from services.campaigns import find
from services.campaigns.launching.people import values_of
from services.messages import reasons
from store import freeing, owners, templates
from store.campaigns import audience, entries, pushing
from store.campaigns.pushing import Known
from store.campaigns.rows import CampaignRow

_STATUS = {"variable_unknown": PushStatus.VARIABLE_UNKNOWN} | dict.fromkeys(
    UNCLEAR_PROBLEMS, PushStatus.UNCLEAR
)
_REFUSALS = frozenset(map(str, Refusal))


@dataclass(frozen=True, slots=True)
class Given:
    """One person as a program names them: a number, and texts by slot key or variable name."""

    phone: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Message:
    """The campaign's message: its slots by every accepted name, and whether it is marketing."""

    slots: list[template_slots.Slot]
    names: Mapping[str, str]
    marketing: bool


async def push(
    session: AsyncSession,
    campaign_id: UUID,
    actor: Actor,
    people: Sequence[Given],
    default_region: str = "",
) -> list[Pushed]:
    """One answer per person, in order; repeating it adds nobody twice.

    Locks the campaign's row, so that numbers are assigned once and freezing happens before or after.
    """
    _check_call(people, default_region)
    row = await _open(session, campaign_id)
    message = await _message(session, row)
    answers, wanted = _read(people, message, default_region or None)
    if await audience.total(session, campaign_id) is None:
        await _recognise(session, answers, wanted)
        known = await _look_up(session, row, message, wanted, frozen=False)
        numbers = await _keep(session, row, _new(wanted, known))
    else:
        held = await _hold(session, answers, wanted)
        known = await _look_up(session, row, message, wanted, frozen=True)
        numbers = await _append(session, row, message, wanted, known, held)
    for index, item in wanted.items():
        answers[index] = _answer(index, str(item["phone"]), known[index], numbers, message.slots)
    await journal.note(session, actor, CampaignPushed(campaign_id=campaign_id))
    return [answers[index] for index in range(len(people))]


def _check_call(people: Sequence[Given], default_region: str) -> None:
    if not 1 <= len(people) <= PUSH_LIMIT:
        raise Invalid("recipients_limit", field="recipients", push_limit=PUSH_LIMIT)
    if default_region and not phones.is_region(default_region):
        raise Invalid("import_region.code", field="default_region")


async def _look_up(
    session: AsyncSession,
    row: CampaignRow,
    message: _Message,
    wanted: Mapping[int, dict[str, Any]],
    *,
    frozen: bool,
) -> dict[int, Known]:
    return await pushing.look_up(
        session, row.id, _json(wanted), values_of(row, message.slots),
        marketing=message.marketing, frozen=frozen,
        agreed_only=bool(row.audience.get("agreed_only")),
    )  # fmt: skip


async def _hold(
    session: AsyncSession, answers: dict[int, Pushed], wanted: dict[int, dict[str, Any]]
) -> set[str]:
    """Recognise people and lock them: a place must name an existing contact.

    An unknown number may have become another contact's number while we waited.
    """
    await freeing.numbers(session, _keys(wanted))
    held: set[str] = set()
    for _ in range(pushing.ROUNDS):
        await _recognise(session, answers, wanted)
        held = await pushing.hold(session, _keys(wanted))
        if not await owners.own_numbers(session, sorted(_keys(wanted) - held)):
            break
    return held


async def _append(
    session: AsyncSession,
    row: CampaignRow,
    message: _Message,
    wanted: Mapping[int, dict[str, Any]],
    known: dict[int, Known],
    held: set[str],
) -> dict[int, int]:
    """Add places for new recipients; ``known`` is corrected if someone was added concurrently."""
    fresh = _new(wanted, known)
    if await pushing.introduce(session, _json(fresh), _keys(fresh), held):
        known |= await _look_up(session, row, message, fresh, frozen=True)
        fresh = _new(fresh, known)
    return await pushing.append(session, row.id, _recipients(fresh, known))


async def _keep(
    session: AsyncSession, row: CampaignRow, fresh: Mapping[int, dict[str, Any]]
) -> dict[int, int]:
    """Before launch people wait as entries; a file from before the type changed is removed."""
    if row.source:
        await entries.clear(session, row.id)
        row.source = {}
    await entries.add(session, row.id, _json(fresh))
    return {}


def _read(
    people: Sequence[Given], message: _Message, region: str | None
) -> tuple[dict[int, Pushed], dict[int, dict[str, Any]]]:
    """Answers for invalid people, and the others with their number and texts."""
    answers: dict[int, Pushed] = {}
    wanted: dict[int, dict[str, Any]] = {}
    for index, person in enumerate(people):
        try:
            phone = phones.parse(person.phone, region)
            values = _values(person.variables, message)
        except Invalid as invalid:
            status = _STATUS.get(invalid.code, PushStatus.INVALID)
            answers[index] = Pushed(index, status, detail=invalid.sentence)
            continue
        wanted[index] = _item(index, phone, values)
    return answers, wanted


async def _recognise(
    session: AsyncSession, answers: dict[int, Pushed], wanted: dict[int, dict[str, Any]]
) -> None:
    """Use the number we know people by; duplicates are added once."""
    own = await owners.own_numbers(session, [item["phone_key"] for item in wanted.values()])
    seen: dict[str, str] = {}
    for index, item in list(wanted.items()):
        phone, written = item["phone"], item["phone_key"]
        if known := own.get(written):
            item |= {"phone": known.phone, "phone_key": known.key}
        if item["phone_key"] not in seen:
            seen[item["phone_key"]] = written
            continue
        del wanted[index]
        same = seen[item["phone_key"]] == written
        detail = Sentence("push_duplicate") if same else Sentence("push_duplicate.numbers")
        answers[index] = Pushed(index, PushStatus.DUPLICATE, phone, detail=detail)


def _item(index: int, phone: Phone, values: Mapping[str, str]) -> dict[str, Any]:
    return {"row": index, "phone": phone.e164, "phone_key": phone.key, "values": values}


def _values(given: Mapping[str, str], message: _Message) -> dict[str, str]:
    """Texts by slot key."""
    values: dict[str, str] = {}
    for name, text in given.items():
        slot, shown = message.names.get(name), clean_text(name, 60)
        if slot is None:
            raise Invalid(variable_unknown(name, [item.key for item in message.slots]))
        if len(text) > VALUE_LIMIT:
            raise Invalid("variable_too_long", shown=shown, value_limit=VALUE_LIMIT)
        values[slot] = text.replace("\x00", "").encode(errors="replace").decode()
    return values


def _new(
    wanted: Mapping[int, dict[str, Any]], known: Mapping[int, Known]
) -> dict[int, dict[str, Any]]:
    return {
        index: item
        for index, item in wanted.items()
        if known[index].reason is None and not known[index].there
    }


def _keys(items: Mapping[int, dict[str, Any]]) -> set[str]:
    return {item["phone_key"] for item in items.values()}


def _answer(
    index: int,
    phone: str,
    known: Known,
    numbers: Mapping[int, int],
    slots: Sequence[template_slots.Slot],
) -> Pushed:
    if known.there:
        text = Sentence("push_duplicate.campaign")
        return Pushed(index, PushStatus.DUPLICATE, phone, known.number, text)
    if known.reason is not None:
        status = PushStatus(known.reason)
        return Pushed(index, status, phone, detail=_detail(status, known, slots))
    return Pushed(index, PushStatus.ACCEPTED, phone, numbers.get(index))


def _detail(
    status: PushStatus, known: Known, slots: Sequence[template_slots.Slot]
) -> Sentence | None:
    """Why somebody was not added, in a sentence if the status alone is not enough."""
    if status is PushStatus.MISSING_VARIABLE:
        return Sentence("push_missing_variable")
    if status is PushStatus.WRONG_VARIABLE:
        said = map(slot_values.problem, slots, known.variables)
        return next(filter(None, said), None)
    return reasons.refusal(status) if status in _REFUSALS else None


def _recipients(fresh: Mapping[int, dict[str, Any]], known: Mapping[int, Known]) -> str:
    items = [{**item, "variables": known[index].variables} for index, item in fresh.items()]
    return json.dumps(items)


def _json(items: Mapping[int, dict[str, Any]]) -> str:
    return json.dumps(list(items.values()))


async def _open(session: AsyncSession, campaign_id: UUID) -> CampaignRow:
    """The campaign, locked; raises Conflict unless it currently accepts people from a program."""
    row = await find.locked(session, campaign_id)
    if row.type != CampaignType.API:
        raise Conflict("campaign_not_api")
    if row.closed_at is not None or not allows(CampaignStatus(row.status), CampaignAction.PUSH):
        if row.closed_at:
            raise Conflict("campaign_closed.closed")
        raise Conflict("campaign_closed", state=state_of(CampaignStatus(row.status)))
    return row


async def _message(session: AsyncSession, row: CampaignRow) -> _Message:
    stored = row.template
    if stored is None:
        template = await templates.get(session, row.template_id) if row.template_id else None
        if template is None:
            raise Conflict("campaign_template_needed")
        stored = {
            "category": template.category,
            "components": template.components,
            "parameter_format": template.parameter_format,
        }
    slots = template_slots.slots(stored["components"], stored["parameter_format"])
    return _Message(slots, slot_names(slots), rules.is_marketing(stored["category"]))
