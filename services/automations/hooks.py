"""The secret addresses of webhook triggers: shown, renewed, and what they were last told."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.automations.graphs import TriggerNode
from domain.automations.triggers import WebhookTrigger
from domain.errors import NotFound
from domain.journal.automations import AutomationHookChanged
from services import journal
from services.automations import documents, find
from services.vault import Vault
from store.automations import designs, hooks
from store.automations.designs import AutomationHookRow

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class HookView:
    """A webhook trigger's address; ``token`` is None before it has one, ``live`` when a version with it acts."""

    trigger_id: str
    title: str
    token: str | None
    called_at: datetime | None
    sample: Any
    live: bool


def digest_of(token: str) -> str:
    """What is stored to recognise a token: looking it up says nothing about tokens that are nearly right."""
    return sha256(token.encode()).hexdigest()


async def of_automation(session: AsyncSession, automation_id: UUID) -> list[HookView]:
    """The addresses of all webhook triggers, without their tokens; raises NotFound."""
    drawn, live = await _triggers(session, automation_id)
    known = await hooks.of_automation(session, automation_id)
    return [_view(trigger, known.get(at), None, live=at in live) for at, trigger in drawn.items()]


async def show(
    session: AsyncSession, vault: Vault, automation_id: UUID, trigger_id: str
) -> HookView:
    """A trigger's address, made if it has none; raises NotFound."""
    trigger, live = await _trigger(session, automation_id, trigger_id)
    row = (await hooks.of_automation(session, automation_id)).get(trigger_id)
    token = vault.decrypt(row.token.encode()) if row else secrets.token_urlsafe(TOKEN_BYTES)
    if row is None:
        row = await _put(session, vault, automation_id, trigger_id, token)
    return _view(trigger, row, token, live=live)


async def renew(
    session: AsyncSession, vault: Vault, actor: Actor, automation_id: UUID, trigger_id: str
) -> HookView:
    """Another address; the earlier one is unknown from now on. Raises NotFound."""
    trigger, live = await _trigger(session, automation_id, trigger_id)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = await _put(session, vault, automation_id, trigger_id, token)
    changed = AutomationHookChanged(automation_id=automation_id, trigger_id=trigger_id)
    await journal.note(session, actor, changed)
    return _view(trigger, row, token, live=live)


async def clear_sample(session: AsyncSession, automation_id: UUID, trigger_id: str) -> None:
    """Forget what the address was last told; raises NotFound."""
    await _trigger(session, automation_id, trigger_id)
    await hooks.keep_sample(session, automation_id, trigger_id, None)


async def _put(
    session: AsyncSession, vault: Vault, automation_id: UUID, trigger_id: str, token: str
) -> AutomationHookRow:
    sealed = vault.encrypt(token).decode()
    return await hooks.put(session, automation_id, trigger_id, digest_of(token), sealed)


async def _trigger(
    session: AsyncSession, automation_id: UUID, trigger_id: str
) -> tuple[TriggerNode, bool]:
    drawn, live = await _triggers(session, automation_id)
    if trigger_id not in drawn:
        raise NotFound("hook_unknown")
    return drawn[trigger_id], trigger_id in live


async def _triggers(
    session: AsyncSession, automation_id: UUID
) -> tuple[Mapping[str, TriggerNode], frozenset[str]]:
    """The webhook triggers of the version that acts and of the draft, whose word counts; and which act."""
    row = await find.row(session, automation_id)
    acting = (
        await designs.version(session, automation_id, row.version)
        if row.version is not None
        else None
    )
    live = _webhooks(acting.graph) if acting else {}
    return {**live, **_webhooks(row.draft)}, frozenset(live)


def _webhooks(document: Mapping[str, Any]) -> dict[str, TriggerNode]:
    return {
        trigger.id: trigger
        for trigger in documents.read(dict(document)).graph.triggers
        if isinstance(trigger.data, WebhookTrigger)
    }


def _view(
    trigger: TriggerNode, row: AutomationHookRow | None, token: str | None, *, live: bool
) -> HookView:
    held = row.sample if row else None
    return HookView(
        trigger_id=trigger.id,
        title=trigger.title,
        token=token,
        called_at=row.called_at if row else None,
        sample=held["payload"] if held else None,
        live=live,
    )
