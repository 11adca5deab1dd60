"""Add, change and remove channels; secrets go in encrypted and never come out."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.channels import ChannelStatus
from domain.errors import Conflict, Invalid
from domain.links import parts_of
from services import audit
from services.channels import account
from services.vault import Vault
from store import channels, live
from store.channels import ChannelRow

DEFAULT_API_URL = "https://graph.facebook.com"
DEFAULT_API_VERSION = "v23.0"
PLAIN_FIELDS = ("name", "phone_number_id", "waba_id", "api_url", "api_version")
SECRET_FIELDS = ("access_token", "app_secret", "verify_token")
NAME_LIMIT = 80

_DIGITS = re.compile(r"\d{5,32}")
_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}")


@dataclass(frozen=True, slots=True)
class ChannelForm:
    """What a person enters; an empty secret keeps the stored one, or generates the verify token."""

    name: str
    phone_number_id: str
    waba_id: str
    access_token: str = ""
    app_secret: str = ""
    verify_token: str = ""
    api_url: str = DEFAULT_API_URL
    api_version: str = DEFAULT_API_VERSION
    portfolio_id: UUID | None = None

    def tidy(self) -> "ChannelForm":
        """Without stray blanks, as pasted values have them."""
        return ChannelForm(
            name=" ".join(self.name.split()),
            phone_number_id="".join(self.phone_number_id.split()),
            waba_id="".join(self.waba_id.split()),
            access_token="".join(self.access_token.split()),
            app_secret="".join(self.app_secret.split()),
            verify_token=self.verify_token.strip(),
            api_url=self.api_url.strip().rstrip("/") or DEFAULT_API_URL,
            api_version=self.api_version.strip() or DEFAULT_API_VERSION,
            portfolio_id=self.portfolio_id,
        )


async def add(
    session: AsyncSession, vault: Vault, form: ChannelForm, *, actor: Actor
) -> ChannelRow:
    """A new channel, not verified yet; one that was removed comes back with its history."""
    form = form.tidy()
    _check(form, needed=("access_token", "app_secret"))
    if await channels.number_taken(session, form.phone_number_id):
        raise Conflict("channel_exists", "This phone number is already connected.")
    values = _plain_values(form) | _sealed_values(vault, form)
    values["portfolio_id"] = await _portfolio(session, form)
    row = await channels.by_phone_number(session, form.phone_number_id)
    if row is None:
        row = await channels.add(session, ChannelRow(**values))
    else:
        _assign(row, values | {"deleted_at": None, "probe": None})
        _unverify(row)
    await _recorded(session, actor, "channel.added", row, None)
    return row


async def edit(
    session: AsyncSession, vault: Vault, channel_id: UUID, form: ChannelForm, *, actor: Actor
) -> ChannelRow:
    """Change a channel; the number itself stays, because another number is another channel."""
    row = await account.require(session, channel_id, lock=True)
    before = summary(row)
    form = form.tidy()
    _check(form, needed=())
    if form.phone_number_id != row.phone_number_id:
        message = "A channel keeps its number. Add the other number as a new channel."
        raise Invalid("channel_number_fixed", message, {"phone_number_id": message})
    replaced = _sealed_values(vault, form, generate=False)
    values = _plain_values(form)
    if form.portfolio_id:
        values["portfolio_id"] = form.portfolio_id
    if replaced or any(getattr(row, key) != values[key] for key in ("waba_id", "api_url")):
        _unverify(row)
    _assign(row, values | replaced)
    await session.flush()
    await _recorded(session, actor, "channel.changed", row, before, replaced=sorted(replaced))
    return row


async def remove(session: AsyncSession, channel_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Stop using a channel; its messages and campaigns stay readable."""
    row = await account.require(session, channel_id, lock=True)
    if count := await channels.running_campaigns(session, channel_id):
        raise Conflict(
            "channel_in_use",
            f"{count} running or scheduled campaigns use this channel. Stop them first.",
        )
    before = summary(row)
    row.deleted_at = now
    row.status = ChannelStatus.DISCONNECTED
    await session.flush()
    await _recorded(session, actor, "channel.removed", row, before)


def summary(row: ChannelRow) -> dict[str, Any]:
    """What the audit log keeps of a channel: no secret."""
    return {key: str(getattr(row, key)) for key in (*PLAIN_FIELDS, "status")}


async def _recorded(
    session: AsyncSession,
    actor: Actor,
    action: str,
    row: ChannelRow,
    before: Mapping[str, Any] | None,
    **extra: Any,
) -> None:
    after = summary(row) | {key: value for key, value in extra.items() if value}
    await audit.record(session, actor, action, "channel", row.id, before=before, after=after)
    await live.notify(session, "channels", "channel.changed", id=str(row.id))


async def _portfolio(session: AsyncSession, form: ChannelForm) -> UUID:
    """The chosen portfolio, else that of the same WhatsApp account, else a new one."""
    if form.portfolio_id:
        known = {portfolio.id for portfolio in await channels.portfolios(session)}
        if form.portfolio_id in known:
            return form.portfolio_id
        message = "Choose one of the portfolios in the list."
        raise Invalid("portfolio_unknown", message, {"portfolio_id": message})
    same = await channels.first_portfolio_of(session, form.waba_id)
    return same or await channels.add_portfolio(session, form.name)


def _plain_values(form: ChannelForm) -> dict[str, Any]:
    return {key: getattr(form, key) for key in PLAIN_FIELDS}


def _sealed_values(vault: Vault, form: ChannelForm, *, generate: bool = True) -> dict[str, bytes]:
    given = {key: str(getattr(form, key)) for key in SECRET_FIELDS}
    if generate and not given["verify_token"]:
        given["verify_token"] = secrets.token_urlsafe(24)
    return {key: vault.encrypt(value) for key, value in given.items() if value}


def _assign(row: ChannelRow, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        setattr(row, key, value)


def _unverify(row: ChannelRow) -> None:
    row.status = ChannelStatus.UNVERIFIED
    row.blocked_reason = None


def _check(form: ChannelForm, *, needed: tuple[str, ...]) -> None:
    problems: dict[str, str] = {}
    for field, sentence in _problems(form):
        problems.setdefault(field, sentence)
    names = {"access_token": "the access token", "app_secret": "the app secret"}
    for key in needed:
        if not getattr(form, key):
            problems[key] = f"Enter {names[key]} from Meta."
    if problems:
        raise Invalid("channel_invalid", "Some of the channel's details need a look.", problems)


def _problems(form: ChannelForm) -> list[tuple[str, str]]:
    address = parts_of(form.api_url)
    checks = (
        ("name", bool(form.name), "Give the channel a name your team recognises."),
        ("name", len(form.name) <= NAME_LIMIT, f"Use at most {NAME_LIMIT} characters."),
        (
            "phone_number_id",
            _DIGITS.fullmatch(form.phone_number_id) is not None,
            "This is the long number called “Phone number ID” in Meta, not the phone number itself.",
        ),
        (
            "waba_id",
            _DIGITS.fullmatch(form.waba_id) is not None,
            "This is the long number called “WhatsApp Business Account ID” in Meta.",
        ),
        (
            "api_url",
            address.scheme in {"http", "https"} and bool(address.hostname),
            "Enter an address that starts with https://.",
        ),
        ("api_version", _VERSION.fullmatch(form.api_version) is not None, "For example v23.0."),
    )
    return [(field, sentence) for field, passed, sentence in checks if not passed]
