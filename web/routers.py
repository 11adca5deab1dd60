"""Every router of pages; add yours here, in alphabetical order."""

from fastapi import APIRouter

from web import auth

ROUTERS: tuple[APIRouter, ...] = (auth.router,)
