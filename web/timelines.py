"""What happened to a contact, as a part of their page."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.deps import ReadSessionDep
from api.security import Principal, requires
from domain.permissions import Permission
from domain.timelines import PAGE_LIMIT
from services.contacts import timeline
from web.rendering import render_fragment

router = APIRouter(prefix="/contacts", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.CONTACTS_READ)]

ACTIVITY_SHOWN, ACTIVITY_MORE = 10, 30
"""Lines that a contact's page shows at first, and how many more each time somebody asks for earlier ones."""


@router.get("/{contact_id:uuid}/activity")
async def activity(
    request: Request,
    contact_id: UUID,
    _principal: Reader,
    session: ReadSessionDep,
    shown: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = ACTIVITY_SHOWN,
    cursor: Annotated[str, Query(max_length=600)] = "",
) -> Response:
    """What happened to the contact; ``cursor`` for what lies before the most that is shown at once."""
    found = await timeline.page(session, contact_id, cursor=cursor or None, limit=shown)
    context = {
        "contact_id": contact_id,
        "activity": found,
        "shown": shown,
        "grown": min(shown + ACTIVITY_MORE, PAGE_LIMIT) if shown < PAGE_LIMIT else 0,
    }
    template = "contacts/_activity_older.html" if cursor else "contacts/_activity.html"
    return render_fragment(request, template, context)
