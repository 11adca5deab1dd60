"""What the inbox shows: the filters in the address, as conditions and links."""

from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Request

from domain.conversations import ConversationFilter, ConversationStatus
from domain.targets import Lateness
from web import ignored

FIRST_SHOWN = 40
MOST_SHOWN = 480
EVERY = "all"
DUE = ("", *(one.value for one in Lateness))
VIEWS = (EVERY, "mine", "unassigned")
STATUSES = (*(status.value for status in ConversationStatus), EVERY)


@dataclass(frozen=True, slots=True)
class InboxQuery:
    """The filters; ``shown`` rows from the top, or after the conversation ``after``."""

    view: str = EVERY
    status: str = ConversationStatus.OPEN.value
    unread: bool = False
    due: str = ""
    search: str = ""
    shown: int = FIRST_SHOWN
    after: str = ""

    def conditions(self, user_id: UUID) -> ConversationFilter:
        """The filter for the store; a search covers everything."""
        return ConversationFilter(
            status=None if self.status == EVERY or self.search else self.status,
            assignee_id=user_id if self.view == "mine" else None,
            unassigned=self.view == "unassigned",
            unread=self.unread,
            due=Lateness(self.due) if self.due else None,
            search=self.search,
        )

    @property
    def parameters(self) -> dict[str, Any]:
        """The query parameters of an address; defaults are omitted."""
        values = {
            "view": (self.view, EVERY),
            "status": (self.status, ConversationStatus.OPEN.value),
            "unread": (int(self.unread), 0),
            "due": (self.due, ""),
            "q": (self.search, ""),
            "shown": (self.shown, FIRST_SHOWN),
            "after": (self.after, ""),
        }
        return {name: value for name, (value, default) in values.items() if value != default}

    def link(self, path: str, **changes: Any) -> str:
        """The address of a part of the inbox with these filters, some of them changed."""
        changed = replace(self, **changes)
        parameters = changed.parameters
        return f"{path}?{urlencode(parameters)}" if parameters else path


def from_address(
    request: Request,
    view: str = EVERY,  # noqa: ARG001 - declared, and judged below
    status: str = ConversationStatus.OPEN.value,  # noqa: ARG001
    unread: bool = False,
    due: str = "",  # noqa: ARG001
    q: str = "",
    shown: int = FIRST_SHOWN,
    after: str = "",
) -> InboxQuery:
    """A request's filters; an unknown value becomes the default."""
    return InboxQuery(
        view=ignored.known(request, "view", VIEWS) or EVERY,
        status=ignored.known(request, "status", STATUSES) or ConversationStatus.OPEN.value,
        unread=unread,
        due=ignored.known(request, "due", DUE) or "",
        search=q.strip()[:200],
        shown=min(max(shown, FIRST_SHOWN), MOST_SHOWN),
        after=after[:100],
    )


QueryDep = Annotated[InboxQuery, Depends(from_address)]
