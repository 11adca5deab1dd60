"""API tokens for programs: shown once, stored as a hash, limited by scopes and expiry."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.errors import Invalid, NotFound
from domain.journal import team
from domain.permissions import GRANTS, Permission
from domain.sentences import Sentence
from domain.users import User
from services import journal
from store import live, tokens
from store.faults import where_there_is_room
from store.tokens import ApiToken

PREFIX = "ww_"
SHOWN = len(PREFIX) + 6
"""How many characters of a token stay visible, so that people recognise it."""

TOUCH_EVERY = timedelta(minutes=1)
LONGEST_DAYS = 365 * 5
USUAL_DAYS = 90
NOT_SCOPES = frozenset({Permission.PUBLIC, Permission.SIGNED_IN})


@dataclass(frozen=True, slots=True)
class Bearer:
    """A recognised token: its owner and its scopes."""

    id: UUID
    user: User
    prefix: str
    scopes: frozenset[Permission]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Maker:
    """The token creating another one, and when it ends."""

    id: UUID
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A new token; ``secret`` is never shown again."""

    id: UUID
    secret: str
    prefix: str
    scopes: list[str]
    expires_at: datetime | None


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


async def create(
    session: AsyncSession,
    actor: Actor,
    *,
    user: UUID,
    allowed: frozenset[Permission],
    name: str,
    scopes: Iterable[str],
    expires_in_days: int | None,
    now: datetime,
    maker: Maker | None = None,
) -> NewToken:
    """Create a token with at most its creator's rights (``allowed``).

    One created by another token (``maker``) also lives no longer, and ends with it.
    """
    label = name.strip()
    wanted = _check(label, scopes, allowed, expires_in_days)
    secret = PREFIX + secrets.token_urlsafe(32)
    expires_at = now + timedelta(days=expires_in_days) if expires_in_days else None
    if maker is not None and maker.expires_at is not None:
        _check_life(expires_at, maker.expires_at)
    token_id = await tokens.add(
        session,
        user_id=user,
        parent_id=maker.id if maker else None,
        name=label,
        prefix=secret[:SHOWN],
        token_hash=_digest(secret),
        scopes=wanted,
        expires_at=expires_at,
    )
    after = {"name": label, "scopes": wanted, "expires_at": expires_at}
    await journal.note(session, actor, team.TokenCreated(token_id=token_id, after=after))
    return NewToken(token_id, secret, secret[:SHOWN], wanted, expires_at)


def _check(
    name: str, scopes: Iterable[str], allowed: frozenset[Permission], days: int | None
) -> list[str]:
    fields: dict[str, Sentence] = {}
    if not name or len(name) > 100 or not name.isprintable():
        fields["name"] = Sentence("token_name")
    wanted = sorted(set(scopes))
    grantable = {permission.value for permission in allowed - NOT_SCOPES}
    if not wanted:
        fields["scopes"] = Sentence("token_scopes")
    elif unknown := [scope for scope in wanted if scope not in grantable]:
        fields["scopes"] = Sentence("token_scopes.unknown", scopes=", ".join(unknown)[:100])
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        fields["expires_in_days"] = Sentence("token_days", most=LONGEST_DAYS)
    if fields:
        raise Invalid("token_invalid", fields=fields)
    return wanted


def _check_life(expires_at: datetime | None, latest: datetime) -> None:
    if expires_at is None or expires_at > latest:
        raise Invalid("token_invalid.life", field="expires_in_days", latest=latest.date())


async def resolve(session: AsyncSession, secret: str, now: datetime) -> Bearer | None:
    """Whose token this is, or None; records its use at most once a minute."""
    if not secret.startswith(PREFIX):
        return None
    found = await tokens.find(session, _digest(secret), now)
    if found is None:
        return None
    token, user = found
    if token.last_used_at is None or now - token.last_used_at >= TOUCH_EVERY:
        with where_there_is_room():
            await tokens.touch(session, token.id, now)
    scopes = frozenset(Permission(scope) for scope in token.scopes if scope in _KNOWN)
    return Bearer(token.id, user, token.prefix, scopes, token.expires_at)


def whose(user_id: UUID, permissions: frozenset[Permission]) -> UUID | None:
    """Whose tokens a person may see and revoke: everybody's (None) only with the right to manage people."""
    return None if Permission.USERS_WRITE in permissions else user_id


def usual_days(maker: Maker | None, now: datetime) -> int | None:
    """The default life of a token: as long as the token creating it, or 90 days."""
    if maker is None or maker.expires_at is None:
        return USUAL_DAYS
    return min(LONGEST_DAYS, (maker.expires_at - now).days) or None


async def list_for(session: AsyncSession, user_id: UUID | None) -> list[ApiToken]:
    """Tokens of one person or everybody, without revoked ones and obsolete scopes."""
    found = await tokens.listed(session, user_id)
    return [
        replace(token, scopes=[scope for scope in token.scopes if scope in _KNOWN])
        for token in found
    ]


async def revoke(
    session: AsyncSession, actor: Actor, token_id: UUID, *, now: datetime, user_id: UUID | None
) -> None:
    """Revoke immediately, with every token it created.

    Raises NotFound unless it is a live token of this person (anybody's for None).
    """
    token = await tokens.revoke(session, token_id, now, user_id)
    if token is None:
        raise NotFound("token_not_found")
    await live.access_changed(session, token.user_id)
    before = {"name": token.name, "prefix": token.prefix}
    await journal.note(session, actor, team.TokenRevoked(token_id=token_id, before=before))


def grantable(user: User) -> list[Permission]:
    """The scopes this person may give a token."""
    return sorted(GRANTS[user.role] - NOT_SCOPES)


_KNOWN = frozenset(permission.value for permission in Permission)
