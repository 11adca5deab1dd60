"""Whom somebody, or another system, lets enter an automation."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.automations.states import Value
from domain.errors import Conflict, Invalid
from domain.phone import Phone
from services.contacts import write
from services.contacts.write import ContactChange
from store import owners

MOST_ANSWERS = 100
LONGEST_NAME = 64
LONGEST_VALUE = 4096


async def with_number(
    session: AsyncSession, actor: Actor, number: Phone, name: str = "", source: str = "api"
) -> UUID:
    """The contact with this number; made if there is none."""
    known = await owners.id_by_key(session, number.key)
    if known is not None:
        return known
    wanted = ContactChange(phone=number.e164, name=name or None)
    try:
        async with session.begin_nested():
            return (await write.create(session, actor, wanted, source=source)).id
    except Conflict:  # somebody else just made it
        known = await owners.id_by_key(session, number.key)
        if known is None:
            raise
        return known


def brought(answers: Mapping[str, Value]) -> dict[str, Value]:
    """What runs begin with, as it is stored; raises Invalid for too much of it."""
    if len(answers) > MOST_ANSWERS:
        raise Invalid("answers_limit", field="answers", most=MOST_ANSWERS)
    kept: dict[str, Value] = {}
    for name, value in answers.items():
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise Invalid("answer_name", field="answers", most=LONGEST_NAME)
        kept[name] = _storable(value)
    return kept


def _storable(value: Value) -> Value:
    return value if isinstance(value, bool) else value.replace("\x00", "")[:LONGEST_VALUE]
