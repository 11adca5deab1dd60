"""Password sign-in: throttled by person and network, taking as long for unknown people."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import Actor
from domain.errors import Invalid, LimitReached
from domain.journal import team
from domain.users import MAX_PASSWORD, User
from services import devices, journal, passwords
from services import sessions as browsers
from services import users as people
from store import sessions as stored_sessions
from store import users

WINDOW = timedelta(hours=1)
PER_PAIR = 5
"""Wrong attempts for one person from one network per hour; each further one locks the pair for longer."""
PER_PERSON = 30
PER_NETWORK = 50
PER_BROWSER = 10
"""For a browser this person has signed in with before: nobody else can use it up."""
PER_PRESENT = 5
"""Wrong current passwords from someone signed in, for example when changing it."""

LONGEST_LOCK = timedelta(minutes=15)


async def authenticate(
    sessions: async_sessionmaker[AsyncSession],
    email: str,
    password: str,
    *,
    ip: str,
    now: datetime,
    browser: str = "",
) -> User | None:
    """The person with this password, or None; raises LimitReached after too many wrong attempts.

    ``browser`` is one this address has signed in with before (``services.devices``): its attempts are counted
    separately, so that wrong attempts elsewhere do not lock it out. Opens its own transactions: a failed attempt must
    be counted although the request fails, and no transaction stays open while the hash is computed.
    """
    address = email.strip().lower()[:254].replace("\x00", "")
    allowed = _counted(address, network(ip), browser)
    async with sessions.begin() as session:
        for key, most in allowed.items():
            await _count(session, key, most, now)
        found = await users.by_email(session, address)
    user, stored = found or (None, None)
    right = await passwords.verify(password[:MAX_PASSWORD], stored)
    if user is None or stored is None or not right or not user.is_active:
        return None
    upgraded = await passwords.create(password) if passwords.is_outdated(stored) else None
    async with sessions.begin() as session:
        await _welcome(session, user, upgraded, list(allowed), ip=ip, now=now)
    return user


def _counted(address: str, net: str, browser: str) -> dict[str, int]:
    """What an attempt counts against, and how many each allows."""
    if browser:
        return {f"browser:{browser}": PER_BROWSER}
    return {
        f"pair:{address} {net}": PER_PAIR,
        f"email:{address}": PER_PERSON,
        f"net:{net}": PER_NETWORK,
    }


def network(ip: str) -> str:
    """What one household or office shares: the address, or the first half of an IPv6 address."""
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return ip[:100]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)


@dataclass(frozen=True, slots=True)
class Browser:
    """What we know about a browser: its address, its user agent, and our mark in it.

    ``proxied``: the address is an untrusted proxy's.
    """

    ip: str
    agent: str
    mark: str
    token: str
    proxied: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session; ``mark`` is new, or "" if the browser is already known."""

    user: User
    token: str
    mark: str


async def open_session(
    sessions: async_sessionmaker[AsyncSession],
    secret: bytes,
    browser: Browser,
    email: str,
    password: str,
    *,
    hours: int,
    now: datetime,
) -> Opened | None:
    """Sign somebody in; None for a wrong address or password; raises LimitReached after too many attempts.

    The browser's previous session ends: a token from before signing in is never reused.
    """
    known = devices.known(secret, email, browser.mark, now)
    user = await authenticate(sessions, email, password, ip=browser.ip, now=now, browser=known)
    if user is None:
        return None
    async with sessions.begin() as session:
        await browsers.end(session, browser.token)
        token = await browsers.start(
            session,
            user.id,
            now=now,
            hours=hours,
            ip=browser.ip,
            user_agent=browser.agent,
            proxied=browser.proxied,
        )
    return Opened(user, token, "" if known else devices.mark(secret, user.email, now))


async def change_password(
    sessions: async_sessionmaker[AsyncSession],
    actor: Actor,
    user_id: UUID,
    *,
    current: str,
    new: str,
    keep_session: bytes,
    now: datetime,
) -> None:
    """Change one's own password, in a transaction separate from the one that counts the attempt."""
    async with _present_password(sessions, user_id, now), sessions.begin() as session:
        await people.change_password(
            session, actor, user_id, current=current, new=new, keep_session=keep_session, now=now
        )


@asynccontextmanager
async def _present_password(
    sessions: async_sessionmaker[AsyncSession], user_id: UUID, now: datetime
) -> AsyncIterator[None]:
    """Wrap a change that asks for the current password: a wrong one is counted permanently.

    Someone at an unlocked browser must not be able to guess passwords without limit.
    """
    key = f"present:{user_id}"
    async with sessions.begin() as session:
        await _count(session, key, PER_PRESENT, now)
    try:
        yield
    except Invalid as error:
        if error.code != "password_wrong":
            async with sessions.begin() as session:
                await stored_sessions.forgive_try(session, key)
        raise
    async with sessions.begin() as session:
        await stored_sessions.forget_failures(session, key)


async def _count(session: AsyncSession, key: str, allowed: int, now: datetime) -> None:
    """Count the attempt before checking the password, so that parallel guesses count too."""
    await _require_unlocked(session, key, now)
    throttle = await stored_sessions.count_try(session, key, now, WINDOW)
    # We hold the row now. Concurrent attempts, here or in another process, may have locked it out while we waited.
    await _require_unlocked(session, key, now)
    if throttle.failures >= allowed:
        doubling = min(throttle.failures - allowed, 4)
        await stored_sessions.lock(
            session, key, now + min(timedelta(minutes=2**doubling), LONGEST_LOCK)
        )


async def _require_unlocked(session: AsyncSession, key: str, now: datetime) -> None:
    until = await stored_sessions.locked_until(session, [key], now)
    if until is not None:
        seconds = max(1, ceil((until - now).total_seconds()))
        if seconds > 90:
            raise LimitReached("login_locked", retry_after_s=seconds, minutes=ceil(seconds / 60))
        raise LimitReached("login_locked.seconds", retry_after_s=seconds, seconds=seconds)


async def _welcome(
    session: AsyncSession,
    user: User,
    upgraded: str | None,
    counted: list[str],
    *,
    ip: str,
    now: datetime,
) -> None:
    for key in counted:
        if key.startswith("net:"):
            await stored_sessions.forgive_try(
                session, key
            )  # guesses about others in this network stay counted
        else:
            await stored_sessions.forget_failures(session, key)
    values: dict[str, object] = {"last_login_at": now}
    if upgraded is not None:
        values["password_hash"] = upgraded
    await users.change(session, user.id, **values)
    await journal.note(session, Actor("user", user.id, ip), team.UserSignedIn(user_id=user.id))
