"""The audit log as a page with filters, and as CSV of what is shown."""

import contextlib
import json
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.deps import SessionDep
from api.security import Principal, requires
from domain.ids import parse_id
from domain.permissions import Permission
from domain.tables import csv_line
from services import audit, users
from store.audit import AuditEntry, AuditFilter
from web import ignored
from web.pages import ANY_ZONE
from web.rendering import page_of
from web.settings import audit_words as words
from web.settings.frame import settings_page

router = APIRouter(prefix="/settings/audit", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.AUDIT_READ)]
PAGE = 50
CSV_ROWS = 10_000


def _day(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), zone)
    except ValueError:
        return None


def _end_of(text: str, zone: ZoneInfo) -> datetime | None:
    """The midnight after a day; None, which is no end, for the last day there is."""
    day = _day(text, zone)
    try:
        return day + timedelta(days=1) if day else None
    except OverflowError:
        return None


def _zone(request: Request, sent: str) -> ZoneInfo:
    """The zone of the times on the page: chosen in the profile, else the browser's, which it sends."""
    for name in (page_of(request).timezone, sent):
        with contextlib.suppress(ZoneInfoNotFoundError, ValueError, OSError):
            if name:
                return ZoneInfo(name)
    return ZoneInfo(ANY_ZONE)


def wanted(
    request: Request,
    person: Annotated[str, Query(max_length=40)] = "",
    entity: Annotated[str, Query(max_length=60)] = "",
    entity_id: Annotated[str, Query(max_length=100)] = "",
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
    zone: Annotated[str, Query(max_length=60)] = "",
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> AuditFilter:
    """The filter in the address; a value that is none of ours filters nothing, and the page says so."""
    days = _zone(request, zone)
    return AuditFilter(
        user_id=parse_id(person),
        entity=entity,
        entity_id=entity_id,
        since=_day(since, days),
        until=_end_of(until, days),
        before_id=before,
        limit=PAGE + 1,
    )


Wanted = Annotated[AuditFilter, Depends(wanted)]


@router.get("")
async def audit_page(
    request: Request, principal: Reader, session: SessionDep, filters: Wanted
) -> Response:
    """Who changed what, newest first."""
    found = await audit.page(session, filters)
    shown = found[:PAGE]
    names = await audit.names(session, shown)
    entities = await audit.entities(session)
    _note_ignored(request, filters, entities)
    team = await users.everyone(session)
    context = {
        "rows": [
            {
                "entry": entry,
                "changes": words.changes(entry),
                "href": words.link(entry, names.get(entry.entity_id)),
                "name": names.get(entry.entity_id) or words.name_then(entry),
            }
            for entry in shown
        ],
        "words": words,
        "people": [(str(user.id), user.name) for user in team],
        "entities": [(name, words.kind(name)) for name in entities],
        "chosen": {
            name: request.query_params.get(name, "")
            for name in ("person", "entity", "since", "until", "zone")
        },
        "next_before": shown[-1].id if len(found) > PAGE else None,
    }
    return settings_page(request, principal, "audit", context)


def _note_ignored(request: Request, filters: AuditFilter, entities: list[str]) -> None:
    ignored.note(request, "person", filters.user_id is not None)
    ignored.note(request, "entity", entities)
    ignored.note(request, "since", filters.since is not None)
    last_day = request.query_params.get("until") == date.max.isoformat()
    ignored.note(request, "until", last_day or filters.until is not None)


@router.get(".csv")
async def audit_csv(principal: Reader, session: SessionDep, filters: Wanted) -> Response:
    """What the filter shows, up to 10,000 lines, as CSV."""
    everything = AuditFilter(
        user_id=filters.user_id,
        entity=filters.entity,
        entity_id=filters.entity_id,
        since=filters.since,
        until=filters.until,
        limit=CSV_ROWS,
    )
    columns = ["id", "at", "person", "by", "action", "entity", "entity_id", "before", "after", "ip"]
    entries = await audit.page(session, everything)
    after = {"rows": len(entries)}
    await audit.record(session, principal.actor, "audit.export", "audit", "", after=after)
    lines = [csv_line(columns), *(csv_line(_line(entry)) for entry in entries)]
    return Response(
        "".join(lines).encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit-log.csv"'},
    )


def _line(entry: AuditEntry) -> list[str]:
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
    ]
