"""Retry a message that certainly did not arrive: a new message with the same content."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.errors import Conflict
from domain.messages import Direction, Origin
from services.messages import reasons
from services.messages.compose import compose
from services.messages.content import PreparedContent
from services.messages.read import require
from services.messages.views import MessageView
from store import messages, templates
from store.channels import get as get_channel
from store.messages import RETRY_OF, MessageRecord


async def send_again(session: AsyncSession, actor: Actor, message_id: UUID) -> MessageView:
    """Create the message again; repeated requests create only one."""
    old = await require(session, message_id)
    if old.direction != Direction.OUTBOUND or old.campaign_id is not None or old.payload is None:
        raise Conflict("not_retryable")
    if old.state not in reasons.NOT_SENT:
        raise Conflict("not_failed")
    quoted = await _quoted(session, old)
    return await compose(
        session,
        actor,
        channel_id=old.channel_id,
        contact_id=old.contact_id,
        content=await _content(session, old),
        client_id=f"{RETRY_OF}{old.id}",
        origin=Origin(old.origin),
        reply_to=quoted,
    )


async def _quoted(session: AsyncSession, old: MessageRecord) -> UUID | None:
    """The quoted message; if it is gone, the retry quotes nothing."""
    if old.quoted_id is None:
        return None
    quoted = await messages.get(session, old.quoted_id)
    return quoted.id if quoted else None


async def _content(session: AsyncSession, old: MessageRecord) -> PreparedContent:
    payload = old.payload or {}
    return PreparedContent(
        kind=old.kind,
        body=old.body or "",
        payload=payload,
        template_id=await _template(session, old) if old.kind == "template" else None,
    )


async def _template(session: AsyncSession, old: MessageRecord) -> UUID | None:
    template = (old.payload or {}).get("template") or {}
    channel = await get_channel(session, old.channel_id)
    if channel is None:
        return None
    row = await templates.find(
        session,
        waba_id=channel.waba_id,
        meta_id="",
        name=str(template.get("name", "")),
        language=str((template.get("language") or {}).get("code", "")),
    )
    return row.id if row else None
