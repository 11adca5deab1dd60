"""The OpenAPI description: FastAPI's, corrected for permissions, problems and tokens."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts

from api import security
from api.csrf import SAFE_METHODS
from api.idempotency import IdempotentRoute
from domain.permissions import Permission

PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457) with a stable code.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "example": "urn:whatsway:problem:not_found"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Never changes once released."},
        "detail": {"type": "string", "description": "A sentence a person can act on."},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "What is wrong with which field.",
        },
    },
}
BEARER = {"type": "http", "scheme": "bearer", "description": "An API token, ww_…"}
ANSWER = {
    "description": "A problem",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": "A repeated request with the same key is answered with the first answer.",
}
DERIVED = ("HTTPValidationError", "ValidationError")
"""Schemas of an error format this API never uses."""


def describe(app: FastAPI) -> dict[str, Any]:
    """The description, built once per application."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        components = schema.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for name in DERIVED:
            schemas.pop(name, None)
        schemas["Problem"] = PROBLEM
        components["securitySchemes"] = {"token": BEARER}
        for route in iter_route_contexts(app.routes):
            _complete(schema, route)
        app.openapi_schema = schema
    return app.openapi_schema


def _complete(schema: dict[str, Any], route: RouteContext) -> None:
    operations = schema["paths"].get(route.path_format, {})
    for method in route.methods or ():
        operation = operations.get(method.lower())
        if operation is None:
            continue
        operation["responses"].pop("422", None)
        operation["responses"]["default"] = ANSWER
        _say_permission(operation, route)
        if isinstance(route.original_route, IdempotentRoute) and method not in SAFE_METHODS:
            operation.setdefault("parameters", []).append(IDEMPOTENCY)


def _say_permission(operation: dict[str, Any], route: RouteContext) -> None:
    (permission,) = security.permissions_of(route)
    words = {
        Permission.PUBLIC: "For everybody.",
        Permission.SIGNED_IN: "For everybody in the team.",
    }.get(permission, f"Needs the permission `{permission.value}`.")
    operation["description"] = f"{operation.get('description', '')}\n\n{words}".strip()
    operation["x-permission"] = permission.value
    if permission is not Permission.PUBLIC:
        operation["security"] = [{"token": []}]
