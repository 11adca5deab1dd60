"""Number and account news from WhatsApp: throughput, quality, limits, restrictions, bans."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.channels import THROUGHPUT_PER_LEVEL, TIER_LIMITS
from store import channel_news

BLOCKING_RESTRICTION = "RESTRICTED_BIZ_INITIATED_MESSAGING"


async def apply(session: AsyncSession, waba_id: str, field: str, value: Mapping[str, Any]) -> bool:
    """Apply one change; False when it says nothing we know. Safe to repeat."""
    match field:
        case "phone_number_quality_update":
            return await _number(session, waba_id, value)
        case "business_capability_update":
            return await _capability(session, waba_id, value)
        case "account_update":
            return await _account(session, waba_id, value)
        case _:
            return False


async def _number(session: AsyncSession, waba_id: str, value: Mapping[str, Any]) -> bool:
    tier = value.get("max_daily_conversations_per_business") or value.get("current_limit")
    upgraded = value.get("event") == "THROUGHPUT_UPGRADE"
    await channel_news.number(
        session,
        waba_id,
        digits=str(value.get("display_phone_number", "")),
        throughput=THROUGHPUT_PER_LEVEL["HIGH"] if upgraded else None,
        tier=str(tier) if tier else None,
    )
    return True


async def _capability(session: AsyncSession, waba_id: str, value: Mapping[str, Any]) -> bool:
    limit = value.get("max_daily_conversations_per_business")
    if limit is None:
        return False
    known = TIER_LIMITS.get(str(limit), 0)
    number = known if known != 0 else (None if str(limit) == "-1" else int(str(limit)))
    await channel_news.portfolio_limit(session, waba_id, number)
    return True


async def _account(session: AsyncSession, waba_id: str, value: Mapping[str, Any]) -> bool:
    ban = value.get("ban_info")
    state = str(ban.get("waba_ban_state", "")) if isinstance(ban, dict) else ""
    restrictions = value.get("restriction_info")
    kinds = [
        str(item.get("restriction_type"))
        for item in (restrictions if isinstance(restrictions, list) else [])
        if isinstance(item, dict)
    ]
    if state == "REINSTATE":
        await channel_news.unblock(session, waba_id, "policy")
    elif (
        state == "DISABLE"
        or BLOCKING_RESTRICTION in kinds
        or value.get("event") == "ACCOUNT_DELETED"
    ):
        await channel_news.block(session, waba_id, "policy")
    else:
        return False
    return True
