"""Every router of pages; add yours here, in alphabetical order."""

from fastapi import APIRouter

from web import (
    alerts,
    auth,
    channels,
    contacts,
    dashboard,
    deletions,
    destinations,
    groups,
    import_checks,
    import_reading,
    imports,
    message_templates,
    pictures,
    timelines,
)
from web.automations import builder as automation_builder
from web.automations import by_hand as automation_by_hand
from web.automations import listing as automation_list
from web.automations import routing_page as automation_which
from web.automations import run as automation_run
from web.automations import runs as automation_runs
from web.automations import uses as automation_uses
from web.campaigns import close as campaign_close
from web.campaigns import desk as campaign_desk
from web.campaigns import file as campaign_file
from web.campaigns import listing as campaign_list
from web.campaigns import live as campaign_live
from web.campaigns import message as campaign_message
from web.campaigns import people as campaign_people
from web.campaigns import retries as campaign_retries
from web.campaigns import standstill as campaign_standstill
from web.campaigns import unknowns as campaign_unknowns
from web.campaigns import wizard as campaign_wizard
from web.inbox import actions as inbox_actions
from web.inbox import pages as inbox_pages
from web.inbox import team as inbox_team
from web.inbox import template_picker as inbox_templates
from web.settings import doctor as settings_doctor
from web.settings import hours as settings_hours
from web.settings import labels as settings_labels
from web.settings import profile as settings_profile
from web.settings import secrets as settings_secrets
from web.settings import system as settings_system
from web.settings import targets as settings_targets
from web.settings import team as settings_team
from web.settings import tokens as settings_tokens
from web.settings.audit import pages as settings_audit
from web.settings.webhooks import aside as webhooks_aside
from web.settings.webhooks import deliveries as webhook_deliveries
from web.settings.webhooks import replays as webhook_replays

ROUTERS: tuple[APIRouter, ...] = (
    alerts.router,
    auth.router,
    automation_list.router,
    automation_run.router,
    automation_runs.router,
    automation_uses.router,
    automation_which.router,
    automation_builder.router,
    automation_by_hand.router,
    campaign_close.router,
    campaign_desk.router,
    campaign_file.router,
    campaign_list.router,
    campaign_live.router,
    campaign_message.router,
    campaign_people.router,
    campaign_retries.router,
    campaign_standstill.router,
    campaign_unknowns.router,
    campaign_wizard.router,
    channels.router,
    contacts.router,
    dashboard.router,
    deletions.router,
    destinations.router,
    groups.router,
    import_checks.router,
    import_reading.router,
    imports.router,
    inbox_actions.router,
    inbox_pages.router,
    inbox_team.router,
    inbox_templates.router,
    message_templates.router,
    pictures.router,
    settings_audit.router,
    settings_doctor.router,
    settings_hours.router,
    settings_labels.router,
    settings_profile.router,
    settings_secrets.router,
    settings_system.router,
    settings_targets.router,
    settings_team.router,
    settings_tokens.router,
    timelines.router,
    webhook_deliveries.router,
    webhook_replays.router,
    webhooks_aside.router,
)
