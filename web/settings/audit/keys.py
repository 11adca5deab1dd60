"""The audit log's vocabulary for what is stored about a thing, and for our stored codes.

When recording something new, add its words here: a test checks everything recorded.
"""

from dataclasses import dataclass

from domain.automations.guards import Guard
from domain.campaigns import CampaignStatus
from domain.channels import ChannelStatus
from domain.contacts import FieldType
from domain.permissions import WORDS, Role
from domain.recipients import Bucket
from web.campaigns.words import bucket, status
from web.groups import kind_names
from web.i18n import gettext
from web.label_colors import color_names
from web.settings.audit.words import in_each_language, kinds
from web.settings.webhooks.words import scopes


@dataclass(frozen=True, slots=True)
class Key:
    """A stored value: its label, how it is shown, and what is shown if there is none."""

    label: str
    how: str = "text"
    nothing: str = ""


SILENT = frozenset(
    {"phone_key", "prefix", "thing", "thing_id", "trigger_id", "label_id", "note_id"}
)
"""Repeats what another value, or the line itself, already says."""


@in_each_language
def keys() -> dict[str, Key]:
    """What is stored, in display order; prefixed with the kind of thing where that matters."""
    return (
        _keys_of_things()
        | _keys_of_campaigns()
        | _keys_of_automations()
        | _keys_of_people()
        | _keys_of_the_team()
    )


def _keys_of_things() -> dict[str, Key]:
    """Of anything that has them."""
    _ = gettext
    return {
        "name": Key(_("Name")),
        "label": Key(_("Name")),
        "file_name": Key(_("File")),
        "rows": Key(_("Rows")),
        "people": Key(_("People")),
        "things": Key(_("Undone")),
    }


def _keys_of_campaigns() -> dict[str, Key]:
    """Of campaigns and templates."""
    _ = gettext
    fast = _("as fast as the number allows")
    return {
        "of": Key(_("Copy of"), "campaign"),
        "parent": Key(_("Failed in"), "campaign"),
        "campaign": Key(_("From the campaign"), "campaign"),
        "recipients": Key(_("People")),
        "campaign.type": Key(_("People come from"), "source"),
        "channel_id": Key(_("Number"), "channel", _("none")),
        "template_id": Key(_("Template"), "template", _("none")),
        "everyone": Key(_("All contacts")),
        "group_ids": Key(_("Groups"), "group"),
        "excluded_group_ids": Key(_("Without the groups"), "group"),
        "agreed_only": Key(_("Only people who agreed to marketing")),
        "search": Key(_("Only the people you searched for")),
        "variables": Key(_("Message variables"), "variable"),
        "scheduled_at": Key(_("Start"), "text", _("at launch")),
        "throttle": Key(_("Messages a second"), "text", fast),
        "per_second": Key(_("Messages a second"), "text", fast),
        "brake_percent": Key(_("Pauses at this percentage of failures"), "text", _("never")),
        "replies_to_id": Key(_("Answers go to"), "user", _("nobody")),
        "campaign.phone": Key(_("Column with the numbers"), "text", _("none")),
        "campaign.consent": Key(_("Column with consent"), "text", _("none")),
        "campaign.status": Key(_("State"), "campaign_status"),
        "category": Key(_("Category"), "category"),
        "template.status": Key(_("State"), "template_status"),
        "components": Key(_("Text"), "components"),
    }


def _keys_of_automations() -> dict[str, Key]:
    """Of automations, their runs, and labels."""
    _ = gettext
    return {
        "automation_id": Key(_("Automation"), "automation"),
        "copied": Key(_("Copy of"), "automation"),
        "version": Key(_("Version")),
        "runs": Key(_("Runs")),
        "guard": Key(_("Because"), "guard"),
        "due": Key(_("Was due")),
        "started": Key(_("Started after all")),
        "color": Key(_("Color"), "label_color", _("none")),
        "conversations": Key(_("Conversations with it")),
        "zone": Key(_("Time zone"), "place", _("the installation's")),
        "week": Key(_("Hours"), "text", _("closed")),
        "special": Key(_("Special days"), "text", _("none")),
        "is_default": Key(_("Default")),
        "channels": Key(_("Numbers"), "channel", _("none")),
        "users": Key(_("People"), "user", _("nobody")),
        "targets": Key(_("First reply / next reply / resolved"), "text", _("none")),
        "conversation.label": Key(_("Label")),
    }


