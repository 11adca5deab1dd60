"""People, their sessions, API tokens and failed sign-ins."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from domain.permissions import Role
from store.tables.base import Base, CreatedAt, Id, Timestamp, one_of


class UserRow(Base):
    """A person who signs in; ``email`` is stored in lower case."""

    __tablename__ = "users"
    __table_args__ = (one_of("role", Role),)

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[str]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    locale: Mapped[str] = mapped_column(server_default="en")
    created_at: Mapped[CreatedAt]
    last_login_at: Mapped[datetime | None]
    calendar_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("calendars.id", ondelete="SET NULL")
    )


class SessionRow(Base):
    """A signed-in browser; the cookie holds a random token, the row its SHA-256."""

    __tablename__ = "sessions"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[CreatedAt]
    last_seen_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ip: Mapped[str] = mapped_column(server_default="")
    user_agent: Mapped[str] = mapped_column(String(300), server_default="")
    proxied: Mapped[bool] = mapped_column(server_default="false")  # ip is a proxy's, not theirs


class ApiTokenRow(Base):
    """A token for programs: only its SHA-256 is kept; ``prefix`` helps people recognise it."""

    __tablename__ = "api_tokens"

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    parent_id: Mapped[UUID | None] = (
        mapped_column(  # the token that made this one; they end together
            ForeignKey("api_tokens.id", ondelete="CASCADE"), index=True
        )
    )
    name: Mapped[str]
    prefix: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class LoginThrottleRow(Base):
    """Failed sign-ins per key (``email:…`` or ``ip:…``); locked until a time after too many."""

    __tablename__ = "login_throttles"

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(server_default="0")
    first_failed_at: Mapped[Timestamp]
    locked_until: Mapped[datetime | None]


class IdempotencyRow(Base):
    """The stored answer to a write made with an Idempotency-Key."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None]
    body: Mapped[dict[str, Any] | None]
    created_at: Mapped[CreatedAt] = mapped_column(index=True)
