"""Meta's view of the account and its numbers, and the webhooks sent when it changes."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from simulator.config import Onboarding, Quality, Throughput, Tier
from simulator.tidings import english_date

if TYPE_CHECKING:
    from simulator.world import Number, World

RESTRICTED_S = 7 * 86_400
SCHEDULED_S = 30 * 86_400
PORTFOLIO_EVENTS = frozenset({"MM_LITE_TERMS_SIGNED", "AD_ACCOUNT_LINKED"})
"""Events whose entry has the portfolio's id instead of the account's; so do all PARTNER_ ones."""


class Standing(StrEnum):
    """Whether the account may send: a restricted one may only reply within open windows."""

    ACTIVE = "ACTIVE"
    RESTRICTED = "RESTRICTED"
    TO_BE_DISABLED = "TO_BE_DISABLED"
    DISABLED = "DISABLED"


class AccountState(BaseModel):
    """The account's state; everything else is decided before start."""

    model_config = ConfigDict(extra="forbid")

    standing: Standing = Standing.ACTIVE
    messaging_tier: Tier = Tier.UNLIMITED
    marketing_onboarding: Onboarding = Onboarding.ONBOARDED
    cloud_marketing_disabled: bool = False


class NumberState(BaseModel):
    """A number's state; it is offline until ``offline_until``, in epoch seconds."""

    model_config = ConfigDict(extra="forbid")

    quality_rating: Quality = Quality.GREEN
    throughput: Throughput = Throughput.STANDARD
    offline_until: float = 0.0


def entry_of(world: "World", field: str, value: dict[str, Any]) -> str:
    """Whose id a webhook's entry has; empty for the account's own."""
    event = str(value.get("event", ""))
    wide = event in PORTFOLIO_EVENTS or event.startswith("PARTNER_")
    return world.config.business_id if field == "account_update" and wide else ""


Told = list[tuple[str, dict[str, Any]]]
"""The webhooks sent for a change: field and value."""


def change_account(world: "World", changes: dict[str, Any]) -> Told:
    """Apply a changed account; returns Meta's webhooks about it."""
    before = world.account
    after = AccountState.model_validate({**before.model_dump(), **changes})
    world.account = after
    told: Told = []
    if after.standing is not before.standing:
        told += _standing(before.standing, after.standing, world.clock.now())
    if after.messaging_tier is not before.messaging_tier:
        world.daily.size = after.messaging_tier.size
        told += _limit(after.messaging_tier)
    if after.marketing_onboarding is not before.marketing_onboarding:
        told += _onboarding(after.marketing_onboarding, world)
    return told


def change_number(number: "Number", changes: dict[str, Any], now: float) -> Told:
    """Apply a changed number; returns Meta's webhooks about it."""
    before = number.state
    after = NumberState.model_validate({**before.model_dump(), **changes})
    number.take(after, now)
    told: Told = []
    if after.throughput is not before.throughput and after.throughput is Throughput.HIGH:
        told.append(_quality(number, "THROUGHPUT_UPGRADE"))
    if (after.quality_rating is Quality.RED) != (before.quality_rating is Quality.RED):
        flagged = after.quality_rating is Quality.RED
        told.append(_quality(number, "FLAGGED" if flagged else "UNFLAGGED"))
    return told


def _quality(number: "Number", event: str) -> tuple[str, dict[str, Any]]:
    value = {"display_phone_number": number.digits, "event": event}
    return "phone_number_quality_update", value


def _standing(before: Standing, after: Standing, now: float) -> Told:
    if after is Standing.RESTRICTED:
        kind = "RESTRICTED_BIZ_INITIATED_MESSAGING"
        restriction = {"restriction_type": kind, "expiration": int(now + RESTRICTED_S)}
        value = {"event": "ACCOUNT_RESTRICTION", "restriction_info": [restriction]}
        return [("account_update", value)]
    if after is Standing.DISABLED or before is Standing.DISABLED:
        state = "DISABLE" if after is Standing.DISABLED else "REINSTATE"
        return [_ban(state, now)]
    if after is Standing.TO_BE_DISABLED:
        return [_ban("SCHEDULE_FOR_DISABLE", now + SCHEDULED_S)]
    return []  # a restriction ends without notice


def _ban(state: str, day: float) -> tuple[str, dict[str, Any]]:
    ban = {"waba_ban_state": state, "waba_ban_date": english_date(day)}
    return "account_update", {"event": "DISABLED_UPDATE", "ban_info": ban}


def _limit(tier: Tier) -> Told:
    limit = -1 if tier.size is None else tier.size
    value = {"max_daily_conversations_per_business": limit, "max_phone_numbers_per_waba": 25}
    return [("business_capability_update", value)]


def _onboarding(state: Onboarding, world: "World") -> Told:
    if state is not Onboarding.ONBOARDED:
        return []
    waba = {"waba_id": world.config.waba_id, "owner_business_id": world.config.business_id}
    return [("account_update", {"event": "MM_LITE_TERMS_SIGNED", "waba_info": waba})]
