"""Pages of WhatsApp numbers: list, add and edit, the live checklist."""

import secrets
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Form, Request
from pydantic import BeforeValidator, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.clock import now
from api.deps import ReadSessionDep, SessionDep, StateDep
from api.errors import status_of
from api.schemas import ChannelIn
from api.security import Principal, requires
from domain import first_channel
from domain.errors import Conflict, Invalid, NotFound
from domain.permissions import Permission
from domain.sentences import Sentence
from services.channels import connect, hindrances, probe, show, write
from services.channels.write import DEFAULT_API_URL, DEFAULT_API_VERSION
from services.receiving import log as receiving
from web.i18n import gettext as _
from web.pages import page
from web.rendering import redirect, render_fragment
from web.wording import error_words, field_words

router = APIRouter(prefix="/channels", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.CHANNELS_READ)]
Writer = Annotated[Principal, requires(Permission.CHANNELS_WRITE)]


class ChannelFields(ChannelIn):
    """The form as a browser posts it: empty fields are missing, which validation then reports."""

    model_config = ConfigDict(extra="ignore")  # the page's token comes along

    name: str = Field(default="", max_length=200)
    phone_number_id: str = Field(default="", max_length=64)
    waba_id: str = Field(default="", max_length=64)
    portfolio_id: Annotated[UUID | None, BeforeValidator(lambda value: value or None)] = None


Fields = Annotated[ChannelFields, Form()]

EMPTY = dict.fromkeys(write.PLAIN_FIELDS, "") | {"portfolio_id": "", "verify_token": ""}
HIDDEN = frozenset({"access_token", "app_secret"})


@router.get("")
async def list_page(
    request: Request,
    principal: Reader,
    session: ReadSessionDep,
    part: Literal["", "list"] = "",
) -> Response:
    """Every number with its state, and the next step if something is wrong."""
    context = {
        "channels": await show.every(session, now=now()),
        "hindrance": await _hindrance(session),
        **await _receiving(session),
    }
    if part == "list":
        return render_fragment(request, "channels/list.html", context, block="list")
    return page(request, principal, "channels/list.html", context)


async def _hindrance(session: AsyncSession) -> tuple[Sentence, Sentence] | None:
    """Why the number from the settings is missing, and what to do."""
    look = await hindrances.standing(session)
    return first_channel.words(look.said) if look is not None else None


async def _receiving(session: SessionDep) -> dict[str, Any]:
    """Whether deliveries are waiting, which affects every number."""
    return {"standing": await receiving.standing(session), "patience": receiving.PATIENCE_S}


@router.get("/new")
async def new_page(
    request: Request, principal: Writer, session: ReadSessionDep, state: StateDep
) -> Response:
    """The form for a new number; the verify token is generated so that it can be copied."""
    values = {
        "api_url": DEFAULT_API_URL,
        "api_version": state.settings.whatsapp_api_version or DEFAULT_API_VERSION,
        "verify_token": secrets.token_urlsafe(24),
    }
    return page(request, principal, "channels/form.html", await _form(session, state, values))


@router.post("")
async def add(
    request: Request,
    fields: Fields,
    principal: Writer,
    session: SessionDep,
    state: StateDep,
    background: BackgroundTasks,
) -> Response:
    """Connect a number, then show its live checklist."""
    try:
        row = await connect.add(
            session, state.vault, state.settings, fields.form(), actor=principal.actor, now=now()
        )
    except (Invalid, Conflict) as error:
        context = await _form(session, state, fields.model_dump(), error)
        return page(request, principal, "channels/form.html", context, status=status_of(error))
    background.add_task(
        probe.run_check, state.sessions, state.vault, state.settings, row.id, clock=now
    )
    return redirect(request, f"/channels/{row.id}")


@router.get("/{channel_id}")
async def detail_page(
    request: Request,
    channel_id: UUID,
    principal: Reader,
    session: ReadSessionDep,
    state: StateDep,
    part: Literal["", "state"] = "",
) -> Response:
    """One number: its state, limits and the live checklist."""
    try:
        channel = await show.one(session, channel_id, now=now())
    except NotFound:
        if part != "state":
            raise
        # An open page refreshes itself when somebody removes its channel.
        return redirect(request, "/channels")
    context = {
        "channel": channel,
        "callback": probe.callback_url(state.settings.public_url),
        "version": state.settings.whatsapp_api_version or channel.row.api_version,
        **await _receiving(session),
    }
    if part == "state":
        return render_fragment(request, "channels/detail.html", context, block="state")
    return page(request, principal, "channels/detail.html", context)


@router.get("/{channel_id}/edit")
async def edit_page(
    request: Request, channel_id: UUID, principal: Writer, session: ReadSessionDep, state: StateDep
) -> Response:
    """The form of an existing number; its secrets stay hidden."""
    row = (await show.one(session, channel_id, now=now())).row
    values = {name: getattr(row, name) for name in write.PLAIN_FIELDS}
    values["portfolio_id"] = row.portfolio_id
    context = await _form(session, state, values, channel_id=channel_id)
    return page(request, principal, "channels/form.html", context)


@router.post("/{channel_id}")
async def edit(
    request: Request,
    channel_id: UUID,
    fields: Fields,
    principal: Writer,
    session: SessionDep,
    state: StateDep,
    background: BackgroundTasks,
) -> Response:
    """Save the form and check the number again."""
    try:
        await connect.edit(
            session, state.vault, state.settings, channel_id, fields.form(),
            actor=principal.actor, now=now(),
        )  # fmt: skip
    except (Invalid, Conflict) as error:
        context = await _form(session, state, fields.model_dump(), error, channel_id)
        return page(request, principal, "channels/form.html", context, status=status_of(error))
    background.add_task(
        probe.run_check, state.sessions, state.vault, state.settings, channel_id, clock=now
    )
    return redirect(request, f"/channels/{channel_id}", flash=_("Saved. Checking the connection."))


@router.post("/{channel_id}/probe")
async def check(
    request: Request,
    channel_id: UUID,
    _principal: Writer,
    session: SessionDep,
    state: StateDep,
    background: BackgroundTasks,
) -> Response:
    """Start the live check; the page follows it."""
    await probe.start(session, channel_id, now=now())
    background.add_task(
        probe.run_check, state.sessions, state.vault, state.settings, channel_id, clock=now
    )
    return redirect(request, f"/channels/{channel_id}")


@router.post("/{channel_id}/remove")
async def remove(
    request: Request, channel_id: UUID, principal: Writer, session: SessionDep
) -> Response:
    """Stop using a number."""
    await write.remove(session, channel_id, actor=principal.actor, now=now())
    return redirect(request, "/channels", flash=_("Channel removed."))


async def _form(
    session: SessionDep,
    state: StateDep,
    values: dict[str, Any],
    error: Invalid | Conflict | None = None,
    channel_id: UUID | None = None,
) -> dict[str, Any]:
    """What the form shows; the access token and app secret are never sent back to a browser."""
    return {
        "channel_id": channel_id,
        "values": EMPTY | {key: value for key, value in values.items() if key not in HIDDEN},
        "errors": field_words(error),
        "message": error_words(error) if error else "",
        "portfolios": [(str(row.id), row.name) for row in await show.portfolios(session)],
        "callback": probe.callback_url(state.settings.public_url),
        "version_of_all": state.settings.whatsapp_api_version or "",
    }
