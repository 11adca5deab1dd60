"""The team: invite people, change roles, deactivate, profiles and passwords."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.contacts import timezones
from domain.errors import Conflict, Invalid, NotFound
from domain.journal import team
from domain.permissions import Role
from domain.sentences import Sentence
from domain.users import User, check_name, normal_email
from services import journal, passwords, sessions
from store import live, tokens, users

LOCALES = ("en",)

ANY_ZONE = "UTC"
"""The zone of people who chose none: pages then use the browser's."""

UTC_CHOSEN = "Etc/UTC"
"""The zone of people who chose UTC."""


async def create(
    session: AsyncSession,
    actor: Actor,
    *,
    email: str,
    name: str,
    role: Role,
    password: str | None = None,
) -> tuple[User, str]:
    """A new person and the password to pass on: the given one, or a generated one."""
    address, label = normal_email(email), check_name(name)
    chosen = password if password is not None else passwords.one_time_password()
    await passwords.check(chosen, address)
    hashed = await passwords.create(chosen)
    user_id = await users.add(session, email=address, name=label, role=role, password_hash=hashed)
    if user_id is None:
        raise Conflict("email_taken", field="email")
    after = {"email": address, "name": label, "role": role}
    await journal.note(session, actor, team.UserCreated(user_id=user_id, after=after))
    return await get(session, user_id), chosen


async def get(session: AsyncSession, user_id: UUID) -> User:
    """One person; raises NotFound."""
    user = await users.get(session, user_id)
    if user is None:
        raise NotFound("user_not_found")
    return user


async def everyone(session: AsyncSession) -> list[User]:
    """The whole team, active people first."""
    return await users.all_users(session)


async def name(session: AsyncSession, user_id: UUID | None) -> str:
    """The name of one person; empty for nobody."""
    return (await names(session, [user_id])).get(user_id, "") if user_id else ""


async def active(session: AsyncSession) -> list[User]:
    """Teammates who can be assigned work, by name."""
    return [person for person in await everyone(session) if person.is_active]


async def require_active(session: AsyncSession, user_id: UUID, field: str) -> None:
    """Raise Invalid for a field unless the person can be assigned work."""
    person = await users.get(session, user_id)
    if person is None or not person.is_active:
        raise Invalid("assignee_unknown", field=field)


async def names(session: AsyncSession, user_ids: list[UUID]) -> dict[UUID, str]:
    """Names by id, for lists that show who did something."""
    return await users.names(session, user_ids) if user_ids else {}


async def change(
    session: AsyncSession,
    actor: Actor,
    user_id: UUID,
    *,
    role: Role | None,
    is_active: bool | None,
    now: datetime,
) -> User:
    """Change the role, deactivate or reactivate; None leaves it as it is."""
    if role is not None:
        await change_role(session, actor, user_id, role)
    if is_active is False:
        await deactivate(session, actor, user_id, now)
    elif is_active:
        await reactivate(session, actor, user_id)
    return await get(session, user_id)


async def change_role(session: AsyncSession, actor: Actor, user_id: UUID, role: Role) -> User:
    """Change a person's role, immediately; raises Conflict for the last administrator."""
    user = await get(session, user_id)
    if role is not Role.ADMIN:
        await _keep_an_admin(session, user_id)
    await users.change(session, user_id, role=role)
    await live.access_changed(session, user_id)
    changed = team.UserRoleChanged(
        user_id=user_id, before={"role": user.role}, after={"role": role}
    )
    await journal.note(session, actor, changed)
    return await get(session, user_id)


async def deactivate(session: AsyncSession, actor: Actor, user_id: UUID, now: datetime) -> None:
    """Deactivate a person: sessions end and tokens are revoked immediately; their work stays."""
    await get(session, user_id)
    if actor.user_id == user_id:
        raise Conflict("own_account")
    await _keep_an_admin(session, user_id)
    await users.change(session, user_id, is_active=False)
    await sessions.revoke_others(session, user_id)
    await tokens.revoke_all(session, user_id, now)
    await journal.note(
        session,
        actor,
        team.UserDeactivated(
            user_id=user_id, before={"is_active": True}, after={"is_active": False}
        ),
    )


async def reactivate(session: AsyncSession, actor: Actor, user_id: UUID) -> None:
    """Let a deactivated person sign in again."""
    await get(session, user_id)
    await users.change(session, user_id, is_active=True)
    await journal.note(
        session,
        actor,
        team.UserReactivated(
            user_id=user_id, before={"is_active": False}, after={"is_active": True}
        ),
    )


async def change_profile(
    session: AsyncSession, actor: Actor, user_id: UUID, *, name: str, timezone: str, locale: str
) -> User:
    """What a person may change about themselves; an empty ``timezone`` follows the browser's."""
    before = await get(session, user_id)
    timezone = _chosen(timezone, before.timezone)
    label = check_name(name)
    fields: dict[str, Sentence] = {}
    if timezone not in timezones():
        fields["timezone"] = Sentence("profile_timezone")
    if locale not in LOCALES:
        fields["locale"] = Sentence("profile_locale")
    if fields:
        raise Invalid("profile_invalid", fields=fields)
    values: dict[str, Any] = {"name": label, "timezone": timezone, "locale": locale}
    await users.change(session, user_id, **values)
    old = {"name": before.name, "timezone": before.timezone, "locale": before.locale}
    changed = team.UserProfileChanged(user_id=user_id, before=old, after=values)
    await journal.note(session, actor, changed)
    return await get(session, user_id)


def _chosen(zone: str, held: str) -> str:
    """The zone to store: UTC only under its other name, unless it is sent back as it was read."""
    if not zone:
        return ANY_ZONE
    return UTC_CHOSEN if zone == ANY_ZONE != held else zone


async def change_password(
    session: AsyncSession,
    actor: Actor,
    user_id: UUID,
    *,
    current: str,
    new: str,
    keep_session: bytes,
    now: datetime,
) -> None:
    """Change one's own password; ends this person's other sessions and all API tokens."""
    user = await get(session, user_id)
    if not await passwords.verify(current, await users.password_hash(session, user_id)):
        raise Invalid("password_wrong", field="current_password")
    await passwords.check(new, user.email, "new_password")
    await users.change(session, user_id, password_hash=await passwords.create(new))
    await sessions.revoke_others(session, user_id, keep_session)
    await tokens.revoke_all(session, user_id, now)
    await journal.note(session, actor, team.UserPasswordChanged(user_id=user_id))


async def reset_password(session: AsyncSession, actor: Actor, user_id: UUID, now: datetime) -> str:
    """Generate a password to pass on; ends every session and API token of this person."""
    await get(session, user_id)
    fresh = passwords.one_time_password()
    await users.change(session, user_id, password_hash=await passwords.create(fresh))
    await sessions.revoke_others(session, user_id)
    await tokens.revoke_all(session, user_id, now)
    await journal.note(session, actor, team.UserPasswordReset(user_id=user_id))
    return fresh


async def _keep_an_admin(session: AsyncSession, user_id: UUID) -> None:
    if await users.lock_admins(session) == [user_id]:
        raise Conflict("last_admin")
