"""Send the message of a draft to one number, with the values of a real recipient, before launch."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.errors import Invalid
from domain.messages import Origin
from services.campaigns import preview, report
from services.messages.address import Address, resolve
from services.messages.compose import compose
from services.messages.content import TemplateContent
from services.messages.views import MessageView


async def send(
    session: AsyncSession,
    campaign_id: UUID,
    actor: Actor,
    phone: str,
    at: int = 0,
    client_id: str | None = None,
) -> MessageView:
    """Keep the test to send, with the values of the recipient at this place of the preview.

    Commit, then send it like any single message. It is no part of the campaign and in none of its
    figures; a number nobody has becomes a contact.
    """
    campaign = await report.one(session, campaign_id)
    if campaign.template_id is None or campaign.channel_id is None:
        raise Invalid("trial_incomplete")
    values = await preview.values(session, campaign, at)
    channel_id, contact_id = await resolve(
        session, actor, Address(campaign.channel_id, None, phone)
    )
    return await compose(
        session,
        actor,
        channel_id=channel_id,
        contact_id=contact_id,
        content=TemplateContent(template_id=campaign.template_id, values=values),
        client_id=client_id,
        origin=Origin.INBOX,
    )
