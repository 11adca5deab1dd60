"""The list of runs, of all automations or of one, and those of a contact on their page."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, BeforeValidator
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.clock import now
from api.deps import ReadSessionDep
from api.security import Principal, requires
from domain.automations.states import Ending
from domain.ids import first_id
from domain.live import Room
from domain.permissions import Permission
from services.automations import listing, naming, report
from services.automations.listing import AutomationView
from services.automations.report import RunFilter
from services.contacts import search
from web import ignored
from web.automations import run_words
from web.i18n import gettext
from web.pages import page
from web.rendering import is_htmx, redirect, render_fragment

router = APIRouter(prefix="/automations", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.AUTOMATIONS_READ)]

PAGE = 50
OF_CONTACT = 5
PERIODS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}

Maybe = BeforeValidator(lambda value: value or None)


class ListQuery(BaseModel):
    """Which runs are shown."""

    automation: Annotated[UUID | None, Maybe] = None
    status: Literal["", "active", "doubt", "ended"] = ""
    ending: Annotated[Ending | None, Maybe] = None
    node: Annotated[str, Query(max_length=200)] = ""
    period: Literal["", "day", "week", "month"] = ""
    contact: Annotated[UUID | None, Maybe] = None
    after: Annotated[str, Query(max_length=200)] = ""

    def wanted(self) -> RunFilter:
        """The same for the service; a way a run ended says that it has."""
        since = now() - PERIODS[self.period] if self.period else None
        return RunFilter(
            automation_id=self.automation,
            contact_id=self.contact,
            active=None if not self.status else self.status != "ended",
            in_doubt=self.status == "doubt",
            ending=self.ending or "",
            node=self.node if self.automation else "",
            since=first_id(since) if since else None,
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is set."""
        return any((self.automation, self.status, self.ending, self.period, self.contact))


@router.get("/runs")
async def runs_page(
    request: Request,
    principal: Reader,
    session: ReadSessionDep,
    wanted: Annotated[ListQuery, Query()],
) -> Response:
    """Newest runs first."""
    chosen = await listing.one(session, wanted.automation) if wanted.automation else None
    nodes = chosen.draft.document.get("nodes", []) if chosen else []
    wanted.node = ignored.known(request, "node", {node["id"] for node in nodes})
    found = await report.runs(session, wanted.wanted(), cursor=wanted.after, limit=PAGE)
    context: dict[str, Any] = {
        "runs": found.items,
        "next_cursor": found.next_cursor or "",
        "wanted": wanted,
        "rooms": " ".join([Room.AUTOMATIONS, *_moving(wanted, found.items)]),
        "words": run_words,
    }
    if is_htmx(request):
        return render_fragment(request, "automations/runs.html", context, block="rows")
    context |= await _choices(session, chosen, nodes)
    context["contact"] = await search.get(session, wanted.contact) if wanted.contact else None
    return page(request, principal, "automations/runs.html", context)


@router.get("/{automation_id:uuid}/runs")
async def runs_of_automation(request: Request, automation_id: UUID, _principal: Reader) -> Response:
    """The runs of one automation."""
    return redirect(request, f"/automations/runs?automation={automation_id}")


@router.get("/runs/of/{contact_id:uuid}")
async def runs_of_contact(
    request: Request, contact_id: UUID, _principal: Reader, session: ReadSessionDep
) -> Response:
    """A contact's newest runs, for their page."""
    found = await report.runs(session, RunFilter(contact_id=contact_id), limit=OF_CONTACT)
    context = {
        "contact_id": contact_id,
        "runs": found.items,
        "more": found.next_cursor is not None,
        "words": run_words,
    }
    return render_fragment(request, "automations/_contact_runs.html", context)


def _moving(wanted: ListQuery, shown: list[report.RunLine]) -> list[str]:
    """The rooms of what moves in the list: its automation, or else each active run."""
    if wanted.automation:
        return [Room.AUTOMATION.of(wanted.automation)]
    return [Room.RUN.of(run.id) for run in shown if run.ended_at is None]


async def _choices(
    session: AsyncSession, chosen: AutomationView | None, nodes: list[dict[str, Any]]
) -> dict[str, Any]:
    """What the filters offer: automations, and the nodes of the chosen one."""
    _ = gettext
    names = [(str(one), name) for one, name in await naming.automations(session)]
    if chosen is not None and str(chosen.item.id) not in dict(names):
        names.append((str(chosen.item.id), chosen.item.name))
    return {
        "automations": names,
        "chosen": chosen.item if chosen else None,
        "nodes": [
            (node["id"], node.get("title") or run_words.node_type(node["type"])) for node in nodes
        ],
        "endings": [(code, badge.text) for code, badge in run_words.endings().items()],
        "periods": [("day", _("Last 24 hours")), ("week", _("Last 7 days")), ("month", _("Last 30 days"))],
    }  # fmt: skip
