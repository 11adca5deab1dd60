"""What Meta says of an account, handed to the services as the webhooks do."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from store.channels import ChannelRow
from store.sending.single import lock
from tests import factories, threads
from tests.services.consents import envelope, take

NOW = datetime.now(UTC).replace(microsecond=0)
FIRST = "RESTRICTED_BIZ_INITIATED_MESSAGING"
REPLIES = "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"
UTILITY = "RESTRICTED_UTILITY_TEMPLATES"


def later(**span: float) -> datetime:
    return NOW + timedelta(**span)


async def news(session: AsyncSession, event: str, at: datetime = NOW, **value: Any) -> None:
    await take(session, envelope("account_update", time=at, event=event, **value))


async def restrict(
    session: AsyncSession, *held: tuple[str, datetime | None], at: datetime = NOW
) -> None:
    told = [
        {"restriction_type": kind} | ({"expiration": int(end.timestamp())} if end else {})
        for kind, end in held
    ]
    await news(session, "ACCOUNT_RESTRICTION", at, restriction_info=told)


async def outcome(session: AsyncSession, row: ChannelRow, *, template: str, window: bool) -> str:
    """What becomes of one message: the gate's reason, or sent."""
    thread = await threads.thread(session, row.id, window=threads.OPEN if window else None)
    if template:
        name = f"t{new_id().hex}"
        await factories.template(session, name=name, category=template)
        payload: dict[str, Any] = {"name": name, "language": {"code": "en_US"}, "components": []}
        kind, payload = "template", {"type": "template", "template": payload}
    else:
        kind, payload = "text", {"type": "text", "text": {"body": "Hi"}}
    message = await threads.message(
        session, thread, direction="out", origin="api", state="queued", kind=kind, payload=payload,
        wamid=None,
    )  # fmt: skip
    locked = await lock(session, message)
    assert locked is not None
    return locked.refusal or "sent"
