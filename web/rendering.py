"""Renders templates to HTML responses: whole pages, htmx fragments, errors, toasts."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.clock import now
from api.wording.speech import place_name
from domain.headings import asks_to_stop, told_apart
from domain.loose import parsed
from services.releases import VERSION
from web import filters, i18n, ignored, wording
from web.assets import asset, imported
from web.called import called, person
from web.icons import icon
from web.kit import Kit, attributes
from web.navigation import navigation
from web.page import (
    ANONYMOUS,
    CSRF_FIELD,
    DemoLinks,
    PageContext,
    PageUser,
    current_page,
)
from web.picture_links import picture
from web.webhook_words import reason_words
from web.whatsapp_text import whatsapp_html

__all__ = [
    "CSRF_FIELD",
    "DemoLinks",
    "PageContext",
    "PageUser",
    "environment",
    "is_htmx",
    "page_of",
    "redirect",
    "render",
    "render_error",
    "render_fragment",
    "template_variables",
    "toast",
]

TEMPLATES = Path(__file__).parent / "templates"
FLASH_COOKIE = "flash"
UNDO_SECONDS = 10
"""How long an undo toast stays: less than the time in which undoing is possible."""
THEME_COOKIE = "theme"
_THEMES = {"system", "light", "dark"}
_FLASH_SECONDS = 60

_FILTERS = {
    "language": lambda code: wording.speech().language(code),
    "zone": place_name,
    "number": filters.number,
    "compact": filters.compact,
    "percent": filters.percent,
    "money": filters.money,
    "datetime": filters.date_and_time,
    "date": filters.date_only,
    "time": filters.time_only,
    "ago": filters.ago,
    "duration": filters.duration,
    "bytes": filters.file_size,
    "phone": filters.phone,
    "picture": picture,
    "initials": filters.initials,
    "hue": filters.hue,
    "whatsapp": whatsapp_html,
    "due_tone": filters.due_tone,
    "due_words": filters.due_words,
    "window_words": filters.window_words,
    "window_tone": filters.window_tone,
    "epoch": filters.epoch,
    "webhook_reason": reason_words,
    "called": called,
    "said": wording.said,
    "writer": person,
}


def csrf_field() -> Markup:
    """The hidden input of every form."""
    token = escape(current_page.get().csrf_token)
    return Markup(f'<input type="hidden" name="{CSRF_FIELD}" value="{token}">')  # noqa: S704


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The one Jinja environment: escaping on, undefined names are errors, strings through gettext."""
    created = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        finalize=wording.printed,
    )
    created.install_gettext_callables(  # type: ignore[attr-defined] # added by the i18n extension
        i18n.gettext, i18n.ngettext, newstyle=True
    )
    created.filters.update(_FILTERS)
    created.filters["told_apart"] = told_apart
    created.tests["asking_to_stop"] = asks_to_stop
    created.globals.update(
        icon=icon,
        asset=asset,
        imported=imported,
        csrf_field=csrf_field,
        attributes=attributes,
        ui=Kit(created),
    )
    return created


def page_of(request: Request) -> PageContext:
    """The page context of a request, with locale and theme decided."""
    page: PageContext = getattr(request.state, "page", None) or ANONYMOUS
    theme = page.theme or request.cookies.get(THEME_COOKIE, "")
    locale = page.locale or i18n.negotiate(request.headers.get("accept-language", ""))
    return replace(page, locale=locale, theme=theme if theme in _THEMES else "system")


def is_htmx(request: Request) -> bool:
    """Whether the page requested a part of itself (whole-body requests want the full page)."""
    return ignored.is_part(request.scope)


def template_variables(request: Request, page: PageContext) -> dict[str, Any]:
    """What every template in this request may use besides its own context."""
    path = request.url.path
    sent = parse_qsl(request.url.query, keep_blank_values=True)
    present = {name: value for name, value in sent if name not in ignored.names(request)}

    def query(**changes: Any) -> str:
        kept = present | {key: str(value) for key, value in changes.items() if value is not None}
        dropped = {key for key, value in changes.items() if value is None}
        text = urlencode({key: value for key, value in kept.items() if key not in dropped})
        return f"{path}?{text}" if text else path

    return {
        "request": request,
        "page": page,
        "current_user": page.user,
        "permissions": page.permissions,
        "may": page.may,
        "csrf_token": page.csrf_token,
        "locale": page.locale,
        "timezone": page.timezone,
        "theme": page.theme,
        "demo": page.demo,
        "nav": navigation(page, path),
        "path": path,
        "query": query,
        "flash": _read_flash(request),
        "release": VERSION,
        "ignored": ignored.noted(request),
    }


