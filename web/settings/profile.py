"""Settings of the person: profile, password, signed-in browsers."""

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from api.clock import now
from api.deps import ReadSessionDep, SessionDep, StateDep
from api.security import Principal, requires
from domain.contacts import timezones
from domain.errors import DomainError, Invalid, LimitReached
from domain.permissions import Permission
from services import sessions, signin, users
from services.users import ANY_ZONE, UTC_CHOSEN
from web.i18n import gettext as _
from web.rendering import redirect
from web.settings.browsers import browser_name
from web.settings.frame import settings_page

router = APIRouter(prefix="/settings", include_in_schema=False)

SignedIn = Annotated[Principal, requires(Permission.SIGNED_IN)]
Text = Annotated[str, Form(max_length=300)]

LANGUAGES = (("en", "English"),)


@cache
def zones() -> list[tuple[str, str]]:
    """Every time zone: first "my browser's", then UTC."""
    return [("", _("My browser's time zone")), *named_zones()]


@cache
def named_zones() -> list[tuple[str, str]]:
    """Every time zone by name, UTC first."""
    named = sorted(zone for zone in timezones() if "/" in zone and zone != UTC_CHOSEN)
    return [(UTC_CHOSEN, "UTC"), *((zone, zone.replace("_", " ")) for zone in named)]


@router.get("")
async def index(request: Request, _principal: SignedIn) -> Response:
    """The first settings page."""
    return redirect(request, "/settings/profile")


async def _profile_page(
    request: Request, principal: Principal, session: SessionDep, error: DomainError | None = None
) -> Response:
    user = await users.get(session, principal.user_id)
    zone = "" if user.timezone == ANY_ZONE else user.timezone
    context = {"user": user, "zone": zone, "zones": zones(), "languages": LANGUAGES}
    return settings_page(request, principal, "profile", context, error)


@router.get("/profile")
async def profile_page(request: Request, principal: SignedIn, session: ReadSessionDep) -> Response:
    """Name, time zone, language and password."""
    return await _profile_page(request, principal, session)


@router.post("/profile")
async def save_profile(
    request: Request,
    principal: SignedIn,
    session: SessionDep,
    name: Text = "",
    timezone: Text = "",
    locale: Text = "en",
) -> Response:
    """Save name, time zone and language."""
    try:
        await users.change_profile(
            session,
            principal.actor,
            principal.user_id,
            name=name,
            timezone=timezone,
            locale=locale,
        )
    except Invalid as error:
        return await _profile_page(request, principal, session, error)
    return redirect(request, "/settings/profile", flash=_("Profile saved."))


@router.post("/password")
async def save_password(
    request: Request,
    principal: SignedIn,
    session: SessionDep,
    state: StateDep,
    current_password: Text = "",
    new_password: Text = "",
    repeated_password: Text = "",
) -> Response:
    """Change the password; other browsers are signed out."""
    principal.require_person()
    try:
        if new_password != repeated_password:
            raise Invalid("password_repeat", field="repeated_password")
        await signin.change_password(
            state.sessions,
            principal.actor,
            principal.user_id,
            current=current_password,
            new=new_password,
            keep_session=principal.session_hash,
            now=now(),
        )
    except (Invalid, LimitReached) as error:
        return await _profile_page(request, principal, session, error)
    done = _("Password changed. Your other browsers were signed out and your API tokens revoked.")
    return redirect(request, "/settings/profile", flash=done)


@router.get("/sessions")
async def sessions_page(request: Request, principal: SignedIn, session: ReadSessionDep) -> Response:
    """Browsers this person is signed in with."""
    found = await sessions.list_for(session, principal.user_id, now())
    rows = [
        {
            "handle": item.token_hash.hex(),
            "browser": browser_name(item.user_agent),
            "item": item,
            "current": item.token_hash == principal.session_hash,
        }
        for item in found
    ]
    return settings_page(request, principal, "sessions", {"rows": rows})


@router.post("/sessions/end-others")
async def end_others(request: Request, principal: SignedIn, session: SessionDep) -> Response:
    """Sign every other browser of this person out."""
    principal.require_person()
    await sessions.revoke_others(session, principal.user_id, principal.session_hash)
    return redirect(request, "/settings/sessions", flash=_("Your other browsers are signed out."))


@router.post("/sessions/{handle}/end")
async def end_session(
    handle: str, request: Request, principal: SignedIn, session: SessionDep
) -> Response:
    """Sign one browser out."""
    principal.require_person()
    await sessions.revoke(session, principal.user_id, handle)
    return redirect(request, "/settings/sessions", flash=_("That browser is signed out."))
