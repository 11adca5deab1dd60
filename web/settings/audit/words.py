"""The audit log's vocabulary for what was done, and to which kind of thing.

When recording something new, add its words here: a test checks everything recorded.
"""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from web.i18n import gettext
from web.page import current_page

Held = TypeVar("Held")

PAGES = {
    "campaign": "/campaigns/{}", "campaign_file": "/campaigns/{}",
    "campaign_recipients": "/campaigns/{}/recipients", "contact": "/contacts/{}", "contacts": "/contacts",
    "group": "/contacts?group={}", "channel": "/channels/{}", "template": "/templates/{}",
    "import": "/contacts/import/{}", "conversation": "/inbox/{}", "user": "/settings/team",
    "token": "/settings/tokens", "field": "/contacts/fields", "audit": "/settings/audit",
    "webhook_delivery": "/settings/webhooks/delivery/{}", "webhook_object": "/settings/webhooks/object/{}",
    "webhook_replay": "/settings/webhooks/replays",
    "automation": "/automations/{}", "run": "/automations/runs/{}", "label": "/settings/labels",
    "automation_secret": "/settings/secrets",
}  # fmt: skip
"""The pages of each kind of thing."""

PARTS = {
    "campaign_file": "campaign", "campaign_recipients": "campaign", "contacts": "contact",
    "webhook_object": "webhook_delivery", "webhook_replay": "webhook_delivery", "run": "automation",
}  # fmt: skip
"""Kinds of things filed under another: one filter choice covers both."""

MANY = "many"
"""Instead of an id: a whole selection."""


def in_each_language(make: Callable[[], dict[str, Held]]) -> Callable[[], dict[str, Held]]:
    """Build a table once per language: an exported log needs its words thousands of times."""
    made: dict[str, dict[str, Held]] = {}

    @wraps(make)
    def table() -> dict[str, Held]:
        locale = current_page.get().locale
        if locale not in made:
            made[locale] = make()
        return made[locale]

    return table


@in_each_language
def actions() -> dict[str, str]:
    """What was done, to complete a sentence that starts with the actor."""
    return _of_campaigns() | _of_automations() | _of_people() | _of_the_team()


def _of_campaigns() -> dict[str, str]:
    """Actions on campaigns and their files."""
    _ = gettext
    return {
        "campaign.archived": _("archived a campaign"),
        "campaign.assumed_sent": _("counted unknown outcomes as sent"),
        "campaign.send_again": _("sent again where the outcome was unknown"),
        "campaign.closed": _("closed a campaign"),
        "campaign.copied": _("duplicated a campaign"),
        "campaign.created": _("created a campaign"),
        "campaign.deleted": _("deleted a campaign"),
        "campaign.edited": _("edited a campaign"),
        "campaign.file_given": _("uploaded a campaign's file"),
        "campaign.launched": _("launched a campaign"),
        "campaign.moved": _("rescheduled a campaign"),
        "campaign.renamed": _("renamed a campaign"),
        "campaign.unarchived": _("brought a campaign back from the archive"),
        "campaign.retried": _("created a retry of a campaign"),
        "campaign.undone": _("undid a launch"),
        "campaign_file.exported": _("exported the lines of a campaign's file"),
        "campaign_recipients.exported": _("exported the recipients of a campaign"),
        "campaign.paused": _("paused a campaign"),
        "campaign.resumed": _("resumed a campaign"),
        "campaign.stopped": _("stopped a campaign"),
        "campaign.throttled": _("changed a campaign's speed"),
    }  # fmt: skip


def _of_automations() -> dict[str, str]:
    """Actions on automations, their runs and secrets, and on labels."""
    _ = gettext
    return {
        "automation.archived": _("archived an automation"),
        "automation.created": _("created an automation"),
        "automation.edited": _("edited an automation"),
        "automation.halted": _("paused an automation to keep a mistake small"),
        "automation.hook_changed": _("gave a webhook trigger a new address"),
        "automation.paused": _("paused an automation"),
        "automation.published": _("published an automation"),
        "automation.renamed": _("renamed an automation"),
        "automation.resumed": _("resumed an automation"),
        "automation.runs_stopped": _("stopped all runs of an automation"),
        "automation.start_decided": _("decided about a missed start"),
        "automation.unarchived": _("brought an automation back from the archive"),
        "run.retried": _("retried a failed run"),
        "run.stopped": _("stopped a run"),
        "automation_secret.deleted": _("deleted a secret of HTTP requests"),
        "automation_secret.set": _("set a secret of HTTP requests"),
        "calendar.changed": _("changed working hours"),
        "calendar.created": _("created working hours"),
        "calendar.deleted": _("deleted working hours"),
        "targets.changed": _("changed the response targets"),
        "label.changed": _("changed a label"),
        "label.created": _("created a label"),
        "label.deleted": _("deleted a label"),
    }  # fmt: skip


