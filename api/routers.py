"""Every router of the JSON API; add yours here, in alphabetical order."""

from fastapi import APIRouter

from api import audit, auth, docs, health, tokens, users, websocket

ROUTERS: tuple[APIRouter, ...] = (
    audit.router,
    auth.router,
    docs.router,
    health.router,
    tokens.router,
    users.router,
    websocket.router,
)
