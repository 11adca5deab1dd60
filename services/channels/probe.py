"""The live check of a channel: each step's result is stored immediately so that a page can follow."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import SYSTEM
from domain.channel_health import restricted as restricted_words
from domain.channels import TIER_LIMITS, ChannelStatus
from domain.errors import DomainError
from domain.journal.team import ChannelProbed
from domain.sentences import Sentence
from services import journal
from services.channels import account
from services.channels.standing import POLICY
from services.channels.steps import REQUIRED, STEPS, Check, Step, coexistence, run, throughput
from services.vault import NO_SECRET, Vault
from settings import Settings
from store import channels
from store.channels import ChannelRow
from whatsapp.client import CloudApi

log = structlog.get_logger(__name__)

WEBHOOK_PATH = "/api/webhook"

Sessions = async_sessionmaker[AsyncSession]


def callback_url(public_url: str) -> str:
    """Where Meta delivers this installation's webhooks."""
    return public_url.rstrip("/") + WEBHOOK_PATH


async def start(session: AsyncSession, channel_id: UUID, *, now: datetime) -> ChannelRow:
    """Show the check as running; call ``check`` after the commit."""
    row = await account.require(session, channel_id, lock=True)
    steps, ends = [Step(key, "waiting") for key in STEPS], token_ends_at(row)
    row.probe = _report(now, steps, running=True, token_ends_at=ends)
    await session.flush()
    await _tell(session, channel_id)
    return row


async def check(
    sessions: Sessions,
    vault: Vault,
    api: CloudApi,
    channel_id: UUID,
    *,
    public_url: str,
    clock: Callable[[], datetime],
) -> list[Step]:
    """Run every step; no transaction is open during requests to Meta."""
    async with sessions.begin() as session:
        row = await account.require(session, channel_id)
        shared = _shared(row, vault, api, callback_url(public_url))
    done: list[Step] = []
    for key in STEPS:
        todo = [Step(later, "waiting") for later in STEPS[len(done) + 1 :]]
        report = _report(
            clock(), [*done, Step(key, "running"), *todo], running=True,
            token_ends_at=shared.token_ends_at,
        )  # fmt: skip
        await _save(sessions, channel_id, report)
        skip = _blocked_by(done)
        done.append(
            Step(key, "skipped", Sentence("check_skipped")) if skip else await run(shared, key)
        )
    async with sessions.begin() as session:
        await _conclude(session, channel_id, shared, done, clock())
    return done


async def run_check(
    sessions: Sessions,
    vault: Vault,
    settings: Settings,
    channel_id: UUID,
    *,
    clock: Callable[[], datetime],
) -> None:
    """Run ``check`` in the background: it reports in the channel's row."""
    try:
        async with account.client(settings) as api:
            await check(
                sessions, vault, api, channel_id, public_url=settings.public_url, clock=clock
            )
    except DomainError as error:  # removed in the meantime, or the key of its secrets is gone
        log.warning("channel_check_stopped", channel_id=str(channel_id), code=error.code)


def _shared(row: ChannelRow, vault: Vault, api: CloudApi, callback: str) -> Check:
    return Check(
        api=api,
        account=account.account(row, vault),
        app_secret="" if row.app_secret == NO_SECRET else vault.decrypt(row.app_secret),
        verify_token=vault.decrypt(row.verify_token),
        callback=callback,
        webhook_seen=row.last_webhook_at is not None,
        token_ends_at=token_ends_at(row),
    )


def _blocked_by(done: list[Step]) -> bool:
    """Without a working token and number nothing else can be checked."""
    return any(step.state == "failed" for step in done if step.key in {"token", "number"})


async def _save(sessions: Sessions, channel_id: UUID, report: dict[str, Any]) -> None:
    async with sessions.begin() as session:
        await channels.update_probe(session, channel_id, report)
        await _tell(session, channel_id)


async def _conclude(
    session: AsyncSession, channel_id: UUID, shared: Check, done: list[Step], now: datetime
) -> None:
    row = await account.require(session, channel_id, lock=True)
    row.probe = _report(now, done, running=False, token_ends_at=shared.token_ends_at)
    if shared.number:
        _describe(row, shared)
        tier = str(shared.number.get("whatsapp_business_manager_messaging_limit") or "")
        if tier in TIER_LIMITS:
            row.messaging_tier = tier
            await channels.set_portfolio_limit(session, row.portfolio_id, TIER_LIMITS[tier])
    states = {step.key: step.state for step in done}
    reason = next((step.reason for step in done if step.key in REQUIRED and step.reason), None)
    restricted = reason == POLICY and restricted_words(row.restrictions, now)
    if restricted or all(states[key] in {"ok", "warning"} for key in REQUIRED):
        # A restriction forbids some messages, which the gate enforces; replies may be sent.
        row.status = ChannelStatus.CONNECTED
        row.blocked_reason = None
    elif reason:
        row.status = ChannelStatus.BLOCKED
        row.blocked_reason = reason
    await session.flush()
    await _tell(session, channel_id)


def _describe(row: ChannelRow, shared: Check) -> None:
    number = shared.number
    digits = "".join(filter(str.isdigit, str(number.get("display_phone_number") or "")))
    row.display_phone_number = f"+{digits}" if digits else row.display_phone_number
    row.verified_name = str(number.get("verified_name") or row.verified_name)
    row.quality = str(number.get("quality_rating") or "UNKNOWN").upper()
    row.throughput = throughput(number)
    row.coexistence = coexistence(number)
    if shared.marketing_api is not None:
        row.marketing_api = shared.marketing_api


def token_ends_at(row: ChannelRow) -> int:
    """When the access token ends by the last check, in epoch seconds; 0 if never, or unknown."""
    return int((row.probe or {}).get("token_ends_at", 0))


def _report(
    now: datetime, steps: list[Step], *, running: bool, token_ends_at: int
) -> dict[str, Any]:
    return {
        "checked_at": now.isoformat(),
        "running": running,
        "steps": [step.as_dict() for step in steps],
        "token_ends_at": token_ends_at,
    }


async def _tell(session: AsyncSession, channel_id: UUID) -> None:
    await journal.note(session, SYSTEM, ChannelProbed(channel_id=channel_id))
