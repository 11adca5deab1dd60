"""The life of every table: what removes its rows and when, as shown in ``docs/operations.md`` (law 13)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.entries import ENTRIES_KEPT
from domain.outgoing_files import ID_LASTS, KEPT
from domain.sentences import N_
from domain.webhooks import OBJECTS_KEPT

WEBHOOKS_KEPT = timedelta(days=8)
"""Meta redelivers for seven days; duplicates must be recognised for longer than that."""

MERGES_KEPT = timedelta(days=400)
"""How long old links to a merged contact or conversation keep working."""

REACTIONS_KEPT = timedelta(days=400)
"""How long our own reactions, and changes of strangers' messages, are kept; a contact's go with the contact."""

RATES_KEPT = timedelta(days=400)
"""How long after its end a campaign shows its sending rate."""

TOKENS_KEPT = timedelta(days=90)
"""How long after its end a token can be told from one that never existed."""

MESSAGE_MONTHS = 24
"""How long messages are kept, and a campaign's recipients after its end, unless MESSAGE_MONTHS is set."""

ALERTS_KEPT = timedelta(days=90)
"""How long alerts that are over are listed."""

COUNTS_KEPT = timedelta(days=62)
"""How long the counts of an automation's branches are kept by hour; then by month."""

FEWEST_MONTHS = 2
"""Status updates can be replayed for a month and must still find their message."""

DAYS = 730
"""How long message files and the audit log are kept, unless MEDIA_DAYS and AUDIT_DAYS are set."""


JOURNAL_DAYS = 30
"""How long journal entries outside the audit log are kept, unless JOURNAL_DAYS is set."""


def back(at: datetime, months: int) -> datetime:
    """The same day ``months`` earlier; the 28th at the latest, as months differ in length."""
    year, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, 28))


class Ends(StrEnum):
    """What removes a table's rows."""

    AGE = "age"  # a function called by the clean-up or by whatever writes the rows
    PARENT = "parent"  # with the row they belong to, by a foreign key
    HAND = "hand"  # a person removes them: as many as people create, whatever the traffic


@dataclass(frozen=True, slots=True)
class Life:
    """Tables that share a life: a description for people, and the functions that remove their rows."""

    what: str
    tables: tuple[str, ...]
    kept: str
    ends: Ends
    by: tuple[str, ...] = ()
    """``module:function``; a table that only a foreign key empties names its parent table instead."""

    def line(self) -> str:
        """The row in the documentation's table."""
        names = ", ".join(f"`{table}`" for table in self.tables)
        return f"| {self.what} | {names} | {self.kept} |"


def _days(span: timedelta) -> str:
    return f"{span.days} days"