def _of_people() -> dict[str, str]:
    """Actions on contacts, groups, fields and conversations."""
    _ = gettext
    return {
        "contact.consent_undone": _("undid a change of consent"),
        "contact.created": _("added a contact"),
        "contact.deleted": _("deleted a contact"),
        "deletion.undone": _("undid a deletion"),
        "contacts.deleted": _("deleted contacts"),
        "contacts.opted_in": _("allowed marketing to contacts again"),
        "contacts.opted_out": _("stopped marketing to contacts"),
        "contacts.grouped": _("added contacts to a group"),
        "contacts.ungrouped": _("removed contacts from a group"),
        "contact.merged": _("merged contacts of the same person"),
        "contact.opted_in": _("allowed marketing to a contact again"),
        "contact.opted_out": _("stopped marketing to a contact"),
        "contact.updated": _("changed a contact"),
        "contacts.exported": _("exported contacts"),
        "import.exported": _("exported the errors of an import"),
        "field.created": _("created a field"),
        "field.deleted": _("deleted a field"),
        "field.updated": _("changed a field"),
        "group.created": _("created a group"),
        "group.deleted": _("deleted a group"),
        "group.filled": _("added recipients to a group"),
        "group.renamed": _("renamed a group"),
        "import.started": _("started an import"),
        "conversation.assigned": _("assigned a conversation"),
        "conversation.given_back": _("gave a conversation back to automations"),
        "conversation.label_added": _("put a label on a conversation"),
        "conversation.label_removed": _("took a label off a conversation"),
        "conversation.note_written": _("wrote a note in a conversation"),
        "conversation.status_changed": _("changed a conversation's status"),
        "conversation.taken": _("took a conversation over from automations"),
    }  # fmt: skip


def _of_the_team() -> dict[str, str]:
    """Actions on users, and on the installation."""
    _ = gettext
    return {
        "audit.exported": _("exported the audit log"),
        "channel.added": _("connected a number"),
        "channel.changed": _("changed a number's connection"),
        "channel.removed": _("removed a number"),
        "template.edited": _("changed a template"),
        "token.created": _("created an API token"),
        "token.revoked": _("revoked an API token"),
        "user.created": _("invited a colleague"),
        "user.deactivated": _("deactivated a colleague"),
        "user.password_changed": _("changed their own password"),
        "user.password_reset": _("reset someone's password"),
        "user.profile_changed": _("changed their own profile"),
        "user.reactivated": _("reactivated a colleague"),
        "user.role_changed": _("changed a colleague's role"),
        "user.signed_in": _("signed in"),
        "delivery.replayed": _("replayed a webhook"),
        "object.replayed": _("replayed a webhook"),
        "replay.begun": _("replayed a range of webhooks"),
        "replay.stopped": _("stopped a replay of webhooks"),
    }  # fmt: skip


@in_each_language
def kinds() -> dict[str, str]:
    """The name of each kind of thing."""
    _ = gettext
    return {
        "audit": _("Audit log"), "automation": _("Automation"), "automation_secret": _("Secret"),
        "calendar": _("Working hours"), "targets": _("Response targets"),
        "campaign": _("Campaign"), "campaign_file": _("Campaign"),
        "campaign_recipients": _("Campaign"), "channel": _("Number"), "contact": _("Contact"),
        "contacts": _("Contacts"), "conversation": _("Conversation"), "deletion": _("Deletion"),
        "field": _("Field"), "group": _("Group"), "import": _("Import"), "label": _("Label"),
        "run": _("Run of an automation"), "template": _("Template"),
        "token": _("API token"), "user": _("Person"), "webhook_delivery": _("Webhook"),
        "webhook_object": _("Webhook"), "webhook_replay": _("Replay of webhooks"),
    }  # fmt: skip


def action(code: str) -> str:
    """What was done; for another release's action, its code in words."""
    return actions().get(code) or plain(code.partition(".")[2] or code)


def kind(entity: str) -> str:
    """The name of a kind of thing."""
    return kinds().get(entity) or plain(entity)


def choices() -> list[tuple[str, str]]:
    """Kinds of things to choose from."""
    offered = [(name, said) for name, said in kinds().items() if name not in PARTS]
    return sorted(offered, key=lambda choice: choice[1])


def alike(entity: str) -> tuple[str, ...]:
    """A kind of thing, and the kinds filed under it."""
    return (entity, *(part for part, whole in PARTS.items() if whole == entity))


def plain(code: str) -> str:
    """``api_version`` → Api version."""
    words = code.replace("_", " ").replace(".", " ").strip()
    return words[:1].upper() + words[1:]
