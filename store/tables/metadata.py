"""All tables in one place, for migrations."""

from store.tables import (
    alerts,
    automations,
    calendars,
    campaigns,
    channels,
    consents,
    contacts,
    journal,
    leaving,
    media,
    messages,
    processes,
    templates,
    users,
    webhooks,
)
from store.tables.base import Base

metadata = Base.metadata
modules = (
    alerts, automations, calendars, campaigns, channels, consents, contacts, journal, leaving, media, messages,
    processes, templates, users, webhooks,
)  # fmt: skip
