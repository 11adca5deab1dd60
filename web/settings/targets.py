"""Response targets: how soon customers are to be answered."""

from itertools import zip_longest
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.clock import now
from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from domain.errors import DomainError, Invalid
from domain.ids import parse_id
from domain.permissions import Permission
from domain.sentences import Sentence
from domain.targets import Target, typed_minutes, written_minutes
from services import calendars, targets
from services.channels import show
from services.conversations import labels
from services.targets import TIMES
from web.i18n import gettext as _
from web.rendering import redirect
from web.settings.frame import settings_page

HOME = "/settings/targets"
EVERY = "all"
router = APIRouter(prefix=HOME, include_in_schema=False)

Writer = Annotated[Principal, requires(Permission.CALENDARS_WRITE)]
Lines = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=1000)]


class TargetsForm(BaseModel):
    """The form as a browser posts it: one entry of each list for each line."""

    model_config = ConfigDict(extra="ignore")  # the page's token comes along

    scope: Lines = []
    first_reply: Lines = []
    next_reply: Lines = []
    resolution: Lines = []

    def lines(self) -> list[dict[str, str]]:
        """What was typed; lines without any time are left out."""
        columns = (self.scope, self.first_reply, self.next_reply, self.resolution)
        typed = [
            dict(zip(("scope", *TIMES), line, strict=True))
            for line in zip_longest(*columns, fillvalue="")
        ]
        return [one for one in typed if any(one[name].strip() for name in TIMES)]

    def wanted(self) -> list[Target]:
        """The targets; Invalid for a time that cannot be read, or where nothing was chosen."""
        fields: dict[str, Sentence] = {}
        found = []
        for place, line in enumerate(self.lines()):
            times = {name: typed_minutes(line[name]) for name in TIMES}
            for name, minutes in times.items():
                if minutes is None and line[name].strip():
                    fields[f"targets.{place}.{name}"] = Sentence("target_minutes")
            label_id, channel_id = _scope(line["scope"])
            if line["scope"] != EVERY and label_id is None and channel_id is None:
                fields[f"targets.{place}.scope"] = Sentence("target_scope")
            found.append(Target(label_id=label_id, channel_id=channel_id, **times))
        if fields:
            raise Invalid("targets_wrong", fields=fields)
        return found


Fields = Annotated[TargetsForm, Form()]


def _scope(text: str) -> tuple[UUID | None, UUID | None]:
    """The label and the number that a line is for."""
    kind, _colon, known = text.partition(":")
    one = parse_id(known)
    return one if kind == "label" else None, one if kind == "channel" else None


def _line(one: Target) -> dict[str, str]:
    """A target as its line shows it."""
    scope = f"label:{one.label_id}" if one.label_id else f"channel:{one.channel_id}"
    times = {name: written_minutes(getattr(one, name)) for name in TIMES}
    return {"scope": EVERY if one.scope == (None, None) else scope, **times}


@router.get("")
async def targets_page(request: Request, principal: Writer, session: ReadSessionDep) -> Response:
    """All targets, and a line for one more."""
    lines = [_line(one) for one in await targets.every(session)]
    return await _page(request, principal, session, lines)


@router.post("")
async def put(request: Request, fields: Fields, principal: Writer, session: SessionDep) -> Response:
    """Put these in place of all there are."""
    try:
        await targets.put(session, principal.actor, fields.wanted())
    except DomainError as error:
        return await _page(request, principal, session, fields.lines(), error)
    return redirect(request, HOME, flash=_("Saved."))


async def _page(
    request: Request,
    principal: Principal,
    session: AsyncSession,
    lines: list[dict[str, str]],
    error: DomainError | None = None,
) -> Response:
    numbers = [
        (f"channel:{one.row.id}", one.row.name) for one in await show.every(session, now=now())
    ]
    named = [(f"label:{one.id}", one.name) for one in await labels.every(session)]
    groups: list[tuple[str, Any]] = [(EVERY, _("All conversations"))]
    groups += [(_("Numbers"), numbers)] if numbers else []
    groups += [(_("Labels"), named)] if named else []
    blank = dict.fromkeys(("scope", *TIMES), "") | {"scope": "" if lines else EVERY}
    context = {
        "lines": [*lines, blank],
        "scopes": groups,
        "names": _column_names(),
        "has_hours": bool(await calendars.every(session)),
    }
    return settings_page(request, principal, "targets", context, error)


def _column_names() -> dict[str, str]:
    return {
        "first_reply": _("First reply"),
        "next_reply": _("Next replies"),
        "resolution": _("Resolved"),
    }
