"""The audit log as a page with filters, and as CSV of what is shown."""

import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator, BaseModel, BeforeValidator
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from api.validation import Wrong
from domain.audit import AuditEntry, AuditFilter
from domain.contacts import timezones
from domain.ids import parse_id
from domain.permissions import Permission
from domain.sentences import Sentence
from domain.tables import csv_line
from services import audit, users
from services.users import ANY_ZONE
from web import ignored
from web.rendering import page_of
from web.settings.audit import words
from web.settings.audit.lines import Line, line
from web.settings.audit.values import zone_name
from web.settings.frame import settings_page

router = APIRouter(prefix="/settings/audit", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.AUDIT_READ)]
PAGE = 50
CSV_ROWS = 10_000
FIRST_DAY = date(1970, 1, 2)
COLUMNS = (
    "id", "at", "person", "by", "action", "entity", "entity_id", "before", "after", "ip",
    "what", "thing", "changes",
)  # fmt: skip

Id = Annotated[int | None, Query(ge=1, le=2**63 - 1)]
Empty = BeforeValidator(lambda value: value or None)


def _kind(entity: str) -> str:
    if entity and entity not in words.kinds():
        raise Wrong(Sentence("filter_unknown.value"))
    return words.PARTS.get(entity, entity)


def _zone_name(zone: str) -> str:
    if zone and zone not in timezones():
        raise Wrong(Sentence("filter_unknown.value"))
    return zone


class AuditQuery(BaseModel):
    """The filter in the address, and the line next to which the page starts."""

    person: Annotated[UUID | None, Empty] = None
    entity: Annotated[str, AfterValidator(_kind)] = ""
    since: Annotated[date | None, Empty] = None
    until: Annotated[date | None, Empty] = None
    zone: Annotated[str, AfterValidator(_zone_name)] = ""
    before: Id = None
    after: Id = None

    def filter(self, request: Request) -> AuditFilter:
        """The filter for the store; days are in the page's time zone."""
        zone = ZoneInfo(page_of(request).timezone or self.zone or ANY_ZONE)
        last = self.until not in (None, date.max)
        return AuditFilter(
            user_id=self.person,
            entities=words.alike(self.entity) if self.entity else (),
            since=_midnight(self.since, zone) if self.since else None,
            until=_midnight(self.until, zone, 1) if self.until and last else None,
            limit=PAGE + 1,
        )

    def told(self) -> dict[str, object]:
        """The filter for the record of an export."""
        said = {
            "person": self.person,
            "kind": self.entity,
            "since": self.since,
            "until": self.until,
        }
        return {name: value for name, value in said.items() if value}


def _midnight(day: date, zone: ZoneInfo, later: int = 0) -> datetime:
    """When a day begins; nothing here is older than computers."""
    return datetime.combine(max(day, FIRST_DAY) + timedelta(days=later), time(), zone)


Wanted = Annotated[AuditQuery, Query()]


@router.get("")
async def audit_page(
    request: Request, principal: Reader, session: ReadSessionDep, wanted: Wanted
) -> Response:
    """Who changed what, newest first."""
    people = [(str(user.id), user.name) for user in await users.everyone(session)]
    wanted.person = parse_id(ignored.known(request, "person", dict(people)))
    found, newer, older = await _window(session, wanted, wanted.filter(request))
    context = {
        "entries": found,
        "names": await audit.names(session, found),
        "line": line,
        "people": people,
        "kinds": words.choices,
        "wanted": wanted,
        "zone_name": zone_name,
        "newer": newer,
        "older": older,
    }
    return settings_page(request, principal, "audit", context)


async def _window(
    session: AsyncSession, wanted: AuditQuery, filters: AuditFilter
) -> tuple[list[AuditEntry], int | None, int | None]:
    """A page of entries with the lines next to which the newer and older pages start."""
    if wanted.after is not None:
        found = await audit.page(session, replace(filters, after_id=wanted.after))
        if len(found) > PAGE:
            shown = found[1:]
            return shown, shown[0].id, shown[-1].id
    # Nothing precedes the newest page, which is shown in full.
    before = wanted.before if wanted.after is None else None
    found = await audit.page(session, replace(filters, before_id=before))
    shown = found[:PAGE]
    newer = shown[0].id if shown and before is not None else None
    return shown, newer, shown[-1].id if len(found) > PAGE else None


@router.get(".csv")
async def audit_csv(
    request: Request, principal: Reader, session: SessionDep, wanted: Wanted
) -> Response:
    """What the filter shows, up to 10,000 lines, as CSV; raises NotFound for an unknown person."""
    filters = replace(wanted.filter(request), limit=CSV_ROWS)
    entries = await audit.export(session, principal.actor, filters, wanted.told())
    names = await audit.names(session, entries)
    rows = [csv_line(COLUMNS), *(csv_line(_row(line(entry, names))) for entry in entries)]
    return Response(
        "".join(rows).encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit-log.csv"'},
    )


def _row(said: Line) -> list[str]:
    """As stored, for programs, and in words."""
    entry = said.entry
    before, after = (
        json.dumps(values, ensure_ascii=False) if values else ""
        for values in (entry.before, entry.after)
    )
    return [
        str(entry.id),
        entry.at.isoformat(),
        entry.user_name,
        entry.actor,
        entry.action,
        entry.entity,
        entry.entity_id,
        before,
        after,
        entry.ip,
        said.what,
        said.thing,
        "; ".join(change.text for change in said.changes),
    ]
