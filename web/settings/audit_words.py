"""The audit log in words: what was done, to which kind of thing, where that thing is, and what changed."""

from datetime import datetime
from typing import Any

from markupsafe import Markup, escape

from store import audit
from store.audit import AuditEntry
from web import filters
from web.i18n import gettext

_PAGES = {
    "campaign": "/campaigns/{}", "campaign_file": "/campaigns/{}",
    "campaign_recipients": "/campaigns/{}/recipients", "contact": "/contacts/{}", "group": "/contacts?group={}",
    "channel": "/channels/{}", "template": "/templates/{}", "import": "/contacts/import/{}",
    "conversation": "/inbox/{}", "user": "/settings/team", "token": "/settings/tokens",
    "field": "/contacts/fields", "audit": "/settings/audit",
    "webhook_delivery": "/settings/webhooks", "webhook_object": "/settings/webhooks",
}  # fmt: skip


def actions() -> dict[str, str]:
    """What was done, as the end of a sentence that begins with who."""
    return _of_campaigns() | _of_people() | _of_the_team()


def _of_campaigns() -> dict[str, str]:
    """Of campaigns and their files."""
    _ = gettext
    return {
        "campaign.archive": _("archived a campaign"),
        "campaign.assumed_sent": _("counted unknown outcomes as sent"),
        "campaign.send_again": _("sent again where the outcome was unknown"),
        "campaign.close": _("closed a campaign"),
        "campaign.copy": _("duplicated a campaign"),
        "campaign.create": _("made a campaign"),
        "campaign.delete": _("deleted a campaign"),
        "campaign.edit": _("edited a campaign"),
        "campaign.file": _("gave a campaign a file of people"),
        "campaign.launch": _("launched a campaign"),
        "campaign.move": _("moved a campaign's start"),
        "campaign.rename": _("renamed a campaign"),
        "campaign.restore": _("brought a campaign back from the archive"),
        "campaign.retry": _("made a campaign for those it failed for"),
        "campaign.undo": _("took a launch back"),
        "campaign_file.export": _("exported the lines of a campaign's file"),
        "campaign_recipients.export": _("exported the recipients of a campaign"),
        "campaign.paused": _("paused a campaign"),
        "campaign.resumed": _("resumed a campaign"),
        "campaign.stopped": _("stopped a campaign"),
        "campaign.throttled": _("changed a campaign's speed"),
    }  # fmt: skip


def _of_people() -> dict[str, str]:
    """Of contacts, groups, fields and conversations."""
    _ = gettext
    return {
        "contact.consent_undone": _("took a change of consent back"),
        "contact.create": _("added a contact"),
        "contact.delete": _("deleted a contact"),
        "deletion.undo": _("took a deletion back"),
        "contact.delete_many": _("deleted contacts"),
        "contact.group_add": _("put contacts into a group"),
        "contact.group_remove": _("took contacts out of a group"),
        "contact.merge": _("merged contacts that are one person"),
        "contact.opt_in": _("allowed marketing to a contact again"),
        "contact.opt_out": _("stopped marketing to a contact"),
        "contact.update": _("changed a contact"),
        "contacts.export": _("exported contacts"),
        "import.export": _("exported the errors of an import"),
        "field.create": _("made a field"),
        "field.delete": _("deleted a field"),
        "field.update": _("changed a field"),
        "group.create": _("made a group"),
        "group.delete": _("deleted a group"),
        "group.fill": _("put recipients into a group"),
        "group.rename": _("renamed a group"),
        "import.start": _("started an import"),
        "conversation.assign": _("assigned a conversation"),
        "conversation.status": _("changed a conversation's status"),
    }  # fmt: skip


