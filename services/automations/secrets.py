"""Secret values for headers of requests: set, listed by name, deleted; only a running request ever reads one."""

import re

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.errors import Conflict, Invalid, NotFound
from domain.journal.automations import SecretDeleted, SecretSet
from services import journal
from services.vault import Vault
from store.automations import secrets
from store.automations.secrets import SecretName

LONGEST_VALUE = 4096
MOST = 200

_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,39}", re.ASCII)


async def names(session: AsyncSession) -> list[SecretName]:
    """Every secret, without its value."""
    return await secrets.names(session)


async def put(session: AsyncSession, vault: Vault, actor: Actor, name: str, value: str) -> None:
    """Set a value, in place of an earlier one."""
    if not _NAME.fullmatch(name):
        raise Invalid("secret_name", field="name")
    if not value.strip() or not value.isprintable():
        raise Invalid("secret_value", field="value")
    if len(value) > LONGEST_VALUE:
        raise Invalid("value_long", field="value", most=LONGEST_VALUE)
    if await secrets.sealed(session, name) is None and await secrets.count(session) >= MOST:
        raise Conflict("secrets_limit", most=MOST)
    await secrets.put(session, name, vault.encrypt(value).decode(), actor.user_id)
    await journal.note(session, actor, SecretSet(name=name, after={"name": name}))


async def delete(session: AsyncSession, actor: Actor, name: str) -> None:
    """Delete one; requests that name it fail from now on."""
    if not await secrets.remove(session, name):
        raise NotFound("secret_unknown")
    await journal.note(session, actor, SecretDeleted(name=name, before={"name": name}))
