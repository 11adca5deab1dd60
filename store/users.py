"""Queries on the people on the team."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.permissions import Role
from domain.users import User
from store.tables.users import UserRow

COLUMNS = (
    UserRow.id,
    UserRow.email,
    UserRow.name,
    UserRow.role,
    UserRow.is_active,
    UserRow.timezone,
    UserRow.locale,
    UserRow.created_at,
    UserRow.last_login_at,
)


def as_user(row: Sequence[Any]) -> User:
    """The person in a row that begins with ``COLUMNS``."""
    user_id, email, name, role, *rest = row[: len(COLUMNS)]
    return User(user_id, email, name, Role(role), *rest)


async def get(session: AsyncSession, user_id: UUID) -> User | None:
    """One person by id (primary key)."""
    row = (await session.execute(select(*COLUMNS).where(UserRow.id == user_id))).one_or_none()
    return as_user(row) if row else None


async def by_email(session: AsyncSession, email: str) -> tuple[User, str] | None:
    """A person and the stored password hash, by address in lower case (uq_users_email)."""
    query = select(*COLUMNS, UserRow.password_hash).where(UserRow.email == email)
    row = (await session.execute(query)).one_or_none()
    return (as_user(row), str(row[len(COLUMNS)])) if row else None


async def password_hash(session: AsyncSession, user_id: UUID) -> str | None:
    """The stored password hash of one person (primary key)."""
    return await session.scalar(select(UserRow.password_hash).where(UserRow.id == user_id))


async def all_users(session: AsyncSession) -> list[User]:
    """Everybody, active people first, then by name; a team is small enough for one page."""
    query = select(*COLUMNS).order_by(UserRow.is_active.desc(), func.lower(UserRow.name))
    return [as_user(row) for row in await session.execute(query)]


async def names(session: AsyncSession, user_ids: list[UUID]) -> dict[UUID, str]:
    """Names by id (primary key)."""
    rows = await session.execute(select(UserRow.id, UserRow.name).where(UserRow.id.in_(user_ids)))
    return {row.id: row.name for row in rows}


async def add(
    session: AsyncSession, *, email: str, name: str, role: Role, password_hash: str
) -> UUID | None:
    """Add a person; None when the address is taken (uq_users_email)."""
    statement = (
        insert(UserRow)
        .values(id=new_id(), email=email, name=name, role=role, password_hash=password_hash)
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(UserRow.id)
    )
    return await session.scalar(statement)


async def change(session: AsyncSession, user_id: UUID, **values: object) -> bool:
    """Set columns of one person (primary key); False when there is none."""
    statement = update(UserRow).where(UserRow.id == user_id).values(**values).returning(UserRow.id)
    return await session.scalar(statement) is not None


async def lock_admins(session: AsyncSession) -> list[UUID]:
    """Active administrators, locked so that two of them cannot demote each other at once."""
    query = (
        select(UserRow.id)
        .where(UserRow.role == Role.ADMIN, UserRow.is_active)
        .order_by(UserRow.id)
        .with_for_update(key_share=True)
    )
    return list(await session.scalars(query))


async def count(session: AsyncSession) -> int:
    """How many people there are, active or not."""
    return await session.scalar(select(func.count()).select_from(UserRow)) or 0
