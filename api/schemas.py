"""Shapes that several routes share."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.permissions import Role
from domain.users import BrowserSession


class UserOut(BaseModel):
    """A person of the team."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    name: str
    role: Role
    is_active: bool
    timezone: str
    locale: str
    created_at: datetime
    last_login_at: datetime | None


class SessionOut(BaseModel):
    """A signed-in browser; ``id`` ends it and is not the cookie."""

    id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ip: str
    user_agent: str
    current: bool

    @classmethod
    def of(cls, browser: BrowserSession, current: bytes) -> Self:
        """The session as its owner sees it."""
        return cls(
            id=browser.token_hash.hex(),
            created_at=browser.created_at,
            last_seen_at=browser.last_seen_at,
            expires_at=browser.expires_at,
            ip=browser.ip,
            user_agent=browser.user_agent,
            current=browser.token_hash == current,
        )
