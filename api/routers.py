"""Every router of the JSON API; add yours here, in alphabetical order."""

from fastapi import APIRouter

from api import (
    audit,
    auth,
    channels,
    contacts,
    docs,
    fields,
    groups,
    health,
    imports,
    templates,
    tokens,
    users,
    webhook,
    websocket,
)

ROUTERS: tuple[APIRouter, ...] = (
    audit.router,
    auth.router,
    channels.router,
    contacts.router,
    docs.router,
    fields.router,
    groups.router,
    health.router,
    imports.router,
    templates.router,
    tokens.router,
    users.router,
    webhook.router,
    websocket.router,
)