LIVES = (
    Life(
        N_("Messages and attempts"),
        ("messages", "message_attempts"),
        f"`MESSAGE_MONTHS`, {MESSAGE_MONTHS} by default; those of a campaign after its end; or until the contact is deleted",
        Ends.AGE,
        ("services.lives:purge_messages", "services.lives:drop_months"),
    ),
    Life(
        N_("Campaign recipients and people left out"),
        ("campaign_recipients", "campaign_exclusions"),
        "`MESSAGE_MONTHS` after the campaign's end; its figures, causes and reasons stay",
        Ends.AGE,
        ("services.lives:let_people_go", "services.lives:drop_months", "services.lives:purge_people"),
    ),
    Life(
        N_("Rows of a campaign's file"),
        ("campaign_entries",),
        f"{_days(ENTRIES_KEPT)} after the campaign's end; for excluded rows, the reason stays `MESSAGE_MONTHS`",
        Ends.AGE,
        ("services.maintenance:purge_campaigns", "services.lives:purge_people"),
    ),
    Life(
        N_("Sending rates of campaigns"),
        ("campaign_rates",),
        f"{_days(RATES_KEPT)} after its end",
        Ends.AGE,
        ("services.maintenance:purge_campaigns",),
    ),
    Life(
        N_("Runs of automations, their steps and what came for them"),
        ("automation_runs", "automation_steps", "automation_inbox"),
        f"`MESSAGE_MONTHS`, {MESSAGE_MONTHS} by default, after the run's end; or until the contact or the automation is deleted",
        Ends.AGE,
        ("services.automations.upkeep:purge_runs",),
    ),
    Life(
        N_("Counts of an automation's branches"),
        ("automation_counts",),
        f"by hour for {_days(COUNTS_KEPT)}, then one row a month until the automation is deleted",
        Ends.AGE,
        ("services.automations.upkeep:fold_counts",),
    ),
    Life(
        N_("Automations and what they need"),
        (
            "automations", "automation_versions", "automation_triggers", "automation_hooks",
            "automation_secrets", "labels",
        ),
        "until you remove them; every published version stays",
        Ends.HAND,
    ),
    Life(
        N_("Working hours and response targets"),
        ("calendars", "targets"),
        "until you remove them; targets also with their label",
        Ends.HAND,
    ),
    Life(
        N_("Openings of working hours, ready for counting"),
        ("calendar_spans",),
        "from 35 days ago to 400 days ahead, as long as the working hours",
        Ends.PARENT,
        ("calendars",),
    ),
    Life(
        N_("Labels and notes of a conversation"),
        ("conversation_labels", "notes"),
        "until you remove them, or the contact is deleted",
        Ends.PARENT,
        ("conversations",),
    ),
    Life(
        N_("Campaigns and their figures"),
        ("campaigns", "campaign_counters"),
        "for ever: a few rows each; drafts and campaigns that messaged nobody, until you delete them; an untouched draft, 1 day",
        Ends.HAND,
    ),
    Life(
        "Contacts",
        ("contacts",),
        "until you delete them",
        Ends.HAND,
    ),
    Life(
        N_("What belongs to a contact"),
        ("contact_identities", "consents", "conversations", "group_members"),
        "until the contact is deleted",
        Ends.PARENT,
        ("contacts",),
    ),
    Life(
        N_("Recent deletions that can be undone"),
        ("deletions", "leaving"),
        "15 seconds, in which you can undo it; then the data is deleted",
        Ends.AGE,
        ("services.deletions:finish",),
    ),
    Life(
        "Imports",
        ("imports",),
        "one row each for ever; files that nobody started, 24 hours",
        Ends.HAND,
    ),
    Life(
        N_("Import rows with a problem"),
        ("import_errors",),
        "14 days",
        Ends.AGE,
        ("services.imports.upkeep:purge_rows",),
    ),
    Life(
        N_("Deliveries from WhatsApp"),
        ("webhook_events", "webhook_objects"),
        f"{_days(WEBHOOKS_KEPT)}; {OBJECTS_KEPT.days} if they had no effect or could not be read",
        Ends.AGE,
        ("services.maintenance:purge_webhooks",),
    ),
    Life(
        N_("The webhook log's search index, repeated deliveries"),
        ("webhook_marks", "webhook_repeats"),
        f"{_days(WEBHOOKS_KEPT)}, like the deliveries",
        Ends.AGE,
        ("services.maintenance:purge_webhook_log", "services.maintenance:purge_webhooks"),
    ),
    Life(
        N_("Replays of deliveries"),
        ("webhook_replays",),
        f"{_days(OBJECTS_KEPT)} after their end",
        Ends.AGE,
        ("services.maintenance:purge_webhook_log",),
    ),
    Life(
        N_("Rejected deliveries, per minute"),
        ("rejected_webhooks",),
        _days(OBJECTS_KEPT),
        Ends.AGE,
        ("services.maintenance:purge_webhooks",),
    ),
    Life(
        N_("Message files, template pictures"),
        ("media_files", "pictures"),
        f"`MEDIA_DAYS`, {DAYS} by default, or until the message is deleted; 30 days",
        Ends.AGE,
        ("services.maintenance:purge_media",),
    ),
    Life(
        N_("Files that automations send, and their ids at WhatsApp"),
        ("outgoing_files", "outgoing_file_ids"),
        f"{_days(KEPT)} after the last draft, acting version or version with people inside stopped naming it; {_days(ID_LASTS)}",
        Ends.AGE,
        ("services.maintenance:purge_outgoing_files",),
    ),
    Life(
        N_("Reactions and edits"),
        ("message_reactions", "message_changes"),
        f"as long as the message or the contact; {_days(REACTIONS_KEPT)} if they belong to neither",
        Ends.AGE,
        ("services.maintenance:purge_reactions", "services.lives:purge_messages"),
    ),
    Life(
        N_("Links to merged contacts"),
        ("moved_ids",),
        _days(MERGES_KEPT),
        Ends.AGE,
        ("services.maintenance:settle_merges",),
    ),
    Life(
        N_("Who changed what, campaign events and other events"),
        ("journal", "journal_contacts"),
        f"`AUDIT_DAYS`, {DAYS} by default, after the end of the month; `JOURNAL_DAYS`, {JOURNAL_DAYS} by default, after the end of the week",
        Ends.AGE,
        ("services.maintenance:turn_journal",),
    ),
    Life(
        N_("Positions of the journal's readers"),
        ("journal_readers",),
        "for ever: one row each",
        Ends.HAND,
    ),
    Life(
        N_("Logs of earlier releases"),
        ("audit_log", "campaign_events"),
        "until `whatsway migrate` has moved them into the journal",
        Ends.AGE,
        ("store.moving:old_logs",),
    ),
    Life(
        N_("Sessions, failed sign-ins, answers to repeated requests"),
        ("sessions", "login_throttles", "idempotency_keys"),
        "until they end; 1 day; 2 days",
        Ends.AGE,
        ("services.sessions:purge",),
    ),
    Life(
        "API tokens",
        ("api_tokens",),
        f"{_days(TOKENS_KEPT)} after their end",
        Ends.AGE,
        ("services.maintenance:purge_tokens",),
    ),
    Life(
        N_("Rate limits and the daily limit"),
        ("rate_slots", "portfolio_recipients", "portfolio_usage"),
        "1 day; 1 day; 3 days",
        Ends.AGE,
        ("services.maintenance:purge_limits",),
    ),
    Life(
        "Opt-outs of deleted contacts, as hashes",
        ("suppressions",),
        "until the person comes back; forgetting them would mean messaging them again",
        Ends.HAND,
    ),
    Life(
        N_("What you set up"),
        (
            "users", "channels", "portfolios", "templates", "template_asides", "groups", "custom_fields",
            "installation",
        ),
        "until you remove it; a removed number, person or template keeps its name for the campaigns it was in",
        Ends.HAND,
    ),
    Life(
        N_("Alerts, and who has seen them"),
        ("alerts", "alert_marks"),
        f"{_days(ALERTS_KEPT)} after they are over",
        Ends.AGE,
        ("services.alerts.watching:purge",),
    ),
    Life(
        N_("Running processes"),
        ("processes",),
        "1 day after the last heartbeat",
        Ends.AGE,
        ("store.processes:beat",),
    ),
)  # fmt: skip
"""Every table exactly once; a test compares it with the actual tables."""
