"""Working hours: calendars with holidays, and whose they are."""

import re
from collections.abc import Mapping
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
from domain.calendars import DAYS, SpecialDay
from domain.errors import DomainError, Invalid
from domain.fields import parse_date
from domain.ids import new_id, parse_id
from domain.permissions import Permission
from domain.sentences import Sentence
from services import calendars, users
from services.automations import zones
from services.calendars import OFFICE, Stored, Wanted
from services.channels import show
from web.i18n import gettext as _
from web.rendering import redirect, render_fragment
from web.settings.frame import settings_page
from web.settings.profile import named_zones

HOME = "/settings/hours"
router = APIRouter(prefix=HOME, include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.CONVERSATIONS_READ)]
Writer = Annotated[Principal, requires(Permission.CALENDARS_WRITE)]
Line = Annotated[str, Field(max_length=300)]
Lines = Annotated[list[Line], Field(max_length=1000)]

TO = "\u2013"
_BETWEEN = re.compile(r"[,;\n]|\band\b", re.IGNORECASE)


class CalendarForm(BaseModel):
    """The form as a browser posts it; the lists have one entry for each special day."""

    model_config = ConfigDict(extra="ignore")  # the page's token comes along

    name: Line = ""
    zone: Line = ""
    mon: Line = ""
    tue: Line = ""
    wed: Line = ""
    thu: Line = ""
    fri: Line = ""
    sat: Line = ""
    sun: Line = ""
    day: Lines = []
    day_name: Lines = []
    day_spans: Lines = []
    day_every: Lines = []
    is_default: bool = False
    channel: Lines = []
    user: Lines = []

    def wanted(self) -> Wanted:
        """What the form asks for; Invalid for a day that is no date."""
        return Wanted(
            name=self.name,
            zone=self.zone,
            week={one: _spans(getattr(self, one)) for one in DAYS},
            special=self._special(),
            is_default=self.is_default,
            channel_ids=_ids(self.channel),
            user_ids=_ids(self.user),
        )

    def days(self) -> list[dict[str, str]]:
        """The special days as they were typed; rows without anything are left out."""
        rows = zip_longest(self.day, self.day_name, self.day_spans, self.day_every, fillvalue="")
        return [
            {"day": day, "name": name, "spans": spans, "every": every}
            for day, name, spans, every in rows
            if day or name or spans
        ]

    def _special(self) -> list[SpecialDay]:
        found: list[SpecialDay] = []
        undated: dict[str, Sentence] = {}
        for place, row in enumerate(self.days()):
            day = parse_date(row["day"])
            if day is None:
                undated[f"special.{place}.day"] = Sentence("calendar_days.day")
                continue
            spans = tuple(_spans(row["spans"]))
            yearly = row["every"] == "1"
            found.append(SpecialDay(day=day, name=row["name"], spans=spans, yearly=yearly))
        if undated:
            raise Invalid("calendar_wrong", fields=undated)
        return found


Fields = Annotated[CalendarForm, Form()]


def _spans(text: str) -> list[str]:
    return [one.strip() for one in _BETWEEN.split(text) if one.strip()]


def _ids(texts: list[str]) -> list[UUID]:
    return [known for one in texts if (known := parse_id(one)) is not None]


def _form_of(one: Stored) -> dict[str, Any]:
    """A calendar's values as its form shows them."""
    return {
        "name": one.name,
        "zone": one.zone,
        "week": {day: ", ".join(one.week.get(day, ())) for day in DAYS},
        "days": [
            {"day": each["day"], "name": each["name"], "spans": ", ".join(each["spans"]),
             "every": "1" if each["yearly"] else ""}
            for each in one.special
        ],
        "is_default": one.is_default,
        "channels": {str(each) for each in one.channel_ids},
        "users": {str(each) for each in one.user_ids},
    }  # fmt: skip


def _typed(form: CalendarForm) -> dict[str, Any]:
    """The same of a form that was refused."""
    return {
        "name": form.name,
        "zone": form.zone,
        "week": {day: getattr(form, day) for day in DAYS},
        "days": form.days(),
        "is_default": form.is_default,
        "channels": set(form.channel),
        "users": set(form.user),
    }


def day_names() -> dict[str, str]:
    """The days of the week."""
    names = (
        _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
    )  # fmt: skip
    return dict(zip(DAYS, names, strict=True))


