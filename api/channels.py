"""WhatsApp numbers for programs: list, add, change, check live, remove."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks
from pydantic import BaseModel, Field

from api.clock import now
from api.deps import ReadSessionDep, SessionDep, StateDep
from api.schemas import ChannelIn
from api.security import Principal, requires
from api.wording.fields import Spoken, Worded
from domain.channels import ChannelStatus
from domain.permissions import Permission
from services.channels import connect, probe, show, write
from services.channels.show import ShownChannel

router = APIRouter(prefix="/api/channels", tags=["channels"])

Reader = Annotated[Principal, requires(Permission.CHANNELS_READ)]
Writer = Annotated[Principal, requires(Permission.CHANNELS_WRITE)]


class StepOut(BaseModel):
    """One step of the live check: waiting, running, ok, warning, failed or skipped."""

    key: str
    state: str
    detail: Spoken
    next_step: Spoken


class ChannelOut(BaseModel):
    """A connected number and its health; throughput is messages per second.

    ``coexistence``: also used in the WhatsApp Business app; ``marketing_api``: enrolled in the Marketing Messages API.
    """

    id: UUID
    portfolio_id: UUID
    name: str
    phone_number_id: str
    waba_id: str
    display_phone_number: str
    verified_name: str
    api_url: str
    api_version: str
    status: ChannelStatus
    blocked_reason: str | None
    condition: Worded
    next_step: Spoken
    restrictions: dict[str, str] = Field(
        description="When each of WhatsApp's restrictions ends, by WhatsApp's own name for it; `infinity` if no end is known."
    )
    notices: list[Worded]
    quality: str
    throughput: int
    coexistence: bool
    marketing_api: bool
    messaging_tier: str | None
    messaging_limit: int | None
    last_webhook_at: datetime | None
    checking: bool
    checked_at: datetime | None
    steps: list[StepOut]

    @classmethod
    def of(cls, shown: ShownChannel) -> "ChannelOut":
        """Build it from a channel, leaving out the secrets."""
        row = shown.row
        own: dict[str, Any] = {
            name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)
        }
        return cls(
            **own,
            condition=shown.condition.sentence,
            next_step=shown.condition.next_step,
            notices=shown.notices,
            messaging_limit=shown.portfolio.messaging_limit if shown.portfolio else None,
            checking=shown.checking,
            checked_at=shown.checked_at,
            steps=[
                StepOut(key=s.key, state=s.state, detail=s.detail, next_step=s.next_step)
                for s in shown.steps
            ],
        )


@router.get("")
async def list_channels(_principal: Reader, session: ReadSessionDep) -> list[ChannelOut]:
    """Every number, by name."""
    return [ChannelOut.of(item) for item in await show.every(session, now=now())]


@router.post("", status_code=201)
async def add_channel(
    body: ChannelIn,
    principal: Writer,
    session: SessionDep,
    state: StateDep,
    background: BackgroundTasks,
) -> ChannelOut:
    """Connect a number and check it live; read it again to follow the check."""
    row = await connect.add(
        session, state.vault, state.settings, body.form(), actor=principal.actor, now=now()
    )
    background.add_task(
        probe.run_check, state.sessions, state.vault, state.settings, row.id, clock=now
    )
    return ChannelOut.of(await show.one(session, row.id, now=now()))


@router.get("/{channel_id}")
async def get_channel(channel_id: UUID, _principal: Reader, session: ReadSessionDep) -> ChannelOut:
    """One number with its last live check."""
    return ChannelOut.of(await show.one(session, channel_id, now=now()))


@router.put("/{channel_id}")
async def change_channel(
    channel_id: UUID,
    body: ChannelIn,
    principal: Writer,
    session: SessionDep,
    state: StateDep,
    background: BackgroundTasks,
) -> ChannelOut:
    """Change a number's details or replace its secrets, and check it live; read it again to follow."""
    await connect.edit(
        session, state.vault, state.settings, channel_id, body.form(),
        actor=principal.actor, now=now(),
    )  # fmt: skip
    background.add_task(
        probe.run_check, state.sessions, state.vault, state.settings, channel_id, clock=now
    )
    return ChannelOut.of(await show.one(session, channel_id, now=now()))


@router.delete("/{channel_id}", status_code=204)
async def remove_channel(channel_id: UUID, principal: Writer, session: SessionDep) -> None:
    """Stop using a number; its messages stay readable."""
    await write.remove(session, channel_id, actor=principal.actor, now=now())


@router.post("/{channel_id}/probe", status_code=202)
async def check_channel(
    channel_id: UUID,
    _principal: Writer,
    session: SessionDep,
    state: StateDep,
    background: BackgroundTasks,
) -> ChannelOut:
    """Start a live check; read the channel again to follow it."""
    await probe.start(session, channel_id, now=now())
    background.add_task(
        probe.run_check, state.sessions, state.vault, state.settings, channel_id, clock=now
    )
    return ChannelOut.of(await show.one(session, channel_id, now=now()))
