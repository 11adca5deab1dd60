"""What prevents the channel in the settings from being created, reported by the process that tried."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Invalid
from domain.first_channel import CODE, FIELD, FIRST_CHANNEL
from domain.system import Look, Process, worst_look
from services import clock, vitals
from services.channels import steps
from store import channels
from store.channels import ChannelRow
from whatsapp.client import CallNotMade, CallUnanswered, CloudApiError
from whatsapp.hosts import AddressRefused

AWAY = "away"


def reason(error: Exception) -> str:
    """What an error says about the settings; "" if nothing, as when our database is unavailable."""
    if isinstance(error, CloudApiError):
        return _refused(error.code)
    if isinstance(error.__cause__, AddressRefused):
        return f"{FIELD}api_url"
    if isinstance(error, (CallNotMade, CallUnanswered)):
        return AWAY
    if isinstance(error, Invalid):
        return FIELD + next(iter(error.fields), "")
    return ""


def _refused(code: int) -> str:
    named = {"token": steps.TOKEN, "rights": steps.RIGHTS, "number": steps.UNKNOWN_ID}
    return next((name for name, codes in named.items() if code in codes), f"{CODE}{code}")


def key(number: str | None) -> str:
    """A process's key for this check; only a mark of the number, as a secret may be there by mistake."""
    plain = "".join((number or "").split())
    return f"{FIRST_CHANNEL}:{sha256(plain.encode()).hexdigest()[:12] if plain else ''}"


async def standing(session: AsyncSession) -> Look | None:
    """What currently prevents its creation; None if it exists or is not configured."""
    return among(await vitals.every(session), await channels.list_all(session), clock.now())


def among(processes: Sequence[Process], rows: Iterable[ChannelRow], now: datetime) -> Look | None:
    """Like ``standing``; None for a number that exists, whoever connected it."""
    made = {key(row.phone_number_id) for row in rows}
    if made:
        made.add(key(None))
    told = {name for one in processes for name in one.looks if name.startswith(FIRST_CHANNEL)}
    looks = (worst_look(processes, name, now) for name in sorted(told - made))
    return next((look for look in looks if look is not None and not look.ok), None)
