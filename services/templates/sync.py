"""Sync the templates of a WhatsApp account: every page, every language, each on its own."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import SYSTEM
from domain.asides import LANGUAGE_LIMIT, NAME_LIMIT, AsideReason
from domain.errors import Conflict
from domain.journal.team import TemplatesSynced
from services import journal
from services.channels import account as accounts
from services.templates import search
from services.vault import Vault
from store import faults, template_asides, templates
from store.template_asides import TemplateAside
from store.templates import FetchedTemplate, SyncCounts
from whatsapp import management
from whatsapp.bodies import REPLACEMENT, clean_value, written
from whatsapp.client import Account, CloudApi
from whatsapp.webhooks import identifier

WORD_LIMIT = 60


@dataclass(slots=True)
class Fetched:
    """The entries of Meta's list that could be read, and those that could not."""

    templates: list[FetchedTemplate] = field(default_factory=list)
    asides: list[TemplateAside] = field(default_factory=list)


async def start(
    sessions: async_sessionmaker[AsyncSession], begin: Callable[[UUID], Awaitable[bool]]
) -> list[UUID]:
    """Have ``begin`` start one sync per WhatsApp account; raises Conflict if it cannot right now.

    Returns the channels used; no transaction is open while they are started.
    """
    async with sessions() as session:
        channel_ids = await search.channels_to_sync(session)
    started = [await begin(channel_id) for channel_id in channel_ids]
    if not all(started):
        raise Conflict("sync_not_started")
    return channel_ids


async def sync(
    sessions: async_sessionmaker[AsyncSession],
    vault: Vault,
    api: CloudApi,
    channel_id: UUID,
    *,
    now: datetime,
) -> SyncCounts:
    """Fetch first, write afterwards: no transaction is open while Meta answers."""
    async with sessions() as session:
        account = await accounts.load(session, vault, channel_id)
    fetched = read(await management.templates(api, account))
    async with sessions.begin() as session:
        return await store_fetched(session, account.waba_id, fetched, now=now)


async def fetch(api: CloudApi, account: Account) -> list[FetchedTemplate]:
    """Every readable template in the account."""
    return read(await management.templates(api, account)).templates


def read(items: Sequence[Any]) -> Fetched:
    """Read each entry of Meta's list on its own: an unreadable one does not affect the others."""
    fetched = Fetched()
    for raw in items:
        item = clean_value(raw)
        name, language = _known(item, "name", NAME_LIMIT), _known(item, "language", LANGUAGE_LIMIT)
        if not name or not language:
            fetched.asides.append(TemplateAside(name, language, AsideReason.NO_NAME))
            continue
        try:
            fetched.templates.append(parse(item))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this entry's own
            reason = AsideReason.UNREADABLE
            fetched.asides.append(TemplateAside(name, language, reason, type(error).__name__))
            continue
        if REPLACEMENT.encode() in written(item):
            fetched.asides.append(TemplateAside(name, language, AsideReason.CHARACTERS))
    return fetched


async def store_fetched(
    session: AsyncSession, waba_id: str, fetched: Fetched, *, now: datetime
) -> SyncCounts:
    """Make our rows match what was fetched, and tell open pages, including what was set aside."""
    spared = [(item.name, item.language) for item in fetched.asides]
    counts, refused = await _store(session, waba_id, fetched.templates, spared, now)
    await template_asides.replace(session, waba_id, [*fetched.asides, *refused])
    await journal.note(session, SYSTEM, TemplatesSynced())
    return counts


async def _store(
    session: AsyncSession,
    waba_id: str,
    items: list[FetchedTemplate],
    spared: list[tuple[str, str]],
    now: datetime,
) -> tuple[SyncCounts, list[TemplateAside]]:
    error = await _refusal(session, waba_id, items, now) if items else None
    refused: list[TemplateAside] = []
    if error is not None:
        refused = await _refused(session, waba_id, items, error, now)
        names = {(item.name, item.language) for item in refused}
        items = [item for item in items if (item.name, item.language) not in names]
        spared = [*spared, *names]
    counts = await templates.sync(session, waba_id, items, now=now, spared=spared)
    return replace(counts, aside=len(spared)), refused


async def _refused(
    session: AsyncSession,
    waba_id: str,
    items: list[FetchedTemplate],
    error: Exception,
    now: datetime,
) -> list[TemplateAside]:
    """The faulty templates, found by halving."""
    if len(items) == 1:
        cause = f"{type(error).__name__} {faults.sqlstate(error)}".strip()
        return [TemplateAside(items[0].name, items[0].language, AsideReason.NOT_STORED, cause)]
    middle = len(items) // 2
    found: list[TemplateAside] = []
    for half in (items[:middle], items[middle:]):
        if (trouble := await _refusal(session, waba_id, half, now)) is not None:
            found += await _refused(session, waba_id, half, trouble, now)
    return found


async def _refusal(
    session: AsyncSession, waba_id: str, items: list[FetchedTemplate], now: datetime
) -> Exception | None:
    """Why these cannot be stored: a trial that is rolled back."""
    trial = await session.begin_nested()
    try:
        await templates.sync(session, waba_id, items, now=now)
    except Exception as error:
        await trial.rollback()
        if faults.is_away(error):
            raise
        return error
    await trial.rollback()
    return None


def parse(item: Mapping[str, Any]) -> FetchedTemplate:
    """One entry of Meta's list; keywords in upper case, "NONE" as no reason."""
    item = clean_value(item)
    reason = _word(item.get("rejected_reason"))
    components = item.get("components")
    return FetchedTemplate(
        meta_id=identifier(item.get("id")) or "",
        name=str(item["name"]),
        language=str(item["language"]),
        category=_word(item.get("category")),
        status=_word(item.get("status")) or "PENDING",
        parameter_format=_word(item.get("parameter_format")) or "POSITIONAL",
        components=[
            part
            for part in (components if isinstance(components, list) else ())
            if isinstance(part, dict)
        ],
        quality=_quality(item.get("quality_score")),
        rejected_reason=reason if reason not in {"", "NONE"} else None,
    )


def _known(item: Any, name: str, limit: int) -> str:
    """A plausible name: text of a length Meta allows."""
    value = item.get(name) if isinstance(item, Mapping) else None
    return value if isinstance(value, str) and len(value) <= limit else ""


def _word(value: object) -> str:
    return (identifier(value, WORD_LIMIT * 2) or "")[:WORD_LIMIT].upper()


def _quality(score: object) -> str:
    value = score.get("score") if isinstance(score, Mapping) else score
    return _word(value) or "UNKNOWN"
