"""Finds the handler for a Graph path: version, node and edge, whatever the version is."""

import hmac
import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from simulator.engine import Engine, engine_of
from simulator.errors import GraphError, invalid_token, unknown_object
from simulator.graph import accounts, media, numbers, templates
from simulator.graph.call import Call, reply

Handler = Callable[[Call], Awaitable[Response]]

_PATH = re.compile(r"/(?:(v\d+\.\d+)/)?([^/]*)/?(.*)")

HANDLERS: dict[tuple[str, str, str], Handler] = {
    ("GET", "waba", ""): accounts.get_account,
    ("GET", "waba", "phone_numbers"): numbers.list_numbers,
    ("GET", "waba", "message_templates"): templates.list_templates,
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
    ("GET", "number", "block_users"): numbers.list_blocked,
    ("POST", "number", "block_users"): numbers.change_blocked,
    ("DELETE", "number", "block_users"): numbers.change_blocked,
    ("POST", "number", "media"): media.upload,
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
    except GraphError as error:
        return reply(error.body(), error.status)


async def _dispatched(request: Request) -> Response:
    engine = engine_of(request)
    match = _PATH.fullmatch(request.url.path)
    if match is None:
        raise unknown_object(request.url.path)
    version, node, edge = match.groups()
    _authorise(engine, request)
    kind = _kind(engine, node)
    handler = HANDLERS.get((request.method, kind, edge.rstrip("/")))
    if handler is None:
        raise unknown_object(node)
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
    return "media" if node.isdecimal() else node


def _authorise(engine: Engine, request: Request) -> None:
    config = engine.world.config
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme not in ("Bearer", "OAuth"):
        token = request.query_params.get("access_token", "")
    app_token = f"{config.app_id}|{config.app_secret}"
    if token not in config.access_tokens and token != app_token:
        raise invalid_token()
    proof = request.query_params.get("appsecret_proof")
    if proof is not None:
        expected = hmac.digest(config.app_secret.encode(), token.encode(), "sha256").hex()
        if not hmac.compare_digest(proof, expected):
            raise GraphError(
                100, message="Invalid appsecret_proof provided in the API argument", status=400
            )
