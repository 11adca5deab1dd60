"""The team: inviting, roles, deactivation, profiles, passwords, and their log entries."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM, Actor
from domain.audit import AuditFilter
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.journal.team import ChannelChanged
from domain.permissions import GRANTS, Permission, Role
from domain.users import User
from services import audit, journal, passwords, sessions, tokens, users
from tests.words import refused_with

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def person(session: AsyncSession, role: Role = Role.AGENT, email: str = "") -> User:
    user, _ = await users.create(
        session, SYSTEM, email=email or f"{new_id().hex}@example.com", name="Ada", role=role
    )
    return user


async def test_an_invited_person_gets_a_password_nobody_stores(session: AsyncSession) -> None:
    user, password = await users.create(
        session, SYSTEM, email=" Ada@Example.com ", name=" Ada ", role=Role.MANAGER
    )
    assert (user.email, user.name, user.role) == ("ada@example.com", "Ada", Role.MANAGER)
    assert len(password) == 24
    (entry,) = await audit.page(session, AuditFilter(entity="user", entity_id=str(user.id)))
    assert (entry.action, entry.actor) == ("user.created", "system")
    assert password not in str(entry)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "ada"}, "email"),
        ({"email": "a b@example.com"}, "email"),
        ({"email": "ada@example\x00.com"}, "email"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 201}, "password"),
        ({"password": "aaaaaaaaaaaa"}, "password"),
        ({"password": "ada.lovelace"}, "password"),
    ],
)
async def test_wrong_input_names_the_field(
    session: AsyncSession, change: dict[str, str], field: str
) -> None:
    given = {"email": "ada.lovelace@example.com", "name": "Ada", "password": "a-good-password"}
    with pytest.raises(Invalid) as refused:
        await users.create(session, SYSTEM, role=Role.AGENT, **(given | change))
    assert list(refused.value.fields) == [field]


async def test_an_address_is_used_once(session: AsyncSession) -> None:
    await person(session, email="ada@example.com")
    with refused_with(Conflict, "already"):
        await person(session, email="ADA@example.com")


async def test_the_last_administrator_stays(session: AsyncSession) -> None:
    admin = await person(session, Role.ADMIN)
    other = await person(session, Role.ADMIN)
    actor = Actor("user", other.id)
    await users.change_role(session, actor, other.id, Role.AGENT)
    with refused_with(Conflict, "last administrator"):
        await users.change_role(session, actor, admin.id, Role.AGENT)
    with refused_with(Conflict, "last administrator"):
        await users.deactivate(session, actor, admin.id, NOW)
    with refused_with(Conflict, "yourself"):
        await users.deactivate(session, Actor("user", admin.id), admin.id, NOW)
    assert (await users.get(session, admin.id)).role is Role.ADMIN


@pytest.mark.fault("C5")
async def test_locking_out_ends_sessions_and_tokens(session: AsyncSession) -> None:
    await person(session, Role.ADMIN)
    user = await person(session, Role.MANAGER)
    cookie = await sessions.start(
        session, user.id, now=NOW, hours=1, ip="10.0.0.1", user_agent="x\n"
    )
    made = await tokens.create(
        session,
        SYSTEM,
        user=user.id,
        allowed=GRANTS[Role.MANAGER],
        name="bot",
        scopes=["contacts:read"],
        expires_in_days=1,
        now=NOW,
    )
    assert await sessions.resolve(session, cookie, NOW, 1)
    assert await tokens.resolve(session, made.secret, NOW)
    await users.deactivate(session, SYSTEM, user.id, NOW)
    assert await sessions.resolve(session, cookie, NOW, 1) is None
    assert await tokens.resolve(session, made.secret, NOW) is None
    await users.reactivate(session, SYSTEM, user.id)
    assert await sessions.resolve(session, cookie, NOW, 1) is None
    assert await tokens.resolve(session, made.secret, NOW) is None
    assert (await users.get(session, user.id)).is_active


async def test_a_profile_takes_only_known_zones_and_languages(session: AsyncSession) -> None:
    user = await person(session)
    changed = await users.change_profile(
        session, SYSTEM, user.id, name="Ada L", timezone="Europe/Lisbon", locale="en"
    )
    assert (changed.name, changed.timezone) == ("Ada L", "Europe/Lisbon")
    with pytest.raises(Invalid) as refused:
        await users.change_profile(
            session, SYSTEM, user.id, name="Ada", timezone="../etc/passwd", locale="xx"
        )
    assert sorted(refused.value.fields) == ["locale", "timezone"]


async def test_a_reset_password_replaces_the_old_one(session: AsyncSession) -> None:
    user, first = await users.create(
        session, SYSTEM, email="ada@example.com", name="Ada", role=Role.AGENT
    )
    second = await users.reset_password(session, SYSTEM, user.id, NOW)
    with pytest.raises(Invalid):
        await users.change_password(
            session,
            SYSTEM,
            user.id,
            current=first,
            new="another-password",
            keep_session=b"",
            now=NOW,
        )
    await users.change_password(
        session, SYSTEM, user.id, current=second, new="another-password", keep_session=b"", now=NOW
    )


async def test_nobody_is_not_found(session: AsyncSession) -> None:
    for act in (
        users.get(session, new_id()),
        users.reset_password(session, SYSTEM, new_id(), NOW),
        users.change_role(session, SYSTEM, new_id(), Role.AGENT),
        users.deactivate(session, SYSTEM, new_id(), NOW),
    ):
        with pytest.raises(NotFound):
            await act


async def test_purging_removes_only_what_ended(session: AsyncSession) -> None:
    user = await person(session)
    for hours in (1, 5):
        await sessions.start(session, user.id, now=NOW, hours=hours, ip="", user_agent="")
    assert await sessions.purge(session, NOW + timedelta(hours=2)) == 1
    assert len(await sessions.list_for(session, user.id, NOW)) == 1


async def test_a_token_is_used_at_most_once_a_minute_in_the_books(session: AsyncSession) -> None:
    user = await person(session, Role.ADMIN)
    made = await tokens.create(
        session,
        SYSTEM,
        user=user.id,
        allowed=GRANTS[Role.ADMIN],
        name="bot",
        scopes=["contacts:read", "users:write"],
        expires_in_days=None,
        now=NOW,
    )
    used = []
    for seconds in (0, 30, 70):
        bearer = await tokens.resolve(session, made.secret, NOW + timedelta(seconds=seconds))
        assert bearer is not None
        assert bearer.scopes == {Permission.CONTACTS_READ, Permission.USERS_WRITE}
        used += [token.last_used_at for token in await tokens.list_for(session, user.id)]
    assert used == [NOW, NOW, NOW + timedelta(seconds=70)]
    listed = await tokens.list_for(session, user.id)
    assert made.secret not in str(listed)
    with pytest.raises(NotFound):
        await tokens.revoke(session, SYSTEM, made.id, now=NOW, user_id=new_id())
    await tokens.revoke(session, SYSTEM, made.id, now=NOW, user_id=None)
    assert await tokens.list_for(session, None) == []


async def test_a_password_hash_tells_its_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = await passwords.create("correct-horse")
    assert stored.startswith("scrypt$32768$8$1$")
    assert not passwords.is_outdated(stored)
    assert await passwords.verify("correct-horse", stored)
    assert not await passwords.verify("wrong-horse", stored)
    assert not await passwords.verify("correct-horse", None)
    monkeypatch.setattr(passwords, "N", 2**14)
    assert passwords.is_outdated(stored)
    assert await passwords.verify("correct-horse", stored)
    assert len({passwords.one_time_password() for _ in range(100)}) == 100


async def test_the_audit_log_hides_secrets_and_pages_backwards(session: AsyncSession) -> None:
    user = await person(session)
    actor = Actor("user", user.id, "10.0.0.1")
    for number in range(5):
        after = {
            "rows": number,
            "access_token": "EAAG-secret",
            "options": [{"app_secret": "hush", "kept": NOW}],
            "role": Role.AGENT,
        }
        await journal.note(session, actor, ChannelChanged(channel_id=new_id(), after=after))
    mine = AuditFilter(user_id=user.id, limit=3)
    first = await audit.page(session, mine)
    assert [(entry.after or {})["rows"] for entry in first] == [4, 3, 2]
    assert "EAAG-secret" not in str(first)
    assert "hush" not in str(first)
    assert "2026-11-23" in str(first)
    assert (first[0].user_name, first[0].ip) == ("Ada", "10.0.0.1")
    rest = await audit.page(session, AuditFilter(user_id=user.id, before_id=first[-1].id))
    assert [(entry.after or {})["rows"] for entry in rest] == [1, 0]
    later = AuditFilter(user_id=user.id, since=datetime.now(UTC) + timedelta(days=1))
    assert await audit.page(session, later) == []


async def test_one_change_gives_a_role_and_opens_the_door_again(session: AsyncSession) -> None:
    await person(session, Role.ADMIN)
    user = await person(session)
    shut = await users.change(session, SYSTEM, user.id, role=None, is_active=False, now=NOW)
    assert (shut.is_active, shut.role) == (False, Role.AGENT)
    opened = await users.change(session, SYSTEM, user.id, role=Role.ADMIN, is_active=True, now=NOW)
    assert (opened.is_active, opened.role) == (True, Role.ADMIN)
    same = await users.change(session, SYSTEM, user.id, role=None, is_active=None, now=NOW)
    assert same == opened
