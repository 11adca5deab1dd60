"""Bring the templates of a WhatsApp account here: every page, every language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.channels import account as accounts
from services.vault import Vault
from store import live, templates
from store.templates import FetchedTemplate, SyncCounts
from whatsapp import management
from whatsapp.client import Account, CloudApi

ROOM = "templates"


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
    fetched = await fetch(api, account)
    async with sessions.begin() as session:
        return await store_fetched(session, account.waba_id, fetched, now=now)


async def fetch(api: CloudApi, account: Account) -> list[FetchedTemplate]:
    """Every template of the account; entries without a name or language are left out."""
    found = await management.templates(api, account)
    return [parse(item) for item in found if item.get("name") and item.get("language")]


async def store_fetched(
    session: AsyncSession, waba_id: str, fetched: list[FetchedTemplate], *, now: datetime
) -> SyncCounts:
    """Make our rows equal to what was fetched, and tell open pages."""
    counts = await templates.sync(session, waba_id, fetched, now=now)
    await live.notify(session, ROOM, "templates.synced")
    return counts


def parse(item: Mapping[str, Any]) -> FetchedTemplate:
    """One entry of Meta's list; words in upper case, "NONE" as no reason."""
    reason = str(item.get("rejected_reason") or "").upper()
    return FetchedTemplate(
        meta_id=str(item.get("id", "")),
        name=str(item["name"]),
        language=str(item["language"]),
        category=str(item.get("category") or "").upper(),
        status=str(item.get("status") or "PENDING").upper(),
        parameter_format=str(item.get("parameter_format") or "POSITIONAL").upper(),
        components=[part for part in item.get("components") or () if isinstance(part, dict)],
        quality=_quality(item.get("quality_score")),
        rejected_reason=reason if reason not in {"", "NONE"} else None,
    )


def _quality(score: object) -> str:
    value = score.get("score") if isinstance(score, Mapping) else score
    return str(value or "UNKNOWN").upper()