def _keys_of_people() -> dict[str, Key]:
    """Of contacts, their groups and fields, imports, exports and conversations."""
    _ = gettext
    return {
        "contacts": Key(_("Contacts")),
        "phone": Key(_("Phone")),
        "language": Key(_("Language"), "language"),
        "contact.timezone": Key(_("Time zone"), "place"),
        "opted_out": Key(_("Marketing stopped"), "text", _("no")),
        "blocked_at": Key(_("Blocked"), "text", _("no")),
        "reason": Key(_("Reason")),
        "groups": Key(_("Groups"), "group"),
        "group_id": Key(_("Group"), "group"),
        "merged": Key(_("Joined with"), "another"),
        "merged_name": Key(_("Its name")),
        "merged_phone": Key(_("Its phone")),
        "contact.cause": Key(_("Because"), "merge_cause"),
        "members": Key(_("Contacts in it")),
        "field.type": Key(_("Type"), "field_type"),
        "options": Key(_("Choices")),
        "mapping": Key(_("Columns go to"), "mapping"),
        "assignee_id": Key(_("Assigned to"), "user", _("nobody")),
        "conversation.status": Key(_("Status"), "conversation_status"),
        "group": Key(_("Only the group"), "group"),
        "consent": Key(_("Only with consent"), "consent"),
        "state": Key(_("Only in the state"), "bucket"),
        "cause": Key(_("Only failed because of"), "cause"),
        "searched": Key(_("Only the people you searched for")),
    }


def _keys_of_the_team() -> dict[str, Key]:
    """Of users, tokens, numbers and the log itself."""
    _ = gettext
    return {
        "email": Key(_("Email")),
        "role": Key(_("Role"), "role"),
        "is_active": Key(_("May sign in")),
        "timezone": Key(_("Time zone"), "zone"),
        "locale": Key(_("Language"), "language"),
        "scopes": Key(_("May do"), "scope"),
        "expires_at": Key(_("Ends"), "text", _("when it is revoked")),
        "channel.status": Key(_("State"), "channel_status"),
        "phone_number_id": Key(_("Meta's ID of the number"), "id"),
        "waba_id": Key(_("Meta's ID of the account"), "id"),
        "api_url": Key(_("API address")),
        "api_version": Key(_("API version")),
        "replaced": Key(_("Replaced"), "secret"),
        "person": Key(_("Only by"), "user"),
        "kind": Key(_("Only about"), "kind"),
        "since": Key(_("From")),
        "until": Key(_("Until")),
        "webhook_replay.scope": Key(_("What"), "replay_scope"),
        "first": Key(_("First ID"), "id"),
        "last": Key(_("Last ID"), "id"),
    }


@in_each_language
def codes() -> dict[str, dict[str, str]]:
    """Our stored codes, in words."""
    _ = gettext
    return {
        "role": {
            Role.AGENT: _("Agent"), Role.MANAGER: _("Manager"), Role.ADMIN: _("Administrator"),
        },
        "replay_scope": scopes(),
        "scope": {permission.value: _(said) for permission, said in WORDS.items()},
        "secret": {
            "access_token": _("access token"), "app_secret": _("app secret"),
            "verify_token": _("verify token"),
        },
        "merge_cause": {"new_number": _("WhatsApp reported a new number")},
        "source": {"contacts": _("Contacts"), "csv": _("A file"), "api": _("A program")},
        "field_type": {kind.value: kind_names()[kind] for kind in FieldType},
        "conversation_status": {
            "open": _("Open"), "pending": _("Pending"), "resolved": _("Resolved"),
        },
        "channel_status": {
            ChannelStatus.CONNECTED: _("Connected"), ChannelStatus.UNVERIFIED: _("Not checked yet"),
            ChannelStatus.BLOCKED: _("Blocked"), ChannelStatus.DISCONNECTED: _("Disconnected"),
        },
        "consent": {
            "in": _("Marketing allowed"), "out": _("Opted out"), "agreed": _("Agreed to marketing"),
            "stopped": _("Opted out"), "never": _("Never asked"), "never_asked": _("Never asked"),
        },
        "campaign_status": {name.value: status(name).text for name in CampaignStatus},
        "bucket": {name.value: bucket(name) for name in Bucket},
        "guard": {
            Guard.STARTS: _("it started too many people within a minute"),
            Guard.MESSAGES: _("it sent too many messages to one contact within an hour"),
            Guard.BOTS: _("it seems to talk to another program"),
            Guard.CIRCLE: _("it started again and again for the same contact"),
            Guard.RESTORED: _("the database was restored from a backup"),
        },
        "label_color": color_names(),
        "kind": kinds(),
    }  # fmt: skip


def key_of(entity: str, name: str) -> Key | None:
    """The key of a stored value for a kind of thing; None if it has no words."""
    known = keys()
    return known.get(f"{entity}.{name}") or known.get(name)
