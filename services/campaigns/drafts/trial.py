"""Send the message of a draft to one number, with the values of a real recipient, before launch."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.errors import Invalid
from services.campaigns import report
from services.campaigns.drafts import preview
from services.messages.address import Address
from services.messages.content import TemplateContent
from services.messages.send import Letter, write_to
from services.messages.views import MessageView


async def send(
    session: AsyncSession,
    campaign_id: UUID,
    actor: Actor,
    phone: str,
    at: int = 0,
    client_id: str | None = None,
) -> MessageView:
    """Queue a test message with the values of the recipient at this position of the preview.

    Commit, then send it like any single message. It is not part of the campaign or its figures; an unknown number
    becomes a contact.
    """
    campaign = await report.one(session, campaign_id)
    if campaign.template_id is None or campaign.channel_id is None:
        raise Invalid("trial_incomplete")
    values = await preview.values(session, campaign, at)
    letter = Letter(TemplateContent(template_id=campaign.template_id, values=values), client_id)
    return await write_to(session, actor, Address(campaign.channel_id, None, phone), letter)
