"""Signed-in browsers: start, recognise, list and end their sessions, stored in PostgreSQL."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import NotFound
from domain.users import BrowserSession, User
from store import idempotency, live, sessions
from store.faults import where_there_is_room

LONGEST = timedelta(days=30)
"""The most a session lasts, even if used every day."""

TOUCH_EVERY = timedelta(minutes=1)
KEEP_FAILURES = timedelta(days=1)
KEEP_ANSWERS = timedelta(days=2)
"""How long answers are kept for repeated requests, as docs/api.md promises."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A recognised session and its owner."""

    user: User
    token_hash: bytes
    expires_at: datetime


def digest(token: str) -> bytes:
    """The hash stored instead of a token."""
    return sha256(token.encode()).digest()


async def start(
    session: AsyncSession,
    user_id: UUID,
    *,
    now: datetime,
    hours: int,
    ip: str,
    user_agent: str,
    proxied: bool = False,
) -> str:
    """Start a session; returns the token for the cookie, which is stored nowhere.

    ``proxied``: the address is an untrusted proxy's (``whatsway doctor`` says so).
    """
    token = secrets.token_urlsafe(32)
    await sessions.add(
        session,
        token_hash=digest(token),
        user_id=user_id,
        now=now,
        expires_at=now + min(timedelta(hours=hours), LONGEST),
        ip=ip,
        user_agent="".join(c for c in user_agent if c.isprintable())[:300],
        proxied=proxied,
    )
    return token


async def resolve(
    session: AsyncSession, token: str, now: datetime, hours: int | None
) -> SignedIn | None:
    """Who this cookie signs in, or None; extends the session to ``hours`` from now.

    At most once a minute, and never for None.
    """
    found = await sessions.find(session, digest(token), now)
    if found is None:
        return None
    browser, user = found
    expires_at = browser.expires_at
    if hours is not None and now - browser.last_seen_at >= TOUCH_EVERY:
        expires_at = min(now + timedelta(hours=hours), browser.created_at + LONGEST)
        with where_there_is_room():
            await sessions.touch(session, browser.token_hash, now, expires_at)
    return SignedIn(user, browser.token_hash, expires_at)


async def end(session: AsyncSession, token: str) -> None:
    """Sign this browser out; does nothing if it already is."""
    owner = await sessions.remove(session, digest(token))
    if owner is not None:
        await live.access_changed(session, owner)


async def list_for(session: AsyncSession, user_id: UUID, now: datetime) -> list[BrowserSession]:
    """Live sessions of one person, the most recently used first."""
    return await sessions.of_user(session, user_id, now)


async def revoke(session: AsyncSession, user_id: UUID, handle: str) -> None:
    """End one session of this person by its hash in hex; raises NotFound if there is none."""
    try:
        token_hash = bytes.fromhex(handle)
    except ValueError:
        token_hash = b""
    if not await sessions.remove(session, token_hash, user_id):
        raise NotFound("session_not_found")
    await live.access_changed(session, user_id)


async def revoke_others(session: AsyncSession, user_id: UUID, keep: bytes = b"") -> int:
    """End every session of this person except one; returns how many ended."""
    ended = await sessions.remove_all(session, user_id, keep)
    await live.access_changed(session, user_id)
    return ended


async def purge(session: AsyncSession, now: datetime) -> int:
    """Delete ended sessions, old failed sign-ins and old stored answers; returns the number of sessions."""
    await sessions.purge_failures(session, now - KEEP_FAILURES)
    await idempotency.purge(session, now - KEEP_ANSWERS)
    return await sessions.remove_expired(session, now)
