"""Resumable uploads: sessions that accept a file in chunks and return a handle at the end."""

import secrets
from dataclasses import dataclass, field
from time import monotonic

SESSION_S = 24 * 3_600.0
LARGEST = 100 * 1024 * 1024
KEPT = 200


@dataclass(slots=True)
class Session:
    """One upload in progress."""

    id: str
    length: int
    mime_type: str
    name: str
    started: float = field(default_factory=monotonic)
    data: bytearray = field(default_factory=bytearray)

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return len(self.data) == self.length


class Uploads:
    """Open sessions and the files behind their handles; the oldest are forgotten."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._files: dict[str, tuple[str, bytes]] = {}

    def start(self, length: int, mime_type: str, name: str) -> Session:
        """A new session; its id contains a query, like Meta's."""
        session = Session(
            f"upload:MTphdHRhY2htZW50O{secrets.token_urlsafe(24)}?sig=ARZ{secrets.token_urlsafe(16)}",
            length,
            mime_type,
            name,
        )
        self._sessions[session.id] = session
        while len(self._sessions) > KEPT:
            del self._sessions[next(iter(self._sessions))]
        return session

    def find(self, identifier: str) -> Session | None:
        """An open session."""
        session = self._sessions.get(identifier)
        return session if session and monotonic() - session.started < SESSION_S else None

    def finish(self, session: Session) -> str:
        """The handle of a whole file."""
        handle = f"4::{secrets.token_urlsafe(12)}:{secrets.token_urlsafe(60)}"
        self._files[handle] = (session.mime_type, bytes(session.data))
        while len(self._files) > KEPT:
            del self._files[next(iter(self._files))]
        del self._sessions[session.id]
        return handle

    def holds(self, handle: str) -> bool:
        """Whether this handle was issued here."""
        return handle in self._files
