"""Channels as people see them: health, last live check, limits; never a secret."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import channel_health
from domain.channel_health import Condition, Tone
from domain.sentences import Sentence, unpacked
from services.channels import account
from services.channels.steps import STEPS
from services.vault import NO_SECRET
from store import channels
from store.channels import ChannelRow, PortfolioRow
from store.receiving import log

INTERRUPTED_AFTER = timedelta(minutes=2)
"""A check running longer than this belongs to a process that is gone."""


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One line of the live checklist."""

    key: str
    state: str
    detail: Sentence | None = None
    next_step: Sentence | None = None


@dataclass(frozen=True, slots=True)
class ShownChannel:
    """A channel for lists, its page and the API."""

    row: ChannelRow
    portfolio: PortfolioRow | None
    condition: Condition
    quality: Sentence
    quality_tone: Tone
    limit: Sentence
    proven: bool
    """Whether it has the app secret that authenticates its webhooks."""
    checking: bool
    checked_at: datetime | None
    steps: list[ShownStep] = field(default_factory=list)
    notices: list[Sentence] = field(default_factory=list)
    aside: int = 0
    """Updates for this number that had no effect and need a person's attention."""


async def every(session: AsyncSession, *, now: datetime) -> list[ShownChannel]:
    """Every channel in use, by name."""
    rows = await channels.list_all(session)
    portfolios = await channels.portfolios(session)
    aside = await log.aside_by_number(session)
    return [
        replace(_shown(row, portfolios, now), aside=aside.get(row.phone_number_id, 0))
        for row in rows
    ]


async def one(session: AsyncSession, channel_id: UUID, *, now: datetime) -> ShownChannel:
    """One channel; raises NotFound."""
    row = await account.require(session, channel_id)
    aside = await log.aside_by_number(session)
    shown = _shown(row, await channels.portfolios(session), now)
    return replace(shown, aside=aside.get(row.phone_number_id, 0))


async def numbers(session: AsyncSession) -> list[ChannelRow]:
    """Every number in use, by name, to choose from."""
    return await channels.list_all(session)


async def number(session: AsyncSession, channel_id: UUID | None) -> ChannelRow | None:
    """The number a draft will be sent from; None if none is chosen or it was removed."""
    return await channels.get(session, channel_id) if channel_id else None


async def sender(session: AsyncSession, channel_id: UUID | None) -> ChannelRow | None:
    """The number a campaign is sent from, even if removed since."""
    return await channels.get(session, channel_id, removed=True) if channel_id else None


async def portfolios(session: AsyncSession) -> list[PortfolioRow]:
    """Every portfolio, by name."""
    return await channels.portfolios(session)


def _shown(row: ChannelRow, portfolios: Sequence[PortfolioRow], now: datetime) -> ShownChannel:
    portfolio = next((item for item in portfolios if item.id == row.portfolio_id), None)
    quality, tone = channel_health.quality_words(row.quality)
    probe = row.probe or {}
    checked_at = datetime.fromisoformat(probe["checked_at"]) if probe else None
    running = bool(probe.get("running"))
    fresh = checked_at is not None and now - checked_at < INTERRUPTED_AFTER
    proven = row.app_secret != NO_SECRET
    condition = channel_health.condition(
        row.status,
        blocked_reason=row.blocked_reason,
        quality=row.quality,
        last_webhook_at=row.last_webhook_at,
        now=now,
        restrictions=row.restrictions,
        proven=proven,
    )
    is_said = proven or condition.sentence == channel_health.NO_PROOF
    return ShownChannel(
        row=row,
        portfolio=portfolio,
        condition=condition,
        proven=proven,
        notices=[
            *(() if is_said else (channel_health.UNPROVEN,)),
            *channel_health.notices(row.news),
        ],
        quality=quality,
        quality_tone=tone,
        limit=channel_health.tier_words(
            portfolio.messaging_limit if portfolio else None, row.messaging_tier
        ),
        checking=running and fresh,
        checked_at=checked_at,
        steps=_steps(probe, row, interrupted=running and not fresh),
    )


def _steps(probe: dict[str, Any], row: ChannelRow, *, interrupted: bool) -> list[ShownStep]:
    stored = {step["key"]: step for step in probe.get("steps", ())}
    shown = []
    for key in STEPS:
        step = stored.get(key, {})
        state = str(step.get("state", "waiting"))
        line = ShownStep(key, state, _kept(step.get("detail")), _kept(step.get("next_step")))
        if interrupted and state in {"running", "waiting"}:
            line = ShownStep(key, "skipped", Sentence("check_interrupted"))
        if key == "webhook" and row.app_secret == NO_SECRET:
            line = ShownStep(key, "skipped", Sentence("check_webhook.refused"))
        # A webhook may have arrived since the check ended.
        elif key == "webhook" and state == "waiting" and row.last_webhook_at is not None:
            line = ShownStep(key, "ok", Sentence("check_webhook.seen"))
        shown.append(line)
    return shown


def _kept(said: str | None) -> Sentence | None:
    return unpacked(said) if said else None
