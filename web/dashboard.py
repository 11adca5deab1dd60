"""The dashboard: a new team's checklist, the last 24 hours, running campaigns, health of the numbers."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.clock import now
from api.deps import ReadSessionDep
from api.security import Principal, requires
from domain.permissions import Permission
from services import checklist, dashboard
from services.dashboard import Running
from services.receiving import log as receiving
from web.campaigns import words
from web.i18n import gettext as _
from web.pages import page
from web.rendering import render_fragment

router = APIRouter(include_in_schema=False)

OWN = {checklist.Step.SIGN_IN, checklist.Step.PROFILE}
"""Steps for a person who was invited."""

Viewer = Annotated[Principal, requires(Permission.DASHBOARD_READ)]


@router.get("/")
async def dashboard_page(
    request: Request,
    principal: Viewer,
    session: ReadSessionDep,
    part: Literal["", "receiving", "numbers", "running", "steps", "health"] = "",
) -> Response:
    """The whole page, or one of the parts that refresh themselves."""
    moment = now()
    readers = {
        "receiving": _receiving, "numbers": _numbers, "running": _running, "steps": _steps,
        "health": _health,
    }  # fmt: skip
    if part in readers:
        context = await readers[part](session, moment, principal)
        return render_fragment(request, f"dashboard/{part}.html", context)
    context = {"greeting": _greeting, "name": principal.name.split()[0] if principal.name else ""}
    for read in readers.values():
        context |= await read(session, moment, principal)
    return page(request, principal, "dashboard/page.html", context)


async def _numbers(session: AsyncSession, moment: datetime, _viewer: Principal) -> dict[str, Any]:
    return {"numbers": await dashboard.numbers(session, moment)}


async def _running(session: AsyncSession, moment: datetime, viewer: Principal) -> dict[str, Any]:
    may = viewer.may(Permission.CAMPAIGNS_READ)
    found = await dashboard.running(session, moment) if may else []
    return {"running": found, "rooms": rooms(found), "words": words}


async def _steps(session: AsyncSession, _moment: datetime, viewer: Principal) -> dict[str, Any]:
    found = await checklist.read(session, viewer.user_id)
    return {"steps": lambda: steps(found, viewer)}


async def _health(session: AsyncSession, moment: datetime, _viewer: Principal) -> dict[str, Any]:
    return {"health": await dashboard.health(session), "now": moment}


async def _receiving(
    session: AsyncSession, _moment: datetime, _viewer: Principal
) -> dict[str, Any]:
    return {"standing": await receiving.standing(session), "patience": receiving.PATIENCE_S}


def rooms(running: list[Running]) -> str:
    """The live rooms of running campaigns."""
    return " ".join(["dashboard", *(f"campaign:{item.campaign.id}" for item in running)])


def _greeting(name: str) -> str:
    return _("Hello, %(name)s") % {"name": name} if name else _("Hello")


def steps(found: checklist.Checklist, viewer: Principal) -> list[dict[str, Any]]:
    """The checklist in words: only what the viewer can do, each with a link.

    Invited people also have two of their own: changing the password they were given, and the profile.
    """
    lines = (
        (checklist.Step.SIGN_IN, _("Choose your own password"),
         _("Someone else has seen the one you were given."),
         "/settings/profile", _("Change it"), Permission.SIGNED_IN),
        (checklist.Step.PROFILE, _("Check your profile"),
         _("Your name as the team sees it, and the time zone of all times."),
         "/settings/profile", _("Open it"), Permission.SIGNED_IN),
        (checklist.Step.CHANNEL, _("Connect a number"),
         _("Your WhatsApp numbers are under Channels; each one is checked live."),
         "/channels", _("Connect"), Permission.CHANNELS_WRITE),
        (checklist.Step.OWN_MESSAGE, _("Send yourself a message"),
         _("Write to your number from a phone, then answer in the inbox."),
         "/inbox", _("Open the inbox"), Permission.MESSAGES_SEND),
        (checklist.Step.CONTACTS, _("Import ten contacts"),
         _("From a CSV or Excel file, with a preview before anything is written."),
         "/contacts/import", _("Import"), Permission.CONTACTS_WRITE),
        (checklist.Step.TEMPLATES, _("Sync your templates"),
         _("Fetch the messages WhatsApp has approved for you."),
         "/templates", _("Sync"), Permission.TEMPLATES_WRITE),
        (checklist.Step.CAMPAIGN, _("Send your first campaign"),
         _("Choose people and a template, look at it on a phone, send."),
         "/campaigns", _("Start"), Permission.CAMPAIGNS_LAUNCH),
        (checklist.Step.COLLEAGUE, _("Invite a colleague"),
         _("Everyone signs in with their own name and role."),
         "/settings/team", _("Invite"), Permission.USERS_WRITE),
    )  # fmt: skip
    own = set() if viewer.may(Permission.USERS_WRITE) else OWN
    return [
        {"title": title, "text": text, "done": step in found.done, "href": href, "action": action}
        for step, title, text, href, action, permission in lines
        if viewer.may(permission) and (step in own or step not in OWN)
    ]
