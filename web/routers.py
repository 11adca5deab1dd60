"""Every router of pages; add yours here, in alphabetical order."""

from fastapi import APIRouter

from web import auth, channels, message_templates

ROUTERS: tuple[APIRouter, ...] = (auth.router, channels.router, message_templates.router)
