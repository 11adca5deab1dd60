"""The main navigation: what the viewer may open, the current page, and counts of what is waiting."""

from dataclasses import dataclass

from web.i18n import gettext
from web.page import PageContext


@dataclass(frozen=True, slots=True)
class NavItem:
    """One line of the sidebar; ``bar`` also puts it in the bottom bar of a phone.

    ``live`` is the address of a count of what is waiting there, fetched after the page.
    """

    label: str
    href: str
    icon: str
    permission: str
    bar: bool = False
    live: str = ""
    active: bool = False
    secondary: bool = False


UNREAD = "/inbox/unread"


def _is_at(path: str, href: str) -> bool:
    return path == "/" if href == "/" else path == href or path.startswith(f"{href}/")


def navigation(page: PageContext, path: str) -> list[NavItem]:
    """Sidebar entries in order, only those the viewer's permissions allow."""
    _ = gettext
    entries = (
        (_("Dashboard"), "/", "layout-dashboard", "dashboard:read", True, "", False),
        (_("Inbox"), "/inbox", "inbox", "conversations:read", True, UNREAD, False),
        (_("Contacts"), "/contacts", "users", "contacts:read", True, "", False),
        (_("Campaigns"), "/campaigns", "megaphone", "campaigns:read", True, "", False),
        (_("Automations"), "/automations", "workflow", "automations:read", False, "", False),
        (_("Templates"), "/templates", "layout-template", "templates:read", False, "", False),
        (_("Channels"), "/channels", "smartphone", "channels:read", False, "", True),
        (_("Settings"), "/settings", "settings", "signed_in", False, "", True),
    )
    return [
        NavItem(label, href, icon, permission, bar, live, _is_at(path, href), secondary)
        for label, href, icon, permission, bar, live, secondary in entries
        if page.may(permission)
    ]
