"""Queries on signed-in browsers and on failed sign-ins."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.users import BrowserSession, User
from store import users
from store.tables.users import LoginThrottleRow, SessionRow, UserRow


@dataclass(frozen=True, slots=True)
class Throttle:
    """Attempts with one key in the current series."""

    failures: int


async def add(
    session: AsyncSession,
    *,
    token_hash: bytes,
    user_id: UUID,
    now: datetime,
    expires_at: datetime,
    ip: str,
    user_agent: str,
    proxied: bool,
) -> None:
    """Remember a browser that signed in."""
    await session.execute(
        insert(SessionRow).values(
            token_hash=token_hash,
            user_id=user_id,
            created_at=now,
            last_seen_at=now,
            expires_at=expires_at,
            ip=ip,
            user_agent=user_agent,
            proxied=proxied,
        )
    )


async def find(
    session: AsyncSession, token_hash: bytes, now: datetime
) -> tuple[BrowserSession, User] | None:
    """A live session and its active owner (primary keys of both tables)."""
    query = (
        select(*users.COLUMNS, SessionRow)
        .join(UserRow, UserRow.id == SessionRow.user_id)
        .where(SessionRow.token_hash == token_hash, SessionRow.expires_at > now, UserRow.is_active)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    return _as_session(row.SessionRow), users.as_user(row)


async def touch(
    session: AsyncSession, token_hash: bytes, now: datetime, expires_at: datetime
) -> None:
    """Extend the session, unless the row is locked right now (primary key)."""
    free = select(SessionRow.token_hash).where(SessionRow.token_hash == token_hash)
    await session.execute(
        update(SessionRow)
        .where(SessionRow.token_hash.in_(free.with_for_update(skip_locked=True, key_share=True)))
        .values(last_seen_at=now, expires_at=expires_at)
    )


async def of_user(session: AsyncSession, user_id: UUID, now: datetime) -> list[BrowserSession]:
    """Live sessions of one person, most recently used first (ix_sessions_user_id)."""
    query = (
        select(SessionRow)
        .where(SessionRow.user_id == user_id, SessionRow.expires_at > now)
        .order_by(SessionRow.last_seen_at.desc())
    )
    return [_as_session(row) for row in await session.scalars(query)]


async def remove(
    session: AsyncSession, token_hash: bytes, user_id: UUID | None = None
) -> UUID | None:
    """End one session (primary key), only this person's if given; returns whose it was."""
    statement = delete(SessionRow).where(SessionRow.token_hash == token_hash)
    if user_id is not None:
        statement = statement.where(SessionRow.user_id == user_id)
    owner: UUID | None = await session.scalar(statement.returning(SessionRow.user_id))
    return owner


async def remove_all(session: AsyncSession, user_id: UUID, keep: bytes = b"") -> int:
    """End every session of one person except ``keep`` (ix_sessions_user_id)."""
    statement = delete(SessionRow).where(
        SessionRow.user_id == user_id, SessionRow.token_hash != keep
    )
    return len(list(await session.scalars(statement.returning(SessionRow.token_hash))))


async def remove_expired(session: AsyncSession, now: datetime) -> int:
    """Delete ended sessions (ix_sessions_expires_at)."""
    statement = delete(SessionRow).where(SessionRow.expires_at <= now)
    return len(list(await session.scalars(statement.returning(SessionRow.token_hash))))


async def count_try(session: AsyncSession, key: str, now: datetime, window: timedelta) -> Throttle:
    """Count one attempt with this key; a series older than the window starts over."""
    statement = insert(LoginThrottleRow).values(key=key, failures=1, first_failed_at=now)
    over = LoginThrottleRow.first_failed_at <= now - window
    counted = statement.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "failures": case((over, 1), else_=LoginThrottleRow.failures + 1),
            "first_failed_at": case((over, now), else_=LoginThrottleRow.first_failed_at),
        },
    ).returning(LoginThrottleRow.failures)
    return Throttle((await session.execute(counted)).scalar_one())


async def forgive_try(session: AsyncSession, key: str) -> None:
    """Uncount one attempt (primary key)."""
    await session.execute(
        update(LoginThrottleRow)
        .where(LoginThrottleRow.key == key, LoginThrottleRow.failures > 0)
        .values(failures=LoginThrottleRow.failures - 1)
    )


async def locked_until(session: AsyncSession, keys: list[str], now: datetime) -> datetime | None:
    """The latest end of any lockout on the keys (primary key)."""
    query = select(func.max(LoginThrottleRow.locked_until)).where(
        LoginThrottleRow.key.in_(keys), LoginThrottleRow.locked_until > now
    )
    return await session.scalar(query)


async def lock(session: AsyncSession, key: str, until: datetime) -> None:
    """Refuse sign-ins with this key until a time (primary key)."""
    await session.execute(
        update(LoginThrottleRow).where(LoginThrottleRow.key == key).values(locked_until=until)
    )


async def forget_failures(session: AsyncSession, key: str) -> None:
    """Reset the count of this key (primary key)."""
    await session.execute(delete(LoginThrottleRow).where(LoginThrottleRow.key == key))


async def purge_failures(session: AsyncSession, before: datetime) -> None:
    """Delete series that ended long ago; a small table, read in full."""
    await session.execute(
        delete(LoginThrottleRow).where(
            LoginThrottleRow.first_failed_at < before,
            or_(LoginThrottleRow.locked_until.is_(None), LoginThrottleRow.locked_until < before),
        )
    )


def _as_session(row: SessionRow) -> BrowserSession:
    return BrowserSession(
        row.token_hash,
        row.created_at,
        row.last_seen_at,
        row.expires_at,
        row.ip,
        row.user_agent,
    )
