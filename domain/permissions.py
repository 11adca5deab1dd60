"""Roles and the permissions each holds; a route declares the one permission it needs."""

from enum import StrEnum

from domain.sentences import N_


class Role(StrEnum):
    """A person's role on the team."""

    ADMIN = "admin"
    MANAGER = "manager"
    AGENT = "agent"


class Permission(StrEnum):
    """resource:action, also used as the scope of an API token."""

    PUBLIC = "public"  # anyone, signed in or not: declared, never implied
    SIGNED_IN = "signed_in"  # anyone on the team
    DASHBOARD_READ = "dashboard:read"
    CONTACTS_READ = "contacts:read"
    CONTACTS_WRITE = "contacts:write"
    CONTACTS_EXPORT = "contacts:export"  # files of people: contacts, recipients, rows left out
    CAMPAIGNS_READ = "campaigns:read"
    CAMPAIGNS_WRITE = "campaigns:write"
    CAMPAIGNS_LAUNCH = "campaigns:launch"
    TEMPLATES_READ = "templates:read"
    TEMPLATES_WRITE = "templates:write"
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_WRITE = "conversations:write"
    MESSAGES_SEND = "messages:send"
    AUTOMATIONS_READ = "automations:read"
    AUTOMATIONS_WRITE = "automations:write"  # drafts and tests: nothing acts
    AUTOMATIONS_RUN = "automations:run"  # publish, pause, stop, start for contacts
    CALENDARS_WRITE = "calendars:write"  # working hours and response targets
    CHANNELS_READ = "channels:read"
    CHANNELS_WRITE = "channels:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    WEBHOOKS_PERSONAL = "webhooks:personal"  # bodies with who people are and what they wrote
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    TOKENS_WRITE = "tokens:write"
    AUDIT_READ = "audit:read"
    SYSTEM_READ = "system:read"
    SYSTEM_CHECK = "system:check"  # look into the machine: folders, keys, servers


_AGENT = frozenset(
    {
        Permission.SIGNED_IN,
        Permission.DASHBOARD_READ,
        Permission.CONTACTS_READ,
        Permission.TEMPLATES_READ,
        Permission.CHANNELS_READ,
        Permission.CONVERSATIONS_READ,
        Permission.CONVERSATIONS_WRITE,
        Permission.MESSAGES_SEND,
        Permission.AUTOMATIONS_READ,
    }
)
_MANAGER = _AGENT | {
    Permission.CONTACTS_WRITE,
    Permission.CONTACTS_EXPORT,
    Permission.CAMPAIGNS_READ,
    Permission.CAMPAIGNS_WRITE,
    Permission.CAMPAIGNS_LAUNCH,
    Permission.TEMPLATES_WRITE,
    Permission.AUTOMATIONS_WRITE,
    Permission.AUTOMATIONS_RUN,
    Permission.CALENDARS_WRITE,
    Permission.WEBHOOKS_READ,
    Permission.TOKENS_WRITE,
    Permission.USERS_READ,
    Permission.AUDIT_READ,
    Permission.SYSTEM_READ,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.AGENT: _AGENT,
    Role.MANAGER: frozenset(_MANAGER),
    Role.ADMIN: frozenset(Permission) - {Permission.PUBLIC},
}
"""What each role may do; anything not listed is denied."""

WORDS: dict[Permission, str] = {
    Permission.DASHBOARD_READ: N_("the start page"),
    Permission.CONTACTS_READ: N_("seeing contacts"),
    Permission.CONTACTS_WRITE: N_("changing contacts"),
    Permission.CONTACTS_EXPORT: N_("exporting people"),
    Permission.CAMPAIGNS_READ: N_("seeing campaigns"),
    Permission.CAMPAIGNS_WRITE: N_("preparing campaigns"),
    Permission.CAMPAIGNS_LAUNCH: N_("sending campaigns"),
    Permission.TEMPLATES_READ: N_("seeing templates"),
    Permission.TEMPLATES_WRITE: N_("changing templates"),
    Permission.CONVERSATIONS_READ: N_("reading conversations"),
    Permission.CONVERSATIONS_WRITE: N_("changing conversations"),
    Permission.MESSAGES_SEND: N_("writing messages"),
    Permission.AUTOMATIONS_READ: N_("seeing automations"),
    Permission.AUTOMATIONS_WRITE: N_("changing automations"),
    Permission.AUTOMATIONS_RUN: N_("publishing and stopping automations"),
    Permission.CALENDARS_WRITE: N_("changing working hours"),
    Permission.CHANNELS_READ: N_("seeing WhatsApp numbers"),
    Permission.CHANNELS_WRITE: N_("connecting WhatsApp numbers"),
    Permission.WEBHOOKS_READ: N_("seeing the webhook log"),
    Permission.WEBHOOKS_WRITE: N_("replaying webhooks"),
    Permission.WEBHOOKS_PERSONAL: N_("seeing personal data in webhooks"),
    Permission.USERS_READ: N_("seeing the team"),
    Permission.USERS_WRITE: N_("changing the team"),
    Permission.TOKENS_WRITE: N_("creating API tokens"),
    Permission.AUDIT_READ: N_("seeing the audit log"),
    Permission.SYSTEM_READ: N_("seeing the system status"),
    Permission.SYSTEM_CHECK: N_("checking the installation"),
}
"""What each permission covers, to complete “Your role does not include …”."""


def may(role: Role, permission: Permission) -> bool:
    """Whether the role holds the permission."""
    return permission is Permission.PUBLIC or permission in GRANTS[role]
