"""The working hours that automations name, as the interpreter sees them."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.conditions import CHANNEL
from domain.automations.triggers import TriggerData
from domain.calendars import Calendar
from services import calendars
from services.calendars import Stored

NONE: Mapping[str, Calendar] = {}


async def named(
    session: AsyncSession, names: Collection[str], channel_id: UUID | None
) -> Mapping[str, Calendar]:
    """These calendars by id, and with ``CHANNEL`` among them that of the number; nothing is read for none."""
    if not names:
        return NONE
    return among(await calendars.every(session), names, channel_id)


def among(
    found: Sequence[Stored], names: Collection[str], channel_id: UUID | None
) -> Mapping[str, Calendar]:
    """The same of calendars that were read."""
    wanted = {str(one.id): calendars.hours_of(one) for one in found if str(one.id) in names}
    if CHANNEL in names and (own := applying(found, channel_id)) is not None:
        wanted[CHANNEL] = calendars.hours_of(own)
    return wanted


def asked(*triggers: TriggerData) -> frozenset[str]:
    """The calendars that filters of triggers name."""
    return frozenset(one.hours.calendar for one in triggers) - {""}


def applying(found: Sequence[Stored], channel_id: UUID | None) -> Stored | None:
    """The calendar of a number: its own, else the default."""
    own = next((one for one in found if channel_id in one.channel_ids), None)
    return own or next((one for one in found if one.is_default), None)


async def known(session: AsyncSession) -> frozenset[str]:
    """What a graph can name."""
    found = await calendars.every(session)
    default = {CHANNEL} if any(one.is_default for one in found) else set[str]()
    return frozenset({*(str(one.id) for one in found), *default})
