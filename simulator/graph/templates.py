"""Message templates: paged list, create with a later review, edit, unpause and delete."""

from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.responses import Response

from simulator.catalog import Template, encode_cursor, named_format
from simulator.engine import Engine
from simulator.errors import GraphError, unknown_object
from simulator.graph.call import SUCCESS, Call, integer, reply, selected
from simulator.statuses import dumps
from simulator.template_review import check_identity, checked_components, verdict

DEFAULT_FIELDS = (
    "name",
    "parameter_format",
    "components",
    "language",
    "status",
    "category",
    "id",
)
FILTERS = ("name", "name_or_content", "language", "status", "category", "quality_score")
EDITS_PER_MONTH = 10
DAY = 86_400


async def list_templates(call: Call) -> Response:
    """`GET /{WABA}/message_templates`, 25 a page unless told otherwise."""
    query = call.query
    limit = integer(query.get("limit"), 25, 1_000)
    filters = {name: query[name] for name in FILTERS if query.get(name)}
    page = call.world.catalog.page(filters, limit, query.get("after"))
    data = [selected(item.node(), query.get("fields"), DEFAULT_FIELDS) for item in page.items]
    answer: dict[str, Any] = {"data": data}
    if page.items:
        cursors = {
            "before": encode_cursor(page.items[0].id),
            "after": encode_cursor(page.items[-1].id),
        }
        answer["paging"] = {"cursors": cursors}
        if page.has_next:
            following = {**query, "limit": str(limit), "after": cursors["after"]}
            following.pop("access_token", None)
            base = str(call.request.url.replace(query=""))
            answer["paging"]["next"] = f"{base}?{urlencode(following)}"
    if "summary" in query:
        answer["summary"] = {"total_count": page.total, "message_template_count": page.total}
    return reply(answer)


def template_of(call: Call) -> Template:
    """The template a call is about."""
    template = call.world.catalog.by_id.get(call.node)
    if template is None:
        raise unknown_object(call.node)
    return template


async def get_template(call: Call) -> Response:
    """`GET /{TEMPLATE}`."""
    return reply(selected(template_of(call).node(), call.query.get("fields"), DEFAULT_FIELDS))


async def create_template(call: Call) -> Response:
    """`POST /{WABA}/message_templates`: PENDING now, the verdict by webhook."""
    fields = await call.fields()
    name, language = fields.get("name"), fields.get("language")
    check_identity(name, language, fields.get("category"))
    category = str(fields["category"]).upper()
    style = named_format(fields.get("parameter_format"))
    given = fields.get("components")
    if isinstance(given, str):
        given = orjson.loads(given)
    components = checked_components(given, named=style == "NAMED", category=category)
    catalog = call.world.catalog
    if (name, language) in catalog.by_name:
        raise _exists(f"There is already {language} content for this template.")
    if catalog.locked.get(str(name), 0) > call.now:
        raise _exists("This name was deleted less than 30 days ago. Choose another name.")
    template = catalog.new(
        name=str(name),
        language=str(language),
        category=category,
        components=components,
        parameter_format=style,
        updated=int(call.now),
    )
    call.world.write_template(template)
    _review_later(call, template)
    return reply({"id": template.id, "status": template.status, "category": category})


def _exists(explanation: str) -> GraphError:
    return GraphError(
        100,
        message="Invalid parameter",
        error_subcode=2388024,
        is_transient=False,
        error_user_title="Content in this language already exists",
        error_user_msg=explanation,
    )


def _review_later(call: Call, template: Template) -> None:
    seconds = call.world.span(call.world.knobs.template_review_ms)
    call.engine.later(seconds, review, call.engine, template.id)


def review(engine: Engine, identifier: str) -> None:
    """Ends a pending review."""
    template = engine.world.catalog.by_id.get(identifier)
    if template is None or template.status != "PENDING":
        return
    status, reason = verdict(template.name, template.components)
    set_status(engine, template, status, reason)


