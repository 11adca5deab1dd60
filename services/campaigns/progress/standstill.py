"""Why a campaign is not moving, decided in one place from rows and what processes last reported."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain import system
from domain.campaigns import CampaignStatus
from domain.channel_health import campaign_waits, condition
from domain.channels import ChannelStatus
from domain.channels import until as restricted_until
from domain.refusals import Refusal
from domain.sentences import Value
from domain.standstill import PATIENCE, Explanation, Standstill
from domain.system import Facts
from domain.templates import is_marketing
from services.campaigns.views import CampaignView
from store import channels, portfolios, refusals, slots, waiting
from store.campaigns import progress, rates
from store.campaigns.progress import Remainder
from store.channels import ChannelRow
from store.portfolios import Usage
from store.sending import budget
from store.waiting import Moving

SLOW = 0.1
"""A speed below this share of what the number can do is worth mentioning."""

NEWS_WAIT_S = 5
"""Deliveries waiting longer than this hold marketing back for more than a moment."""

LONG = timedelta(minutes=30)
START = timedelta(seconds=15)
"""How long a campaign normally takes from its due time to its first message."""

LONGEST_START = timedelta(minutes=5)
"""Freezing a very large audience takes a while."""


@dataclass(frozen=True, slots=True)
class Case:
    """The input of the rules."""

    campaign: CampaignView
    facts: Facts
    channel: ChannelRow | None
    remainder: Remainder
    usage: Usage | None
    budget_free_in: timedelta
    refusal: str | None
    """What the gate says about the whole campaign."""

    slowed_at: datetime | None
    other: Moving | None
    moved_at: datetime | None


def may_stand(campaign: CampaignView) -> bool:
    """Whether it is worth checking."""
    return campaign.status in (CampaignStatus.RUNNING, CampaignStatus.SCHEDULED)


async def explain(
    session: AsyncSession, campaign: CampaignView, facts: Facts
) -> Explanation | None:
    """The cause and what to do; None while it moves, or is not expected to."""
    moved_at = await _moved_at(session, campaign)
    now = facts.now
    if not _is_due(campaign, now):
        return None
    case = await _case(session, campaign, facts, moved_at)
    moves = moved_at is not None and now - moved_at < PATIENCE
    for rule in _WHILE_MOVING if moves else _RULES:
        found = rule(case)
        if found is not None:
            return replace(found, moving=moves)
    return None if moves else Explanation(Standstill.UNEXPLAINED, since=moved_at)


async def _moved_at(session: AsyncSession, campaign: CampaignView) -> datetime | None:
    span = await rates.span(session, campaign.id)
    times = [time for time in (span[1] if span else None, campaign.started_at) if time is not None]
    return max(times, default=None)


def _is_due(campaign: CampaignView, now: datetime) -> bool:
    """Whether the campaign should be making progress."""
    if (
        campaign.status == CampaignStatus.RUNNING
    ):  # also if everybody has an outcome and it only has to complete
        return True
    if campaign.status != CampaignStatus.SCHEDULED:
        return False
    due = _due(campaign)
    return due is not None and now - due > START


def _due(campaign: CampaignView) -> datetime | None:
    """When it should start sending."""
    times = (campaign.scheduled_at, campaign.undo_until, campaign.launched_at)
    return max((time for time in times if time is not None), default=None)


async def _case(
    session: AsyncSession,
    campaign: CampaignView,
    facts: Facts,
    moved_at: datetime | None,
) -> Case:
    channel_id = campaign.channel_id
    channel = await channels.get(session, channel_id, removed=True) if channel_id else None
    usage = await portfolios.usage(session, channel_id) if channel_id else None
    spent = usage is not None and usage.most is not None and usage.used >= usage.most
    free_in = await budget.wait(session, channel_id) if spent and channel_id else timedelta(0)
    return Case(
        campaign, facts, channel, await progress.remainder(session, campaign.id),
        usage if spent else None, free_in, await refusals.campaign(session, campaign.id),
        await slots.slowed_at(session, channel_id) if channel_id else None,
        _other(campaign, await waiting.campaigns(session), facts.now), moved_at,
    )  # fmt: skip


def _other(campaign: CampaignView, others: list[Moving], now: datetime) -> Moving | None:
    """Another campaign on the same number with messages just accepted by WhatsApp."""
    near = (
        one for one in others
        if one.channel_id == campaign.channel_id and one.id != campaign.id
        and one.waiting and one.moved_at and now - one.moved_at < PATIENCE
    )  # fmt: skip
    return next(near, None)


def _disk(case: Case) -> Explanation | None:
    look = system.worst_look(case.facts.processes, system.DISK, case.facts.now)
    if look is None or look.ok:
        return None
    return Explanation(Standstill.DISK_FULL, since=look.since)


def _locked(case: Case) -> Explanation | None:
    if not case.facts.locked:
        return None
    return Explanation(Standstill.DATABASE_LOCKED, values={"count": case.facts.locked})


def _slow(case: Case) -> Explanation | None:
    look = system.worst_look(case.facts.processes, system.DATABASE, case.facts.now)
    slowest = max(case.facts.database_ms, (look.ms or 0) if look else 0)
    if slowest <= system.SLOW_MS * 2:
        return None
    return Explanation(Standstill.DATABASE_SLOW, values={"ms": slowest})


def _temporal(case: Case) -> Explanation | None:
    look = system.worst_look(case.facts.processes, system.TEMPORAL, case.facts.now)
    if look is None or look.ok:
        return None
    return Explanation(Standstill.TEMPORAL_AWAY, since=look.since)


def _worker(case: Case) -> Explanation | None:
    known, now = case.facts.processes, case.facts.now
    if system.alive(known, system.WORKER, now):
        return None
    last = max((one.seen_at for one in known if one.kind == system.WORKER), default=None)
    return Explanation(Standstill.WORKER_AWAY, since=last)


def _news(case: Case) -> Explanation | None:
    age, template = case.facts.delivery_age, case.campaign.template or {}
    if not is_marketing(template.get("category")) or age < NEWS_WAIT_S:
        return None
    return Explanation(
        Standstill.NEWS_WAIT, since=case.facts.now - timedelta(seconds=age),
        values={"count": case.facts.deliveries, "age": age},
    )  # fmt: skip


def _number(case: Case) -> Explanation | None:
    row = case.channel
    if row is None or case.refusal in (None, Refusal.TEMPLATE):
        return None
    said = condition(
        row.status if row.deleted_at is None else ChannelStatus.DISCONNECTED,
        blocked_reason=row.blocked_reason, quality=row.quality, now=case.facts.now,
        last_webhook_at=row.last_webhook_at,
    )  # fmt: skip
    return Explanation(
        Standstill.NUMBER_STOPPED,
        values={"problem": [said.sentence, *filter(None, [said.next_step])]},
    )


def _template(case: Case) -> Explanation | None:
    if case.refusal != Refusal.TEMPLATE:
        return None
    return Explanation(Standstill.TEMPLATE_NOT_APPROVED)


def _restricted(case: Case) -> Explanation | None:
    if case.channel is None:
        return None
    category = str((case.campaign.template or {}).get("category"))
    now, told = case.facts.now, case.channel.restrictions
    said = campaign_waits(told, category, now)
    if not said:
        return None
    ends = [end for kind in told if (end := restricted_until(told, kind, now)) is not None]
    return Explanation(
        Standstill.RESTRICTED, until=max(ends, default=None), values={"problem": said}
    )


def _no_answer(case: Case) -> Explanation | None:
    key = f"{system.WHATSAPP}:{case.campaign.channel_id}"
    look = system.worst_look(case.facts.processes, key, case.facts.now)
    if look is None or look.ok:
        return None
    return Explanation(Standstill.NO_ANSWER, since=look.since)


def _budget(case: Case) -> Explanation | None:
    if case.usage is None or not case.campaign.progress.queued:
        return None
    until = case.facts.now + case.budget_free_in
    return Explanation(Standstill.BUDGET_SPENT, until=until, values={"most": case.usage.most or 0})


def _slowed(case: Case) -> Explanation | None:
    if case.slowed_at is None or case.facts.now - case.slowed_at > slots.CLIMB:
        return None
    return Explanation(Standstill.SLOWED_DOWN, since=case.slowed_at)


def _nobody(case: Case) -> Explanation | None:
    if not case.campaign.open or case.campaign.progress.queued:
        return None
    return Explanation(Standstill.NO_RECIPIENTS, since=case.moved_at)


def _retries(case: Case) -> Explanation | None:
    wait = case.remainder.next_try
    if case.remainder.fresh > 0 or wait is None or wait <= timedelta(0):
        return None
    return Explanation(
        Standstill.RETRIES, until=case.facts.now + wait,
        values={"count": case.campaign.progress.queued},
    )  # fmt: skip


def _others(case: Case) -> Explanation | None:
    if case.other is None:
        return None
    return Explanation(
        Standstill.OTHERS_FIRST, values={"name": case.other.name}, target=str(case.other.id)
    )


def _throttle(case: Case) -> Explanation | None:
    chosen, channel = case.campaign.throttle, case.channel
    if chosen is None or channel is None or chosen > SLOW * channel.throughput:
        return None
    if timedelta(seconds=case.remainder.fresh / chosen) < LONG:
        return None
    values: dict[str, Value] = {"throttle": chosen, "throughput": channel.throughput}
    return Explanation(Standstill.THROTTLE, values=values)


def _starting(case: Case) -> Explanation | None:
    due = _due(case.campaign)
    if case.campaign.status != CampaignStatus.SCHEDULED or due is None:
        return None
    if case.facts.now - due > LONGEST_START:
        return None
    return Explanation(Standstill.STARTING, since=due)


Rule = Callable[[Case], Explanation | None]

_RULES: tuple[Rule, ...] = (
    _disk, _locked, _slow, _nobody, _number, _template, _temporal, _worker, _news, _restricted, _no_answer,
    _budget, _slowed, _retries, _others, _throttle, _starting,
)  # fmt: skip

_WHILE_MOVING: tuple[Rule, ...] = (
    _disk, _locked, _worker, _news, _restricted, _no_answer, _budget, _nobody, _retries, _throttle,
)  # fmt: skip
"""What applies to a campaign that moved within the last minute."""
