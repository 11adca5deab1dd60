"""The list of message templates: pages in both directions, filters, chosen fields and the summary."""

from typing import Any

from starlette.responses import Response

from simulator.catalog import Template, filters_in
from simulator.graph.call import Call, reply
from simulator.graph.paging import Page, asked_page, paging
from simulator.graph.selection import selected

DEFAULT_FIELDS = (
    "name",
    "parameter_format",
    "components",
    "language",
    "status",
    "category",
    "id",
)
NODE = "WhatsAppMessageTemplate"
EMPTY_FIELDS = frozenset(
    {
        "sub_category", "previous_category", "correct_category", "message_send_ttl_seconds",
        "library_template_name", "cta_url_link_tracking_opted_out", "specific_rejection_reason",
        "health_status", "optimization_spec", "degrees_of_freedom_spec", "is_primary_device_delivery_only",
        "display_format", "bid_spec", "ad_account_id", "ad_campaign_id", "source",
    }
)  # fmt: skip
"""Fields that Meta has and a template may lack."""


MOST_TEMPLATES = 6_000


async def list_templates(call: Call) -> Response:
    """`GET /{WABA}/message_templates`, by default 25 per page."""
    query = call.query
    many = [
        value for key in ("status", "status[]") for value in call.request.query_params.getlist(key)
    ]
    if many:
        query["status"] = ",".join(many)
    query.pop("status[]", None)
    return reply(templates_edge(call, query))


def templates_edge(call: Call, query: dict[str, str]) -> dict[str, Any]:
    """The account's templates, as a separate edge or nested in the account."""
    matching = call.world.catalog.matching(filters_in(query))
    page = asked_page(matching, [template.id for template in matching], query)
    answer: dict[str, Any] = {"data": [chosen(item, query.get("fields")) for item in page.items]}
    answer |= paging(call, "message_templates", query, page)
    if "summary" in query:
        answer["summary"] = _summary(call, query["summary"], page)
    return answer


def chosen(template: Template, fields: str | None) -> dict[str, Any]:
    """A template with the requested fields."""
    return selected(template.node(), fields, DEFAULT_FIELDS, NODE, EMPTY_FIELDS)


def _summary(call: Call, wanted: str, page: Page[Template]) -> dict[str, Any]:
    count = len(call.world.catalog.by_id)
    whole = {
        "total_count": page.total,
        "message_template_count": count,
        "message_template_limit": MOST_TEMPLATES,
        "are_translations_complete": True,
    }
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    if names in ([], ["true"], ["1"]):
        return whole
    return selected(whole, ",".join(names), (), "MessageTemplateSummary")
