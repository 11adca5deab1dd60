"""The first channel, created at boot from the WHATSAPP_* settings if nobody has added it yet."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import SYSTEM
from domain.channels import ChannelStatus
from domain.errors import DomainError
from domain.first_channel import CHECK, NO_NUMBER, NO_TOKEN
from services.channels import account, hindrances, probe, write
from services.channels.write import DEFAULT_API_VERSION, ChannelForm
from services.vault import NO_SECRET, Vault
from settings import Settings
from store import channels
from store.channels import ChannelRow
from whatsapp import management
from whatsapp.client import Account, CallNotMade, CallUnanswered, CloudApi, CloudApiError

log = structlog.get_logger(__name__)

PAUSES_S = (1.0, 5.0, 30.0, 120.0, 600.0)
"""The wait before each try: the server must be listening when Meta calls back, and the network may come up late."""

_UNREACHED = (CloudApiError, CallNotMade, CallUnanswered)
_FAULTS = (DBAPIError, PoolTimeout, OSError, DomainError, *_UNREACHED)


async def connect(
    sessions: async_sessionmaker[AsyncSession],
    vault: Vault,
    settings: Settings,
    api: CloudApi,
    *,
    clock: Callable[[], datetime],
    tell: Callable[[str], Awaitable[None]],
    pauses: Sequence[float] = PAUSES_S,
) -> None:
    """Create the channel in the settings unless it is known, and check it live until it is connected.

    ``tell`` gets what prevents that (``domain.first_channel``), or "" once nothing does.
    """
    if not is_wanted(settings):
        if lacking := _lacking(settings):
            await tell(lacking)
        return
    for pause in pauses:
        await asyncio.sleep(pause)
        try:
            status = await _try(sessions, vault, settings, api, clock)
        except _FAULTS as error:  # never the value, which may be part of a secret
            said = hindrances.reason(error)
            log.warning("first_channel_not_made", error=type(error).__name__, reason=said)
            if said:
                await tell(said)
            continue
        await tell(_TOLD.get(status, ""))
        if status in _OVER:
            return


_TOLD = {None: "account", ChannelStatus.UNVERIFIED: CHECK, ChannelStatus.BLOCKED: CHECK}
_OVER = frozenset(ChannelStatus) - {ChannelStatus.UNVERIFIED}


async def _try(
    sessions: async_sessionmaker[AsyncSession],
    vault: Vault,
    settings: Settings,
    api: CloudApi,
    clock: Callable[[], datetime],
) -> ChannelStatus | None:
    """The channel's state afterwards; None if its account is unknown."""
    async with sessions.begin() as session:
        known = await _known(session, settings)
        filled = known is not None and await _complete(session, vault, settings, known)
        if known is not None and known.status != ChannelStatus.UNVERIFIED and not filled:
            return ChannelStatus(known.status)
    # No transaction is open during the request to Meta.
    waba = "" if known else settings.whatsapp_waba_id or await look_up(api, settings)
    async with sessions.begin() as session:
        row = known or await from_settings(session, vault, settings, waba)
        if row is None:
            return None
        await probe.start(session, row.id, now=clock())
    await probe.check(sessions, vault, api, row.id, public_url=settings.public_url, clock=clock)
    async with sessions() as session:
        checked = await account.require(session, row.id)
        return ChannelStatus(checked.status)


def is_wanted(settings: Settings) -> bool:
    """Whether the settings have a number and its token."""
    return bool(settings.whatsapp_phone_number_id and settings.whatsapp_access_token)


def _lacking(settings: Settings) -> str:
    """Which of the two is missing if only one is set."""
    if settings.whatsapp_access_token:
        return NO_NUMBER
    return NO_TOKEN if settings.whatsapp_phone_number_id else ""


async def look_up(api: CloudApi, settings: Settings) -> str:
    """The id of the number's account, or ""; found with the token."""
    number = (settings.whatsapp_phone_number_id or "").strip()
    form = _form(settings, "")
    asking = Account(form.api_url, form.api_version, form.access_token.strip(), number, "")
    return await management.account_of_number(api, asking)


async def from_settings(
    session: AsyncSession, vault: Vault, settings: Settings, waba_id: str = ""
) -> ChannelRow | None:
    """The new channel; None when settings are missing or the number is known, even if removed.

    ``waba_id`` is what Meta said if the settings name no account. Without an app secret the channel can send, but no
    webhook is trusted until it is entered.
    """
    form = _form(settings, settings.whatsapp_waba_id or waba_id)
    if not all((form.phone_number_id, form.waba_id, form.access_token)):
        return None
    if await _known(session, settings) is not None:
        return None
    return await write.add(
        session,
        vault,
        form,
        actor=SYSTEM,
        allow_local=settings.whatsapp_allow_local,
        secret_later=True,
    )


async def _known(session: AsyncSession, settings: Settings) -> ChannelRow | None:
    number = "".join((settings.whatsapp_phone_number_id or "").split())
    return await channels.by_phone_number(session, number)


async def _complete(
    session: AsyncSession, vault: Vault, settings: Settings, row: ChannelRow
) -> bool:
    """Give a channel without an app secret the one set since; returns whether it got one."""
    secret = _reveal(settings.whatsapp_app_secret).strip()
    if not secret or row.app_secret != NO_SECRET or row.deleted_at is not None:
        return False
    await write.fill_app_secret(session, vault, row, secret, actor=SYSTEM)
    return True


def _form(settings: Settings, waba_id: str) -> ChannelForm:
    return ChannelForm(
        name="WhatsApp",
        phone_number_id=settings.whatsapp_phone_number_id or "",
        waba_id=waba_id,
        access_token=_reveal(settings.whatsapp_access_token),
        app_secret=_reveal(settings.whatsapp_app_secret),
        verify_token=_reveal(settings.whatsapp_webhook_verify_token),
        api_url=settings.whatsapp_api_url,
        api_version=settings.whatsapp_api_version or DEFAULT_API_VERSION,
    ).tidy()


def _reveal(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
