"""This process's heartbeat, alongside its check for problems."""

import time
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from api.state import AppState
from domain import system
from services import conditions
from services.channels import hindrances


async def beat(state: AppState) -> None:
    """Report that this process is alive, and the state of Temporal and the disk."""
    begin = time.monotonic()
    ok = await state.workflows.reachable()
    took = (time.monotonic() - begin) * 1000
    state.health.look(system.TEMPORAL, ok=ok, ms=took if ok else None)
    full = (conditions.Condition.DISK_FULL, conditions.Condition.DATABASE_FULL)
    said = conditions.said(state.condition)
    state.health.look(system.DISK, ok=state.condition not in full, said=said)
    await state.health.look_at_folder(state.data_dir)
    await state.health.beat(state.sessions)


async def first_channel(state: AppState, said: str) -> None:
    """Report immediately what prevents the channel in the settings from being created; "" for nothing."""
    name = hindrances.key(state.settings.whatsapp_phone_number_id)
    state.health.look(name, ok=not said, said=said)
    with suppress(SQLAlchemyError, OSError):  # the next heartbeat reports it
        await state.health.beat(state.sessions)
