"""Add, change and remove channels; secrets are stored encrypted and never returned."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM, Actor
from domain.channels import ChannelStatus
from domain.errors import Conflict, Forbidden, Invalid
from domain.journal import team
from domain.sentences import Sentence
from services import journal
from services.channels import account
from services.vault import NO_SECRET, Vault
from store import channels
from store.channels import ChannelRow
from whatsapp import hosts

DEFAULT_API_URL = "https://graph.facebook.com"
DEFAULT_API_VERSION = "v23.0"
PLAIN_FIELDS = ("name", "phone_number_id", "waba_id", "api_url", "api_version")
SECRET_FIELDS = ("access_token", "app_secret", "verify_token")
NAME_LIMIT = 80
SECRET_LIMIT = 2000

_DIGITS = re.compile(r"\d{5,32}", re.ASCII)
_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}", re.ASCII)
_SECRET = re.compile(r"[\x21-\x7e]+")
_NEEDED = {
    "access_token": Sentence("channel_form.access_token"),
    "app_secret": Sentence("channel_form.app_secret"),
}
_NEEDED_AGAIN = {
    field: Sentence("channel_form.again", needed=needed) for field, needed in _NEEDED.items()
}


@dataclass(frozen=True, slots=True)
class ChannelForm:
    """What a person enters; an empty secret keeps the stored one or generates the verify token."""

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
        """Without the stray spaces of pasted values."""
        return ChannelForm(
            name=" ".join(self.name.split()),
            phone_number_id="".join(self.phone_number_id.split()),
            waba_id="".join(self.waba_id.split()),
            access_token=self.access_token.strip(),
            app_secret=self.app_secret.strip(),
            verify_token=self.verify_token.strip(),
            api_url=self.api_url.strip().rstrip("/") or DEFAULT_API_URL,
            api_version=self.api_version.strip() or DEFAULT_API_VERSION,
            portfolio_id=self.portfolio_id,
        )


async def add(
    session: AsyncSession,
    vault: Vault,
    form: ChannelForm,
    *,
    actor: Actor,
    allow_local: bool | None = None,
    secret_later: bool = False,
) -> ChannelRow:
    """Add a channel, not verified yet; a removed one comes back with its history.

    ``allow_local``: the API address may be a simulator's; None lets only the product itself do so.
    ``secret_later``: it may have no app secret yet, and trusts no webhook until it has one.
    """
    form = form.tidy()
    needed = {"access_token": _NEEDED["access_token"]} if secret_later else _NEEDED
    _check(form, needed, await _address_problem(form, _local(actor, allow_local)))
    if await channels.number_taken(session, form.phone_number_id):
        raise Conflict("channel_exists", field="phone_number_id")
    values = {"app_secret": NO_SECRET} | _plain_values(form) | _sealed_values(vault, form)
    values["portfolio_id"] = await _portfolio(session, form)
    row = await channels.by_phone_number(session, form.phone_number_id)
    if row is None:
        row = await channels.add(session, ChannelRow(**values))
    else:
        _assign(row, values | {"deleted_at": None, "probe": None})
        _unverify(row)
    await _recorded(session, actor, team.ChannelAdded, row, None)
    return row


async def edit(
    session: AsyncSession,
    vault: Vault,
    channel_id: UUID,
    form: ChannelForm,
    *,
    actor: Actor,
    allow_local: bool | None = None,
) -> ChannelRow:
    """Change a channel; the number itself stays, because another number is another channel.

    Another API address requires a person and all secrets again: stored secrets must never be sent to an address
    somebody chose.
    """
    form = form.tidy()
    address_problem = await _address_problem(form, _local(actor, allow_local))
    row = await account.require(session, channel_id, lock=True)
    before = summary(row)
    moves = form.api_url != row.api_url
    if moves and actor.is_program:
        raise Forbidden("person_needed.address")
    _check(form, _NEEDED_AGAIN if moves else {}, address_problem if moves else None)
    if form.phone_number_id != row.phone_number_id:
        raise Invalid("channel_number_fixed", field="phone_number_id")
    replaced = _sealed_values(vault, form, generate=moves)
    values = _plain_values(form)
    if form.portfolio_id:
        values["portfolio_id"] = await _portfolio(session, form)
    if replaced or any(getattr(row, key) != values[key] for key in ("waba_id", "api_url")):
        _unverify(row)
    _assign(row, values | replaced)
    await session.flush()
    await _recorded(session, actor, team.ChannelChanged, row, before, replaced=sorted(replaced))
    return row


async def fill_app_secret(
    session: AsyncSession, vault: Vault, row: ChannelRow, secret: str, *, actor: Actor
) -> None:
    """Add the missing app secret to a channel, which authenticates its webhooks."""
    before = summary(row)
    row.app_secret = vault.encrypt(secret)
    await session.flush()
    await _recorded(session, actor, team.ChannelChanged, row, before, replaced=["app_secret"])


async def remove(session: AsyncSession, channel_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Stop using a channel: its secrets are deleted, its messages and campaigns stay readable."""
    row = await account.require(session, channel_id, lock=True)
    if count := await channels.running_campaigns(session, channel_id):
        raise Conflict("channel_in_use", count=count)
    before = summary(row)
    row.deleted_at = now
    row.status = ChannelStatus.DISCONNECTED
    _assign(row, dict.fromkeys(SECRET_FIELDS, NO_SECRET))
    await session.flush()
    await _recorded(session, actor, team.ChannelRemoved, row, before)


