"""Every router of the JSON API; add yours here, in alphabetical order."""

from fastapi import APIRouter

from api import (
    audit,
    auth,
    contacts,
    docs,
    fields,
    groups,
    health,
    imports,
    tokens,
    users,
    webhook,
    websocket,
)

ROUTERS: tuple[APIRouter, ...] = (
    audit.router,
    auth.router,
    contacts.router,
    docs.router,
    fields.router,
    groups.router,
    health.router,
    imports.router,
    tokens.router,
    users.router,
    webhook.router,
    websocket.router,
)
