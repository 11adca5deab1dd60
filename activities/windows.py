"""Close a conversation's 24-hour window, once, when its deadline has really passed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from temporalio import activity

from activities.dependencies import Dependencies
from services.receiving import windows


@dataclass(frozen=True)
class CloseWindow:
    """Which window."""

    conversation_id: UUID
    opened_at: datetime


class Windows:
    """Activities of windows."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._sessions = dependencies.sessions

    @activity.defn(name="windows.close")
    async def close(self, request: CloseWindow) -> datetime | None:
        """Close the window; returns the new deadline if a later message moved it."""
        async with self._sessions.begin() as session:
            return await windows.close(session, request.conversation_id, request.opened_at)
