"""Every router of the JSON API; add yours here, in alphabetical order."""

from fastapi import APIRouter

from api import (
    alerts,
    audit,
    auth,
    calendars,
    channels,
    consent,
    contacts,
    conversations,
    docs,
    fields,
    groups,
    health,
    hooks,
    imports,
    labels,
    messages,
    notes,
    targets,
    templates,
    tokens,
    users,
    webhook,
    websocket,
)
from api.automations import acting as automation_acting
from api.automations import building as automation_building
from api.automations import designs as automation_designs
from api.automations import figures as automation_figures
from api.automations import files as automation_files
from api.automations import hooks as automation_hooks
from api.automations import runs as automation_runs
from api.automations import secrets as automation_secrets
from api.automations import uses as automation_uses
from api.campaigns import desk as campaign_desk
from api.campaigns import file as campaign_file
from api.campaigns import outcomes as campaign_outcomes
from api.campaigns import push as campaign_push
from api.campaigns import reports as campaign_reports
from api.campaigns import routes as campaign_routes
from api.webhook_log import routes as webhook_log

ROUTERS: tuple[APIRouter, ...] = (
    alerts.router,
    audit.router,
    auth.router,
    automation_acting.router,
    automation_building.router,  # its fixed addresses come before the ids of designs
    automation_files.router,
    automation_secrets.router,
    automation_uses.router,
    automation_designs.router,
    automation_hooks.router,
    automation_figures.router,
    automation_runs.router,
    campaign_desk.router,
    campaign_file.router,
    campaign_push.router,
    campaign_outcomes.router,
    campaign_reports.router,
    campaign_routes.router,
    calendars.router,
    channels.router,
    consent.router,
    contacts.router,
    conversations.router,
    docs.router,
    fields.router,
    groups.router,
    health.router,
    hooks.router,
    imports.router,
    labels.on_conversations,
    labels.router,
    messages.files,
    messages.router,
    notes.router,
    targets.router,
    templates.router,
    tokens.router,
    users.router,
    webhook.router,
    webhook_log.router,
    websocket.router,
)
