"""Deliveries about consent, and where people stand after them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from services.receiving.process import process
from tests import factories

PHONE = "34611000222"


def envelope(field: str, *, time: datetime | None = None, **value: Any) -> bytes:
    """A delivery of one change."""
    entry: dict[str, Any] = {"id": factories.WABA_ID, "changes": [{"field": field, "value": value}]}
    if time is not None:
        entry["time"] = int(time.timestamp())
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})


METADATA = {"phone_number_id": factories.PHONE_NUMBER_ID}


def said(*messages: dict[str, Any]) -> bytes:
    """Messages of people."""
    return envelope("messages", metadata=METADATA, messages=list(messages))


def written(body: str, at: datetime, wamid: str, **more: Any) -> dict[str, Any]:
    """A text of the person."""
    return {
        "from": PHONE, "id": wamid, "timestamp": str(int(at.timestamp())), "type": "text",
        "text": {"body": body}, **more,
    }  # fmt: skip


def chosen(value: str, at: datetime, **more: Any) -> bytes:
    """The person's choice in WhatsApp itself."""
    wish = {
        "wa_id": PHONE, "category": "marketing_messages", "value": value,
        "timestamp": int(at.timestamp()), **more,
    }  # fmt: skip
    return envelope("user_preferences", metadata=METADATA, user_preferences=[wish])


@dataclass(frozen=True, slots=True)
class Noted:
    """What deliveries asked for: single messages to send, numbers whose templates are to be fetched."""

    messages: list[UUID]
    syncs: list[UUID]


async def _noted(session: AsyncSession, kind: str, after: int) -> list[UUID]:
    query = text("SELECT entity_id FROM journal WHERE kind = :kind AND id > :after ORDER BY id")
    found = await session.scalars(query, {"kind": kind, "after": after})
    return [UUID(one) for one in found]


async def take(session: AsyncSession, *bodies: bytes) -> Noted:
    """Process these deliveries, one after the other, in this transaction."""
    after = await session.scalar(text("SELECT coalesce(max(id), 0) FROM journal"))
    assert after is not None
    for body in bodies:
        await session.execute(
            text(
                "INSERT INTO webhook_events (digest, body) VALUES (sha256(:body || :salt), :body)"
            ),
            {"body": body, "salt": orjson.dumps(str(new_id()))},
        )
        taken = await process(session)
        assert taken.taken == 1
    dead = await session.scalar(text("SELECT count(*) FROM webhook_events WHERE state = 'dead'"))
    assert dead == 0
    return Noted(
        await _noted(session, "message.queued", after),
        await _noted(session, "templates.sync_asked", after),
    )


async def opted_out(session: AsyncSession, phone_key: str = PHONE) -> datetime | None:
    """Since when the person gets no marketing."""
    query = text("SELECT marketing_opt_out_at FROM contacts WHERE phone_key = :key")
    found: datetime | None = await session.scalar(query, {"key": phone_key})
    return found


async def contact_id(session: AsyncSession, phone_key: str = PHONE) -> UUID:
    """Who it is."""
    query = text("SELECT id FROM contacts WHERE phone_key = :key")
    found: UUID = (await session.execute(query, {"key": phone_key})).scalar_one()
    return found