def summary(row: ChannelRow) -> dict[str, Any]:
    """What the journal keeps about a channel: no secrets."""
    return {key: str(getattr(row, key)) for key in (*PLAIN_FIELDS, "status")}


async def _recorded(
    session: AsyncSession,
    actor: Actor,
    fact: type[team.ChannelFact],
    row: ChannelRow,
    before: Mapping[str, Any] | None,
    **extra: Any,
) -> None:
    after = summary(row) | {key: value for key, value in extra.items() if value}
    await journal.note(session, actor, fact(channel_id=row.id, before=before, after=after))


async def _portfolio(session: AsyncSession, form: ChannelForm) -> UUID:
    """The chosen portfolio, else the one of the same WhatsApp account, else a new one."""
    if form.portfolio_id:
        known = {portfolio.id for portfolio in await channels.portfolios(session)}
        if form.portfolio_id in known:
            return form.portfolio_id
        raise Invalid("portfolio_unknown", field="portfolio_id")
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


def _local(actor: Actor, allow_local: bool | None) -> bool:
    return actor == SYSTEM if allow_local is None else allow_local


async def _address_problem(form: ChannelForm, allow_local: bool) -> Sentence | None:
    """Why the API address must not be called, or None; resolves its name before any row is locked."""
    try:
        host = hosts.check_form(form.api_url, allow_local=allow_local)
        if not allow_local and host not in hosts.META:
            await hosts.resolve(host)
    except hosts.AddressRefused as refused:
        return refused.sentence
    return None


def _check(
    form: ChannelForm, needed: Mapping[str, Sentence], address_problem: Sentence | None
) -> None:
    problems: dict[str, Sentence] = {}
    for field, sentence in [*_problems(form), *_secret_problems(form)]:
        problems.setdefault(field, sentence)
    problems |= {field: text for field, text in needed.items() if not getattr(form, field)}
    if address_problem:
        problems["api_url"] = address_problem
    if problems:
        raise Invalid("channel_invalid", fields=problems)


def _problems(form: ChannelForm) -> list[tuple[str, Sentence]]:
    checks = (
        ("name", bool(form.name), Sentence("channel_form.name")),
        (
            "name",
            len(form.name) <= NAME_LIMIT,
            Sentence("channel_form.name_long", name_limit=NAME_LIMIT),
        ),
        ("name", form.name.isprintable(), Sentence("channel_form.name_plain")),
        (
            "phone_number_id",
            _DIGITS.fullmatch(form.phone_number_id) is not None,
            Sentence("channel_form.number"),
        ),
        (
            "waba_id",
            _DIGITS.fullmatch(form.waba_id) is not None,
            Sentence("channel_form.account"),
        ),
        (
            "api_version",
            _VERSION.fullmatch(form.api_version) is not None,
            Sentence("channel_form.version"),
        ),
    )
    return [(field, sentence) for field, passed, sentence in checks if not passed]


def _secret_problems(form: ChannelForm) -> list[tuple[str, Sentence]]:
    """Secrets are sent in HTTP headers, so text that a header cannot hold is not one of Meta's."""
    given = {field: str(getattr(form, field)) for field in SECRET_FIELDS}
    plain = Sentence("channel_form.secret")
    wrong = [
        (field, plain) for field, value in given.items() if value and not _SECRET.fullmatch(value)
    ]
    long = Sentence("channel_form.secret_long", secret_limit=SECRET_LIMIT)
    return wrong + [(field, long) for field, value in given.items() if len(value) > SECRET_LIMIT]