def _html(
    request: Request, template: str, context: Mapping[str, Any] | None, block: str | None
) -> str:
    page = page_of(request)
    token = current_page.set(page)
    try:
        loaded = environment().get_template(template)
        variables = {**template_variables(request, page), **(context or {})}
        if block is None:
            return loaded.render(variables)
        return "".join(loaded.blocks[block](loaded.new_context(variables)))
    finally:
        current_page.reset(token)


def _respond(html: str, status: int, headers: Mapping[str, str] | None) -> HTMLResponse:
    # the same URL returns a page or a part of it, with private content
    response = HTMLResponse(html, status_code=status, headers=dict(headers or {}))
    response.headers.setdefault("Vary", "HX-Request, HX-Request-Type, Cookie")
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def render(
    request: Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A whole page."""
    response = _respond(_html(request, template, context, None), status, headers)
    if FLASH_COOKIE in request.cookies:
        response.delete_cookie(FLASH_COOKIE, path="/")
    return response


def render_fragment(
    request: Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    block: str | None = None,
) -> HTMLResponse:
    """A part of a page for htmx: a small template, or one ``block`` of a page's template."""
    response = _respond(_html(request, template, context, block), status, headers)
    if left_out := ignored.noted(request):
        toast(response, ignored.sentence([left_out]), "warning")
    return response


def render_error(
    request: Request, status: int, title: str, message: str, code: str = ""
) -> HTMLResponse:
    """An error as a page, or as a toast that leaves an htmx page as it was."""
    nearby = getattr(request.state, "nearby", [])
    context = {"status": status, "title": title, "message": message, "code": code, "nearby": nearby}
    if is_htmx(request):
        headers = {"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"}
        return render_fragment(request, "errors/fragment.html", context, status, headers)
    return render(request, "errors/error.html", context, status)


def toast(response: Response, text: str, tone: str = "success", undo: str = "") -> Response:
    """Let an htmx response show a toast; ``undo`` is a URL its ten-second undo posts to."""
    detail = {"text": text, "tone": tone} | ({"undo": undo} if undo else {})
    response.headers["HX-Trigger"] = json.dumps({"toast": detail})
    return response


def redirect(
    request: Request,
    url: str,
    flash: str = "",
    tone: str = "success",
    undo: str = "",
) -> Response:
    """Redirect to another page, for form posts (303) and htmx alike; ``flash`` is shown there.

    ``undo`` is what its ten-second undo posts to. Without a ``url`` an htmx page is refreshed in place.
    """
    response: Response
    if request.headers.get("hx-request") == "true":
        where = {"HX-Redirect": url} if url else {"HX-Refresh": "true"}
        response = Response(status_code=204, headers=where)
    else:
        response = RedirectResponse(url or "/", status_code=303)
    if flash:
        value = base64.urlsafe_b64encode(
            json.dumps([flash, tone, undo, now().timestamp()]).encode()
        ).decode()
        response.set_cookie(
            FLASH_COOKIE,
            value,
            max_age=_FLASH_SECONDS,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
    return response


def _read_flash(request: Request) -> dict[str, Any] | None:
    try:
        text, tone, *more = parsed(base64.urlsafe_b64decode(request.cookies.get(FLASH_COOKIE, "")))
        undo, at = more or ("", 0)
        # The toast ends when promised, however long the page took to load.
        left = round(1000 * (UNDO_SECONDS - (now().timestamp() - float(at))))
    except (binascii.Error, ValueError, TypeError, OverflowError):
        return None  # no cookie, or not one of ours
    return {
        "text": str(text),
        "tone": str(tone),
        "undo": str(undo) if left > 0 else "",
        "left": left,
    }
