"""Every router of the JSON API; add yours here, in alphabetical order."""

from fastapi import APIRouter

from api import (
    audit,
    auth,
    channels,
    consent,
    contacts,
    conversations,
    docs,
    fields,
    groups,
    health,
    imports,
    messages,
    templates,
    tokens,
    users,
    webhook,
    websocket,
)
from api.campaigns import desk as campaign_desk
from api.campaigns import file as campaign_file
from api.campaigns import outcomes as campaign_outcomes
from api.campaigns import push as campaign_push
from api.campaigns import reports as campaign_reports
from api.campaigns import routes as campaign_routes

ROUTERS: tuple[APIRouter, ...] = (
    audit.router,
    auth.router,
    campaign_desk.router,
    campaign_file.router,
    campaign_push.router,
    campaign_outcomes.router,
    campaign_reports.router,
    campaign_routes.router,
    channels.router,
    consent.router,
    contacts.router,
    conversations.router,
    docs.router,
    fields.router,
    groups.router,
    health.router,
    imports.router,
    messages.files,
    messages.router,
    templates.router,
    tokens.router,
    users.router,
    webhook.router,
    websocket.router,
)
