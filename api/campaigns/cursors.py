"""Where the next page of the list of campaigns begins."""

import base64
import binascii
from datetime import datetime
from uuid import UUID

from domain.errors import Invalid
from services.campaigns.views import CampaignView

Position = tuple[datetime, UUID]


def encode(campaign: CampaignView) -> str:
    """The cursor behind this campaign."""
    key = f"{campaign.created_at.isoformat()} {campaign.id}"
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def decode(cursor: str) -> Position | None:
    """The key in a cursor; None when there is none."""
    if not cursor:
        return None
    try:
        at, _, campaign_id = base64.urlsafe_b64decode(cursor + "===").decode().partition(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(at)
        return moment, UUID(campaign_id)
    except (binascii.Error, ValueError) as error:
        message = "This page address is not valid. Start from the first page."
        raise Invalid("cursor_invalid", message, {"cursor": message}) from error
