"""Finds the handler for a Graph path: version, node and edge, whatever the version is."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from simulator.credentials import authorise, token_in
from simulator.engine import Engine, engine_of
from simulator.errors import GraphError, unknown_object
from simulator.graph import accounts, blocks, media, numbers, template_list, templates, uploads
from simulator.graph.call import Call, fields_in, reply

Handler = Callable[[Call], Awaitable[Response]]

_PATH = re.compile(r"/(?:(v\d+\.\d+)/)?([^/]*)/?(.*)")

HANDLERS: dict[tuple[str, str, str], Handler] = {
    ("GET", "waba", ""): accounts.get_account,
    ("GET", "waba", "phone_numbers"): numbers.list_numbers,
    ("GET", "waba", "message_templates"): template_list.list_templates,
    ("POST", "waba", "message_templates"): templates.create_template,
    ("DELETE", "waba", "message_templates"): templates.delete_templates,
    ("GET", "waba", "subscribed_apps"): accounts.get_subscribed_apps,
    ("POST", "waba", "subscribed_apps"): accounts.subscribe_app,
    ("DELETE", "waba", "subscribed_apps"): accounts.unsubscribe_app,
    ("GET", "app", "subscriptions"): accounts.get_subscriptions,
    ("POST", "app", "subscriptions"): accounts.set_subscription,
    ("GET", "number", ""): numbers.get_number,
    ("POST", "number", ""): numbers.change_number,
    ("POST", "number", "register"): numbers.register,
    ("POST", "number", "deregister"): numbers.deregister,
    ("GET", "number", "whatsapp_business_profile"): numbers.get_profile,
    ("POST", "number", "whatsapp_business_profile"): numbers.change_profile,
    ("GET", "number", "block_users"): blocks.list_blocked,
    ("POST", "number", "block_users"): blocks.change_blocked,
    ("DELETE", "number", "block_users"): blocks.change_blocked,
    ("POST", "number", "media"): media.upload,
    ("POST", "app", "uploads"): uploads.start,
    ("POST", "upload", ""): uploads.append,
    ("GET", "upload", ""): uploads.tell,
    ("GET", "template", ""): templates.get_template,
    ("POST", "template", ""): templates.change_template,
    ("POST", "template", "unpause"): templates.unpause_template,
    ("GET", "media", ""): media.get_media,
    ("DELETE", "media", ""): media.delete_media,
    ("GET", "debug_token", ""): accounts.debug_token,
    ("GET", "me", ""): accounts.me,
    ("GET", "whatsapp_business", "attachments"): media.download,
}

_MANAGED = frozenset({"waba", "number", "template"})


async def dispatch(request: Request) -> Response:
    """Every Graph call that is not a send."""
    try:
        return await _dispatched(request)
    except HTTPException as broken:  # a form that cannot be read
        error = GraphError(100, message=f"(#100) {broken.detail}")
    except GraphError as refused:
        error = refused
    return reply(error.body(), error.status)


async def _dispatched(request: Request) -> Response:
    engine = engine_of(request)
    match = _PATH.fullmatch(request.url.path)
    if match is None:
        raise unknown_object(request.url.path, request.method)
    version, node, edge = match.groups()
    await _authorise(engine, request)
    kind = _kind(engine, node)
    handler = HANDLERS.get((request.method, kind, edge.rstrip("/")))
    if handler is None:
        raise unknown_object(node, request.method)
    world = engine.world
    counted = kind in _MANAGED and world.knobs.management_limit
    if counted and not world.management.take(world.clock.now()):
        raise GraphError(80007, "Too many calls to this WhatsApp Business account.")
    return await handler(Call(engine, request, version or "v23.0", node, edge))


def _kind(engine: Engine, node: str) -> str:
    world = engine.world
    if node == world.config.waba_id:
        return "waba"
    if node == world.config.app_id:
        return "app"
    if node in world.numbers_by_id:
        return "number"
    if node in world.catalog.by_id:
        return "template"
    if node.startswith("upload:"):
        return "upload"
    return "media" if node.isdecimal() else node


async def _authorise(engine: Engine, request: Request) -> None:
    config, header = engine.world.config, request.headers.get("authorization", "")
    fields: dict[str, Any] = dict(request.query_params)
    if "appsecret_proof" not in fields and await _says_more(request, header, fields):
        fields |= await fields_in(request)
    authorise(config, header, fields, app=True)


async def _says_more(request: Request, header: str, fields: dict[str, Any]) -> bool:
    """Whether the token or the proof can stand in the body."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return False
    known = token_in(header, fields) != ""
    return not known or b"appsecret_proof" in await request.body()
