"""The secret addresses of webhook triggers."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel

from api.automations.who import Reader, Runner, Sight, Writer
from api.deps import ReadSessionDep, SessionDep, StateDep
from api.hooks import address_with
from api.idempotency import IdempotentRoute
from api.state import AppState
from services.automations import hooks
from services.automations.hooks import HookView

router = APIRouter(
    prefix="/api/automations/{automation_id}/hooks",
    tags=["automations"],
    route_class=IdempotentRoute,
)

Trigger = Annotated[str, Path(max_length=200)]


class HookOut(BaseModel):
    """A webhook trigger's address, and what it was last told; ``live`` when a version with it acts.

    ``sample``, which names people, is null without the right to read contacts or conversations.
    """

    trigger_id: str
    title: str
    url: str | None
    called_at: datetime | None
    sample: Any
    live: bool

    @classmethod
    def of(cls, view: HookView, state: AppState, sight: Sight) -> Self:
        """An address as programs see it."""
        url = address_with(state, view.token) if view.token else None
        return cls(
            trigger_id=view.trigger_id, title=view.title, url=url, called_at=view.called_at,
            sample=view.sample if sight.people else None, live=view.live,
        )  # fmt: skip


@router.get("")
async def list_hooks(
    automation_id: UUID, principal: Reader, session: ReadSessionDep, state: StateDep
) -> list[HookOut]:
    """All webhook triggers with what they were last told, without their addresses."""
    sight = Sight.of(principal)
    found = await hooks.of_automation(session, automation_id)
    return [HookOut.of(one, state, sight) for one in found]


@router.put("/{trigger_id}")
async def show_hook(
    automation_id: UUID,
    trigger_id: Trigger,
    principal: Writer,
    session: SessionDep,
    state: StateDep,
) -> HookOut:
    """A trigger's address; made the first time it is asked for."""
    shown = await hooks.show(session, state.vault, automation_id, trigger_id)
    return HookOut.of(shown, state, Sight.of(principal))


@router.post("/{trigger_id}/renew")
async def renew_hook(
    automation_id: UUID,
    trigger_id: Trigger,
    principal: Runner,
    session: SessionDep,
    state: StateDep,
) -> HookOut:
    """Another address; the earlier one is unknown from now on."""
    renewed = await hooks.renew(session, state.vault, principal.actor, automation_id, trigger_id)
    return HookOut.of(renewed, state, Sight.of(principal))


@router.delete("/{trigger_id}/sample", status_code=204)
async def clear_sample(
    automation_id: UUID, trigger_id: Trigger, _principal: Writer, session: SessionDep
) -> None:
    """Forget what the address was last told."""
    await hooks.clear_sample(session, automation_id, trigger_id)
