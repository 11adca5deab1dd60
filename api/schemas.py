"""Shapes that several routes share, or a route and a form."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.strict import Strict
from domain.permissions import Role
from domain.users import BrowserSession
from services.channels.write import DEFAULT_API_URL, DEFAULT_API_VERSION, ChannelForm

Secret = Annotated[str, Field(max_length=2000)]


class ChannelIn(Strict):
    """A number to connect. Secrets are stored encrypted and never returned.

    When changing a channel, an empty secret keeps the stored one; another ``api_url`` requires all of them again, and a
    person.
    """

    name: str = Field(max_length=200)
    phone_number_id: str = Field(max_length=64)
    waba_id: str = Field(max_length=64)
    access_token: Secret = ""
    app_secret: Secret = ""
    verify_token: Secret = ""
    api_url: str = Field(default=DEFAULT_API_URL, max_length=300)
    api_version: str = Field(default=DEFAULT_API_VERSION, max_length=10)
    portfolio_id: UUID | None = None

    def form(self) -> ChannelForm:
        """As the service takes it."""
        return ChannelForm(**self.model_dump())


class UserOut(BaseModel):
    """A person on the team."""

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
    """A signed-in browser; ``id`` is for ending the session and is not the cookie."""

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
