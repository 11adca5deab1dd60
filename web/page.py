"""What every HTML page knows about its viewer: filled by the auth layer, read by templates."""

from contextvars import ContextVar
from dataclasses import dataclass

CSRF_FIELD = "csrf"


@dataclass(frozen=True, slots=True)
class PageUser:
    """The signed-in person as shown on pages."""

    id: str
    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class DemoLinks:
    """Links to the demo's other windows; only in demo mode."""

    phone_url: str
    temporal_url: str


@dataclass(frozen=True, slots=True)
class PageContext:
    """Everything the frame of a page needs; the defaults are an anonymous visitor.

    ``locale`` and ``theme`` may be empty: then the request's Accept-Language and the theme cookie
    decide. An empty ``timezone`` means the browser's own. ``trouble`` is a problem of the installation: database_full,
    disk_full, folder_closed or disk_low.
    """

    user: PageUser | None = None
    permissions: frozenset[str] = frozenset()
    csrf_token: str = ""
    locale: str = ""
    timezone: str = ""
    theme: str = ""
    demo: DemoLinks | None = None
    trouble: str = ""
    workspace: str = "WhatsWay"
    live_position: str = ""
    """The position of live events before anything on the page was read."""
    warning: str = ""
    """A warning for administrators, shown on every page."""

    def may(self, permission: str) -> bool:
        """Whether the viewer has the permission (``resource:action``)."""
        return permission in self.permissions


ANONYMOUS = PageContext(locale="en")

current_page: ContextVar[PageContext] = ContextVar("current_page", default=ANONYMOUS)
"""The page being rendered; filters and macros read locale, zone and token from here."""
