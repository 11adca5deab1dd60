"""The audit log as a page with filters, and as CSV of what is shown."""

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.deps import SessionDep
from api.security import Principal, requires
from domain.ids import parse_id
from domain.permissions import Permission
from domain.tables import csv_line
from services import audit, users
from store.audit import AuditEntry, AuditFilter
from web.settings.frame import settings_page

router = APIRouter(prefix="/settings/audit", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.AUDIT_READ)]
PAGE = 50
CSV_ROWS = 10_000


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        return None


def _end_of(text: str) -> datetime | None:
    """The midnight after a day; None, which is no end, for the last day there is."""
    day = _day(text)
    try:
        return day + timedelta(days=1) if day else None
    except OverflowError:
        return None


def wanted(
    person: Annotated[str, Query(max_length=40)] = "",
    entity: Annotated[str, Query(max_length=60)] = "",
    entity_id: Annotated[str, Query(max_length=100)] = "",
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> AuditFilter:
    """The filter in the address; a value that is none of ours filters nothing."""
    return AuditFilter(
        user_id=parse_id(person),
        entity=entity,
        entity_id=entity_id,
        since=_day(since),
        until=_end_of(until),
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
    team = await users.everyone(session)
    context = {
        "rows": [{"entry": entry, "changes": changes(entry)} for entry in shown],
        "people": [(str(user.id), user.name) for user in team],
        "entities": [(name, name) for name in await audit.entities(session)],
        "chosen": {
            name: request.query_params.get(name, "")
            for name in ("person", "entity", "since", "until")
        },
        "next_before": shown[-1].id if len(found) > PAGE else None,
    }
    return settings_page(request, principal, "audit", context)


def changes(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """Fields that differ: (name, before, after)."""
    before, after = entry.before or {}, entry.after or {}
    names = sorted({*before, *after})
    return [
        (name, _words(before.get(name)), _words(after.get(name)))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _words(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:199]}…"


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
