"""What every HTML page knows about its viewer; the auth layer fills it, templates read it."""

from contextvars import ContextVar
from dataclasses import dataclass

CSRF_FIELD = "csrf"


@dataclass(frozen=True, slots=True)
class PageUser:
    """The signed-in person as pages show them."""

    id: str
    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class DemoLinks:
    """Where the demo's other windows are; present only in demo mode."""

    phone_url: str
    temporal_url: str


@dataclass(frozen=True, slots=True)
class PageContext:
    """Everything the frame of a page needs; the defaults are an anonymous visitor.

    ``locale`` and ``theme`` may be empty: then the request's Accept-Language and the theme cookie
    decide. An empty ``timezone`` means the browser's own. ``trouble`` is what keeps the installation
    from its work: database_full, disk_full, folder_closed or disk_low.
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
    """How far live events had come before anything on the page was read."""
    warning: str = ""
    """What administrators must know before anything else; shown on every page of theirs."""

    def may(self, permission: str) -> bool:
        """Whether the viewer holds the permission (``resource:action``)."""
        return permission in self.permissions


ANONYMOUS = PageContext(locale="en")

current_page: ContextVar[PageContext] = ContextVar("current_page", default=ANONYMOUS)
"""The page being rendered; filters and macros read locale, zone and token from here."""