def set_status(engine: Engine, template: Template, status: str, reason: str = "NONE") -> None:
    """Moves a template to a status and tells the app."""
    world = engine.world
    template.status = status
    template.rejected_reason = reason
    template.updated = int(world.clock.now())
    if status == "APPROVED" and template.quality == "RED":
        template.quality = "GREEN"
    world.write_template(template)
    value = {
        "event": status,
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language.replace("_", "-"),
        "reason": reason if reason != "NONE" else None,
        "message_template_category": template.category,
    }
    change = f'{{"value":{dumps(value)},"field":"message_template_status_update"}}'
    engine.pump.add_update(change, None)


async def change_template(call: Call) -> Response:
    """`POST /{TEMPLATE}`: new components, category or lifetime."""
    template = template_of(call)
    fields = await call.fields()
    if template.status not in ("APPROVED", "REJECTED", "PAUSED"):
        raise GraphError(100, message=f"(#100) A template that is {template.status} cannot change.")
    category = str(fields.get("category", template.category)).upper()
    if template.status == "APPROVED":
        if category != template.category:
            raise GraphError(100, message="(#100) The category of an approved template is fixed.")
        _count_edit(call, template)
    style = named_format(fields.get("parameter_format", template.parameter_format))
    if "components" in fields:
        template.components = checked_components(
            fields["components"], named=style == "NAMED", category=category
        )
    if "message_send_ttl_seconds" in fields:
        template.extra["message_send_ttl_seconds"] = fields["message_send_ttl_seconds"]
    template.category, template.parameter_format = category, style
    template.revision += 1
    template.updated = int(call.now)
    if template.status == "REJECTED":
        template.status = "PENDING"
        _review_later(call, template)
    call.world.catalog.put(template)
    call.world.write_template(template)
    return reply(SUCCESS)


def _count_edit(call: Call, template: Template) -> None:
    edits = call.world.catalog.edits.setdefault(template.id, [])
    edits[:] = [moment for moment in edits if moment > call.now - 30 * DAY]
    if len(edits) >= EDITS_PER_MONTH or (edits and edits[-1] > call.now - DAY):
        raise GraphError(
            100,
            message="(#100) An approved template can change once a day and ten times in 30 days.",
            error_subcode=2388025,
        )
    edits.append(call.now)


async def unpause_template(call: Call) -> Response:
    """`POST /{TEMPLATE}/unpause`."""
    template = template_of(call)
    if template.status != "PAUSED":
        return reply({"success": False, "reason": "The template is not paused."})
    set_status(call.engine, template, "APPROVED")
    return reply(SUCCESS)


async def delete_templates(call: Call) -> Response:
    """`DELETE /{WABA}/message_templates` by name (all languages), by id, or by a list of ids."""
    fields = await call.fields()
    for template in _chosen(call, fields):
        if template.status == "DISABLED":
            raise GraphError(100, message="(#100) A disabled template cannot be deleted.")
        call.world.remove_template(template)
    return reply(SUCCESS)


def _chosen(call: Call, fields: dict[str, Any]) -> list[Template]:
    catalog = call.world.catalog
    name, one, many = fields.get("name"), fields.get("hsm_id"), fields.get("hsm_ids")
    if many:
        identifiers = orjson.loads(many) if isinstance(many, str) else many
        found = [catalog.by_id.get(str(identifier)) for identifier in identifiers[:100]]
    elif one:
        found = [catalog.by_id.get(str(one))]
        if found[0] is not None and name and found[0].name != name:
            found = [None]
    else:
        found = list(catalog.languages(str(name or "")))
    chosen = [template for template in found if template is not None]
    if not chosen:
        raise GraphError(
            100,
            message="Invalid parameter",
            error_subcode=2593002,
            error_user_title="Message template not found",
            error_user_msg="No template of this account matches.",
        )
    return chosen
