"""Signing in with a password: throttled per address and per person, equal in time for unknown people."""

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import Actor
from domain.errors import LimitReached
from domain.users import MAX_PASSWORD, User
from services import audit, passwords
from store import sessions as rows
from store import users

WINDOW = timedelta(hours=1)
PER_PERSON = 5
PER_IP = 50
LONGEST_LOCK = timedelta(minutes=15)


async def authenticate(
    sessions: async_sessionmaker[AsyncSession], email: str, password: str, *, ip: str, now: datetime
) -> User | None:
    """The person with this password, or None; LimitReached after too many wrong tries.

    Opens its own transactions: a failed try must be counted although the request fails, and no
    transaction stays open while the hash is computed.
    """
    address = email.strip().lower()[:254].replace("\x00", "")
    async with sessions.begin() as session:
        await _count(session, f"email:{address}", PER_PERSON, now)
        await _count(session, f"ip:{ip}", PER_IP, now)
        found = await users.by_email(session, address)
    user, stored = found or (None, None)
    right = await passwords.verify(password[:MAX_PASSWORD], stored)
    if user is None or stored is None or not right or not user.is_active:
        return None
    upgraded = await passwords.create(password) if passwords.is_outdated(stored) else None
    async with sessions.begin() as session:
        await _welcome(session, user, upgraded, ip=ip, now=now)
    return user


async def _count(session: AsyncSession, key: str, allowed: int, now: datetime) -> None:
    """Count the try before the password is looked at, so that parallel guesses count too."""
    until = await rows.locked_until(session, [key], now)
    if until is not None:
        seconds = max(1, ceil((until - now).total_seconds()))
        wait = f"{ceil(seconds / 60)} min" if seconds > 90 else f"{seconds} s"
        raise LimitReached(
            "login_locked", f"Too many failed sign-ins. Try again in {wait}.", seconds
        )
    throttle = await rows.count_try(session, key, now, WINDOW)
    if throttle.failures >= allowed:
        doubling = min(throttle.failures - allowed, 4)
        await rows.lock(session, key, now + min(timedelta(minutes=2**doubling), LONGEST_LOCK))


async def _welcome(
    session: AsyncSession, user: User, upgraded: str | None, *, ip: str, now: datetime
) -> None:
    await rows.forget_failures(session, f"email:{user.email}")
    await rows.forgive_try(session, f"ip:{ip}")
    values: dict[str, object] = {"last_login_at": now}
    if upgraded is not None:
        values["password_hash"] = upgraded
    await users.change(session, user.id, **values)
    await audit.record(session, Actor("user", user.id, ip), "user.sign_in", "user", user.id)
