"""What all settings pages share: tabs, and showing a refused form again."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.errors import describe
from api.security import Principal
from domain.errors import DomainError
from domain.permissions import Permission
from web.i18n import gettext
from web.pages import page
from web.wording import speech


def sections(principal: Principal, current: str) -> list[dict[str, Any]]:
    """The tabs this person may open."""
    _ = gettext
    entries = (
        (_("Profile"), "profile", Permission.SIGNED_IN),
        (_("Signed-in browsers"), "sessions", Permission.SIGNED_IN),
        (_("Team"), "team", Permission.USERS_READ),
        (_("Labels"), "labels", Permission.CONVERSATIONS_WRITE),
        (_("Working hours"), "hours", Permission.CONVERSATIONS_READ),
        (_("Response targets"), "targets", Permission.CALENDARS_WRITE),
        (_("API tokens"), "tokens", Permission.TOKENS_WRITE),
        (_("Secrets"), "secrets", Permission.AUTOMATIONS_RUN),
        (_("Audit log"), "audit", Permission.AUDIT_READ),
        (_("Webhook log"), "webhooks", Permission.WEBHOOKS_READ),
        (_("System"), "system", Permission.SYSTEM_READ),
    )
    return [
        {"label": label, "href": f"/settings/{name}", "active": name == current}
        for label, name, permission in entries
        if principal.may(permission)
    ]


def settings_page(
    request: Request,
    principal: Principal,
    name: str,
    context: Mapping[str, Any],
    error: DomainError | None = None,
) -> HTMLResponse:
    """One settings page (``name`` is its template, in the folder of its tab); with an error, a form shown again without
    any change.
    """
    problem = describe(error, speech()) if error else None
    shown = {
        "sections": sections(principal, name.partition("/")[0]),
        "errors": dict(problem.fields) if problem else {},
        "message": problem.detail if problem and not problem.fields else "",
        **context,
    }
    status = problem.status if problem else 200
    # Some of these pages show a secret once: the browser must not keep a copy.
    headers = {"Cache-Control": "no-store"}
    return page(request, principal, f"settings/{name}.html", shown, status, headers)
