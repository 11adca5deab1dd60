"""Message templates: create with a later review, edit, unpause and delete."""

from typing import Any

from starlette.responses import Response

from simulator.bodies import read_text
from simulator.catalog import Template, named_format
from simulator.drafts import OF_EVERY_CALL
from simulator.engine import Engine
from simulator.errors import GraphError, unknown_object
from simulator.graph.call import SUCCESS, Call, reply
from simulator.graph.template_list import MOST_TEMPLATES, chosen
from simulator.readings import text_of
from simulator.shapes import only
from simulator.template_kinds import check_lifetime
from simulator.template_review import check_identity, checked_components, verdict
from simulator.template_texts import refusal
from simulator.tidings import template_news

EDITABLE = frozenset({"APPROVED", "REJECTED", "PAUSED"})
EDITS_PER_MONTH = 10
DELETED_AT_ONCE = 100
DAY = 86_400


def template_of(call: Call) -> Template:
    """The template of a call."""
    template = call.world.catalog.by_id.get(call.node)
    if template is None:
        raise unknown_object(call.node, call.request.method)
    return template


async def get_template(call: Call) -> Response:
    """`GET /{TEMPLATE}`."""
    return reply(chosen(template_of(call), call.query.get("fields")))


_OPTIONS = frozenset(
    {
        "message_send_ttl_seconds", "cta_url_link_tracking_opted_out", "sub_category",
        "display_format", "degrees_of_freedom_spec", "optimization_spec", "bid_spec",
        "is_primary_device_delivery_only", "creative_sourcing_spec",
    }
)  # fmt: skip
_OF_CREATION = OF_EVERY_CALL | _OPTIONS | {
    "name", "language", "category", "components", "parameter_format", "allow_category_change",
}  # fmt: skip
_OF_EDITING = OF_EVERY_CALL | _OPTIONS | {"category", "components", "parameter_format"}


def _style(fields: dict[str, Any], default: str) -> str:
    given = fields.get("parameter_format", default)
    if text_of(given).upper() not in ("NAMED", "POSITIONAL"):
        raise GraphError(100, "Param parameter_format must be one of {NAMED, POSITIONAL}.")
    return named_format(given)


def _components(fields: dict[str, Any], style: str, category: str) -> list[dict[str, Any]]:
    given = fields.get("components")
    if isinstance(given, str):
        given = read_text(given)
    return checked_components(given, named=style == "NAMED", category=category)


async def create_template(call: Call) -> Response:
    """`POST /{WABA}/message_templates`: PENDING now, the verdict by webhook."""
    fields, catalog = await call.fields(), call.world.catalog
    only(fields, _OF_CREATION, "message_templates")
    name, language = fields.get("name"), fields.get("language")
    check_identity(name, language, fields.get("category"))
    category = text_of(fields["category"]).upper()
    style = _style(fields, "POSITIONAL")
    components = _components(fields, style, category)
    check_lifetime(fields.get("message_send_ttl_seconds"), category)
    if (name, language) in catalog.by_name:
        raise _exists(f"There is already {language} content for this template.")
    if catalog.locked.get(str(name), 0) > call.now:
        raise _exists("This name was deleted less than 30 days ago. Choose another name.")
    _check_room(call)
    template = catalog.new(
        name=str(name),
        language=str(language),
        category=category,
        components=components,
        parameter_format=style,
        updated=int(call.now),
        extra={key: fields[key] for key in _OPTIONS & fields.keys()},
    )
    call.world.write_template(template)
    _review_later(call, template)
    return reply({"id": template.id, "status": template.status, "category": category})


def _check_room(call: Call) -> None:
    world = call.world
    if len(world.catalog.by_id) >= MOST_TEMPLATES:
        raise refusal(2388019, "Too many templates", "Message template limit exceeded.")
    if world.knobs.management_limit and not world.creations.take(call.now):
        raise GraphError(80007, "Too many templates were created in the last hour.")


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
    world, before = engine.world, template.status
    template.pauses += status == "PAUSED" and before != "PAUSED"
    template.status = status
    template.rejected_reason = reason
    template.updated = int(world.clock.now())
    if status == "APPROVED" and template.quality == "RED":
        template.quality = "GREEN"
    world.write_template(template)
    mark = world.knobs.language_mark
    engine.pump.tell(*template_news(template, status, before, world.clock.now(), mark))


async def change_template(call: Call) -> Response:
    """`POST /{TEMPLATE}`: new components, category or lifetime."""
    template = template_of(call)
    fields = await call.fields()
    only(fields, _OF_EDITING, "message_template")
    if not fields.keys() - OF_EVERY_CALL:
        raise GraphError(100, message="(#100) Nothing to change.")
    if template.status not in EDITABLE:
        raise GraphError(100, message=f"(#100) A template that is {template.status} cannot change.")
    category = text_of(fields.get("category", template.category)).upper()
    check_identity(template.name, template.language, category)
    style = _style(fields, template.parameter_format)
    components = (
        _components(fields, style, category) if "components" in fields else template.components
    )
    check_lifetime(fields.get("message_send_ttl_seconds"), category)
    if template.status == "APPROVED":
        if category != template.category:
            raise GraphError(100, message="(#100) The category of an approved template is fixed.")
        _count_edit(call, template)
    template.components, template.category, template.parameter_format = components, category, style
    template.extra |= {key: fields[key] for key in _OPTIONS & fields.keys()}
    template.revision += 1
    template.updated = int(call.now)
    if template.status == "REJECTED":
        template.status = "PENDING"
        _review_later(call, template)
    call.world.catalog.put(template)
    call.world.write_template(template)
    named = {"id": template.id, "name": template.name, "category": template.category}
    return reply({**SUCCESS, **named})


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
    only(await call.fields(), OF_EVERY_CALL, "unpause")
    if template.status != "PAUSED":
        return reply({"success": False, "reason": "The template is not paused."})
    set_status(call.engine, template, "APPROVED")
    return reply(SUCCESS)


async def delete_templates(call: Call) -> Response:
    """`DELETE /{WABA}/message_templates` by name (all languages), by id, or by a list of ids."""
    fields = await call.fields()
    only(fields, OF_EVERY_CALL | {"name", "hsm_id", "hsm_ids"}, "message_templates")
    for template in _chosen(call, fields):
        if template.status == "DISABLED":
            raise GraphError(100, message="(#100) A disabled template cannot be deleted.")
        call.world.remove_template(template)
    return reply(SUCCESS)


def _many(value: Any) -> set[str]:
    """The ids in a list, which must be a list of nothing else."""
    value = read_text(value) if isinstance(value, str) else value
    identifiers = {text_of(item) for item in value} if isinstance(value, list) else set()
    if not identifiers or "" in identifiers or len(value) > DELETED_AT_ONCE:
        raise GraphError(
            100, message=f"(#100) Param hsm_ids must be an array of 1 to {DELETED_AT_ONCE} ids."
        )
    return identifiers


def _chosen(call: Call, fields: dict[str, Any]) -> list[Template]:
    catalog = call.world.catalog
    name, one = text_of(fields.get("name")), text_of(fields.get("hsm_id"))
    if "hsm_ids" in fields:
        found = [catalog.by_id.get(identifier) for identifier in _many(fields["hsm_ids"])]
    elif one:
        found = [catalog.by_id.get(one)]
        if found[0] is not None and name and found[0].name != name:
            found = [None]
    else:
        found = list(catalog.languages(name))
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
