"""The main navigation: what the viewer may open, the current page, and counts of what is waiting."""

from dataclasses import dataclass, replace

from web.i18n import gettext
from web.page import PageContext


@dataclass(frozen=True, slots=True)
class NavItem:
    """One line of the sidebar; ``bar`` also puts it in the bottom bar of a phone.

    ``live`` is the address of a count of what is waiting there, fetched after the page; ``once`` of one that does not
    change while the page is open.
    """

    label: str
    href: str
    icon: str
    permission: str
    bar: bool = False
    live: str = ""
    once: str = ""
    active: bool = False
    secondary: bool = False


UNREAD = "/inbox/unread"
WEBHOOKS = "/settings/webhooks"


def _is_at(path: str, href: str) -> bool:
    return path == "/" if href == "/" else path == href or path.startswith(f"{href}/")


def navigation(page: PageContext, path: str) -> list[NavItem]:
    """Sidebar entries in order, only those the viewer's permissions allow."""
    _ = gettext
    entries = (
        NavItem(_("Dashboard"), "/", "layout-dashboard", "dashboard:read", bar=True),
        NavItem(_("Inbox"), "/inbox", "inbox", "conversations:read", bar=True, live=UNREAD),
        NavItem(_("Contacts"), "/contacts", "users", "contacts:read", bar=True),
        NavItem(_("Campaigns"), "/campaigns", "megaphone", "campaigns:read", bar=True),
        NavItem(_("Automations"), "/automations", "workflow", "automations:read"),
        NavItem(_("Templates"), "/templates", "layout-template", "templates:read"),
        NavItem(_("Channels"), "/channels", "smartphone", "channels:read", secondary=True),
        NavItem(_("Webhook log"), WEBHOOKS, "webhook", "webhooks:read", once=f"{WEBHOOKS}/waiting", secondary=True),
        NavItem(_("Settings"), "/settings", "settings", "signed_in", secondary=True),
    )  # fmt: skip
    shown = [item for item in entries if page.may(item.permission)]
    # The longest address is where the page is: the webhook log is a part of the settings, too.
    at = max((item.href for item in shown if _is_at(path, item.href)), key=len, default="")
    return [replace(item, active=item.href == at) for item in shown]