def _of_the_team() -> dict[str, str]:
    """Of people who sign in, and of the installation."""
    _ = gettext
    return {
        "audit.export": _("exported the audit log"),
        "channel.added": _("connected a number"),
        "channel.changed": _("changed a number's connection"),
        "channel.removed": _("removed a number"),
        "template.changed": _("changed a template"),
        "token.create": _("made an API token"),
        "token.revoke": _("revoked an API token"),
        "user.create": _("invited a colleague"),
        "user.deactivate": _("locked a colleague out"),
        "user.password": _("changed the own password"),
        "user.password_reset": _("gave somebody a new password"),
        "user.profile": _("changed the own profile"),
        "user.reactivate": _("let a colleague in again"),
        "user.role": _("changed a colleague's role"),
        "user.sign_in": _("signed in"),
        "webhook.replayed": _("handed in a webhook again"),
    }  # fmt: skip


def kinds() -> dict[str, str]:
    """Kinds of things."""
    _ = gettext
    return {
        "audit": _("Audit log"), "campaign": _("Campaign"), "channel": _("Number"),
        "contact": _("Contact"), "contacts": _("Contacts"), "conversation": _("Conversation"),
        "field": _("Field"), "group": _("Group"), "import": _("Import"),
        "campaign_file": _("Campaign"), "campaign_recipients": _("Campaign"), "template": _("Template"), "token": _("API token"),
        "user": _("Person"), "webhook_delivery": _("Webhook"), "webhook_object": _("Webhook"),
    }  # fmt: skip


def action(entry: AuditEntry) -> str:
    """What was done; an action of another release in the words of its code."""
    return actions().get(entry.action) or plain(entry.action.partition(".")[2] or entry.action)


def kind(entity: str) -> str:
    """A kind of thing."""
    return kinds().get(entity) or plain(entity)


def way(actor: str) -> str:
    """How it was done, where not on a page."""
    _ = gettext
    how, _sign, which = actor.partition(":")
    if how == "token":
        return _("with the API token %(prefix)s…") % {"prefix": which}
    return {"user": "", "system": ""}.get(actor, plain(actor).lower())


def link(entry: AuditEntry, name: str | None) -> str:
    """Where the thing is; "" where it is gone or has no page."""
    page = _PAGES.get(entry.entity, "")
    if entry.entity in audit.NAMED and name is None:
        return ""
    return page.format(entry.entity_id) if entry.entity_id else ""


def name_then(entry: AuditEntry) -> str:
    """What the thing was called when the entry was written; "" where the log does not say."""
    for held in (entry.after, entry.before):
        for field in ("name", "email", "file_name", "label"):
            if held and isinstance(held.get(field), str):
                return str(held[field])
    return entry.entity_id if entry.entity == "field" else ""


def changes(entry: AuditEntry) -> list[tuple[str, Markup, Markup]]:
    """Fields that differ, in words: (name, before, after)."""
    before, after = entry.before or {}, entry.after or {}
    names = sorted({*before, *after})
    return [
        (plain(name), value(before.get(name)), value(after.get(name)))
        for name in names
        if before.get(name) != after.get(name)
    ]


def plain(code: str) -> str:
    """``api_version`` → Api version."""
    words = code.replace("_", " ").replace(".", " ").strip()
    return words[:1].upper() + words[1:]


def value(held: Any) -> Markup:
    """A value as people read it: yes and no, numbers and times as on every page, lists with commas."""
    if held is None or held == "":
        return escape("")
    if isinstance(held, bool):
        return escape(gettext("yes") if held else gettext("no"))
    if isinstance(held, int | float):
        return escape(filters.number(held, 2 if isinstance(held, float) else 0))
    if isinstance(held, list):
        return Markup(", ").join(value(item) for item in held[:20])
    if isinstance(held, dict):
        return Markup(", ").join(
            escape(plain(str(name))) + ": " + value(item) for name, item in [*held.items()][:20]
        )
    return _text(str(held))


def _text(held: str) -> Markup:
    at = _moment(held)
    if at is not None:
        return filters.date_and_time(at)
    if held.startswith("+") and held[1:].isdecimal():
        return escape(filters.phone(held))
    return escape(held if len(held) <= 200 else f"{held[:199]}…")


def _moment(held: str) -> datetime | None:
    """A time as the log keeps it, which is never just a day or a number."""
    try:
        at = datetime.fromisoformat(held) if len(held) >= 19 and held[10] in "T " else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
