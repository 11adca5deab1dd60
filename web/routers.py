"""Every router of pages; add yours here, in alphabetical order."""

from fastapi import APIRouter

from web import auth, channels, message_templates
from web.inbox import actions as inbox_actions
from web.inbox import pages as inbox_pages
from web.inbox import template_picker as inbox_templates
from web.settings import audit as settings_audit
from web.settings import profile as settings_profile
from web.settings import team as settings_team
from web.settings import tokens as settings_tokens

ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    channels.router,
    inbox_actions.router,
    inbox_pages.router,
    inbox_templates.router,
    message_templates.router,
    settings_audit.router,
    settings_profile.router,
    settings_team.router,
    settings_tokens.router,
)
