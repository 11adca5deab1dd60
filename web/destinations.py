"""Ctrl+K destinations besides pages: people, campaigns and templates matching the input."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.deps import ReadSessionDep
from api.security import Principal, requires
from domain.contacts import ContactFilter
from domain.permissions import Permission
from domain.templates import TemplateFilter
from services.campaigns import report
from services.contacts import search
from services.templates import search as templates
from web.filters import phone
from web.i18n import gettext as _
from web.rendering import render_fragment

router = APIRouter(prefix="/go", include_in_schema=False)

EACH = 5
FEWEST = 2
"""The fewest letters worth searching for."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A thing with a page; ``about`` distinguishes it from others with the same name."""

    label: str
    about: str
    href: str
    icon: str


@router.get("")
async def found(
    request: Request,
    principal: Annotated[Principal, requires(Permission.SIGNED_IN)],
    session: ReadSessionDep,
    q: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Matches the viewer may see, a few of each kind."""
    words = q.strip()
    listed = (
        [one async for one in _found(session, principal, words)] if len(words) >= FEWEST else []
    )
    return render_fragment(request, "layout/destinations.html", {"found": listed})


async def _found(
    session: AsyncSession, principal: Principal, words: str
) -> AsyncIterator[Destination]:
    if principal.may(Permission.CONTACTS_READ):
        people = await search.page(session, ContactFilter(search=words), limit=EACH)
        for contact in people.items:
            number = phone(contact.phone) if contact.phone else ""
            label, about = (contact.name, number) if contact.name else (number, "")
            yield Destination(label, about or _("Contact"), f"/contacts/{contact.id}", "user-round")
    if principal.may(Permission.CAMPAIGNS_READ):
        for campaign in await report.page(session, search=words, limit=EACH):
            about = _("Campaign")
            yield Destination(campaign.name, about, f"/campaigns/{campaign.id}", "megaphone")
    if principal.may(Permission.TEMPLATES_READ):
        groups = await templates.groups(session, TemplateFilter(search=words), limit=EACH)
        for group in groups.groups:
            first = group.lead.row
            yield Destination(
                first.name, _("Template"), f"/templates/{first.id}", "layout-template"
            )
