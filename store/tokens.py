"""Queries on API tokens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.users import User
from store import users
from store.tables.users import ApiTokenRow, UserRow


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as people see it: never the secret itself."""

    id: UUID
    user_id: UUID
    user_name: str
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def is_live(self, now: datetime) -> bool:
        """Whether the token still works."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


async def add(
    session: AsyncSession,
    *,
    user_id: UUID,
    name: str,
    prefix: str,
    token_hash: bytes,
    scopes: list[str],
    expires_at: datetime | None,
    parent_id: UUID | None = None,
) -> UUID:
    """Store a new token by its hash."""
    statement = insert(ApiTokenRow).values(
        id=new_id(),
        user_id=user_id,
        parent_id=parent_id,
        name=name,
        prefix=prefix,
        token_hash=token_hash,
        scopes=scopes,
        expires_at=expires_at,
    )
    return (await session.execute(statement.returning(ApiTokenRow.id))).scalar_one()


async def find(
    session: AsyncSession, token_hash: bytes, now: datetime
) -> tuple[ApiToken, User] | None:
    """A live token and its active owner (uq_api_tokens_token_hash)."""
    query = (
        select(*users.COLUMNS, ApiTokenRow)
        .join(UserRow, UserRow.id == ApiTokenRow.user_id)
        .where(
            ApiTokenRow.token_hash == token_hash,
            ApiTokenRow.revoked_at.is_(None),
            or_(ApiTokenRow.expires_at.is_(None), ApiTokenRow.expires_at > now),
            UserRow.is_active,
        )
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    return _as_token(row.ApiTokenRow, row.name), users.as_user(row)


async def touch(session: AsyncSession, token_id: UUID, now: datetime) -> None:
    """Record that the token was used, unless the row is locked right now (primary key)."""
    free = select(ApiTokenRow.id).where(ApiTokenRow.id == token_id)
    await session.execute(
        update(ApiTokenRow)
        .where(ApiTokenRow.id.in_(free.with_for_update(skip_locked=True, key_share=True)))
        .values(last_used_at=now)
    )


async def listed(session: AsyncSession, user_id: UUID | None = None) -> list[ApiToken]:
    """Tokens that were not revoked, newest first: one person's (ix_api_tokens_user_id) or all."""
    query = (
        select(ApiTokenRow, UserRow.name)
        .join(UserRow, UserRow.id == ApiTokenRow.user_id)
        .where(ApiTokenRow.revoked_at.is_(None))
        .order_by(ApiTokenRow.id.desc())
        .limit(500)
    )
    if user_id is not None:
        query = query.where(ApiTokenRow.user_id == user_id)
    return [_as_token(row, name) for row, name in await session.execute(query)]


async def revoke(
    session: AsyncSession, token_id: UUID, now: datetime, user_id: UUID | None = None
) -> ApiToken | None:
    """Revoke one token (primary key), only this person's if given.

    Tokens it created end with it, and so do theirs (ix_api_tokens_parent_id).
    """
    statement = (
        update(ApiTokenRow)
        .where(ApiTokenRow.id == token_id, ApiTokenRow.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiTokenRow)
    )
    if user_id is not None:
        statement = statement.where(ApiTokenRow.user_id == user_id)
    row = await session.scalar(statement)
    if row is None:
        return None
    await _revoke_made_by(session, token_id, now)
    return _as_token(row, "")


async def _revoke_made_by(session: AsyncSession, token_id: UUID, now: datetime) -> None:
    made = (
        select(ApiTokenRow.id).where(ApiTokenRow.parent_id == token_id).cte("made", recursive=True)
    )
    made = made.union(select(ApiTokenRow.id).join(made, ApiTokenRow.parent_id == made.c.id))
    await session.execute(
        update(ApiTokenRow)
        .where(ApiTokenRow.id.in_(select(made.c.id)), ApiTokenRow.revoked_at.is_(None))
        .values(revoked_at=now)
    )


async def revoke_all(session: AsyncSession, user_id: UUID, now: datetime) -> None:
    """Revoke every token of one person (ix_api_tokens_user_id)."""
    await session.execute(
        update(ApiTokenRow)
        .where(ApiTokenRow.user_id == user_id, ApiTokenRow.revoked_at.is_(None))
        .values(revoked_at=now)
    )


async def purge(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete up to a limit of tokens that ended before a time; returns how many. One pass: there are few."""
    ended = select(ApiTokenRow.id).where(
        func.least(ApiTokenRow.revoked_at, ApiTokenRow.expires_at) < before
    )
    gone = delete(ApiTokenRow).where(ApiTokenRow.id.in_(ended.limit(limit)))
    return len((await session.scalars(gone.returning(ApiTokenRow.id))).all())


def _as_token(row: ApiTokenRow, user_name: str) -> ApiToken:
    return ApiToken(
        row.id,
        row.user_id,
        user_name,
        row.name,
        row.prefix,
        list(row.scopes),
        row.created_at,
        row.expires_at,
        row.last_used_at,
        row.revoked_at,
    )