def short_days() -> dict[str, str]:
    """The days of the week, short."""
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return dict(zip(DAYS, names, strict=True))


def in_short(week: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    """Days in a row with the same hours, and these hours; closed days are left out."""
    named, lines = short_days(), list[tuple[list[str], str]]()
    for day in DAYS:
        spans = ", ".join(one.replace("-", TO) for one in week.get(day, ()))
        if lines and lines[-1][1] == spans:
            lines[-1][0].append(day)
        else:
            lines.append(([day], spans))
    return [
        (named[days[0]] if len(days) == 1 else f"{named[days[0]]}{TO}{named[days[-1]]}", spans)
        for days, spans in lines
        if spans
    ]


@router.get("")
async def list_page(request: Request, principal: Reader, session: ReadSessionDep) -> Response:
    """All working hours, and whether they include this moment."""
    found, moment = await calendars.every(session), now()
    context = {
        "calendars": [(one, calendars.state_of(one, moment), in_short(one.week)) for one in found],
        "channels": {row.id: row.name for row in await _channels(session)},
        "people": {one.id: one.name for one in await users.everyone(session)},
        "may_write": principal.may(Permission.CALENDARS_WRITE),
    }
    return settings_page(request, principal, "hours/list", context)


@router.get("/day")
async def day_row(request: Request, _principal: Writer) -> Response:
    """One more row for a special day."""
    blank = dict.fromkeys(("day", "name", "spans", "every"), "")
    context = {"one": blank, "place": new_id(), "errors": {}}
    return render_fragment(request, "settings/hours/_day.html", context)


@router.get("/new")
async def new_page(request: Request, principal: Writer, session: ReadSessionDep) -> Response:
    """The form for new working hours: weekdays from nine to five to begin with."""
    first = not await calendars.every(session)
    values = {
        "name": "", "zone": "", "days": [], "is_default": first, "channels": set(), "users": set(),
        "week": {day: ", ".join(OFFICE.get(day, ())) for day in DAYS},
    }  # fmt: skip
    return await _form(request, principal, session, None, values)


@router.get("/{calendar_id:uuid}")
async def edit_page(
    request: Request, calendar_id: UUID, principal: Writer, session: ReadSessionDep
) -> Response:
    """The form of existing ones."""
    one = await calendars.get(session, calendar_id)
    return await _form(request, principal, session, one, _form_of(one))


@router.post("")
async def create(
    request: Request, fields: Fields, principal: Writer, session: SessionDep
) -> Response:
    """New working hours."""
    try:
        await calendars.create(session, principal.actor, fields.wanted())
    except DomainError as error:
        return await _form(request, principal, session, None, _typed(fields), error)
    return redirect(request, HOME, flash=_("Working hours created."))


@router.post("/{calendar_id:uuid}")
async def change(
    request: Request, calendar_id: UUID, fields: Fields, principal: Writer, session: SessionDep
) -> Response:
    """Others in their place."""
    one = await calendars.get(session, calendar_id)
    try:
        await calendars.change(session, principal.actor, calendar_id, fields.wanted())
    except DomainError as error:
        return await _form(request, principal, session, one, _typed(fields), error)
    return redirect(request, HOME, flash=_("Saved."))


@router.post("/{calendar_id:uuid}/delete")
async def delete(
    request: Request, calendar_id: UUID, principal: Writer, session: SessionDep
) -> Response:
    """Delete them; whoever had them has the default ones."""
    await calendars.delete(session, principal.actor, calendar_id)
    return redirect(request, HOME, flash=_("Working hours deleted."))


async def _form(
    request: Request,
    principal: Principal,
    session: AsyncSession,
    one: Stored | None,
    values: dict[str, Any],
    error: DomainError | None = None,
) -> Response:
    ours = _("The installation's: %(zone)s") % {"zone": zones.ours()}
    context = {
        "calendar": one,
        "values": values,
        "day_names": day_names(),
        "zones": [("", ours), *named_zones()],
        "channels": await _channels(session),
        "people": [each for each in await users.everyone(session) if each.is_active],
        "longest": calendars.NAME_LIMIT,
    }
    return settings_page(request, principal, "hours/form", context, error)


async def _channels(session: AsyncSession) -> list[Any]:
    return [one.row for one in await show.every(session, now=now())]
