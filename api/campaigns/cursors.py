"""Where the next page of the list of campaigns begins."""

from datetime import datetime
from uuid import UUID

from domain import cursors
from domain.errors import Invalid
from services.campaigns.views import CampaignView

Position = tuple[datetime, UUID]


def encode(campaign: CampaignView) -> str:
    """The cursor behind this campaign."""
    return cursors.encode((campaign.created_at.isoformat(), str(campaign.id)))


def decode(cursor: str) -> Position | None:
    """The key in a cursor; None when there is none."""
    found = cursors.decode(cursor, 2)
    if found is None:
        return None
    try:
        moment, campaign_id = datetime.fromisoformat(found[0]), UUID(found[1])
    except ValueError as error:
        raise _wrong() from error
    if moment.tzinfo is None:
        raise _wrong()
    return moment, campaign_id


def _wrong() -> Invalid:
    return Invalid("cursor_invalid")
