"""The words and tones of campaign pages, called by templates so that they use the viewer's language."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.attempts import Attempt, AttemptOutcome
from domain.campaigns import CampaignStatus, CampaignType
from domain.causes import pause_cause
from domain.contacts import BUILT_IN_FIELDS, CustomField
from domain.entries import COLUMN
from domain.headings import told_apart
from domain.recipients import Bucket, Choice
from services.campaigns.views import CampaignView
from web.filters import duration, number, phone
from web.i18n import gettext as _
from web.i18n import ngettext
from web.wording import said

TONES = {
    Bucket.LANDED: "success",
    Bucket.SUBMITTED: "primary",
    Bucket.ACCEPTED: "neutral",
    Bucket.SENT: "neutral",
    Bucket.REACHED_SENT: "neutral",
    Bucket.DELIVERED: "success",
    Bucket.REACHED_DELIVERED: "success",
    Bucket.READ: "info",
    Bucket.REPLIED: "info",
    Bucket.FAILED: "danger",
    Bucket.REFUSED: "warning",
    Bucket.UNKNOWN: "warning",
}

REPLIED = Bucket.REPLIED


@dataclass(frozen=True, slots=True)
class Badge:
    """A short text with its tone."""

    text: str
    tone: str = "neutral"


def status(value: CampaignStatus) -> Badge:
    """The state of a campaign."""
    words = {
        CampaignStatus.DRAFT: Badge(_("Draft")),
        CampaignStatus.SCHEDULED: Badge(_("Scheduled"), "info"),
        CampaignStatus.RUNNING: Badge(_("Running"), "success"),
        CampaignStatus.PAUSED: Badge(_("Paused"), "warning"),
        CampaignStatus.HELD: Badge(_("Needs your decision"), "warning"),
        CampaignStatus.STOPPED: Badge(_("Stopped")),
        CampaignStatus.COMPLETED: Badge(_("Finished"), "info"),
    }
    return words[value]


def bucket(value: Bucket, *, over: bool = False) -> str:
    """A set of recipients, as named in lists and chips; ``over``: the campaign has ended."""
    words = {
        Bucket.QUEUED: _("Not sent") if over else _("Waiting to be sent"),
        Bucket.SENDING: _("Being sent"),
        Bucket.UNKNOWN: _("Outcome unknown"),
        Bucket.ACCEPTED: _("Awaiting delivery update"),
        Bucket.SENT: _("Sent"),
        Bucket.DELIVERED: _("Delivered"),
        Bucket.READ: _("Read"),
        Bucket.FAILED: _("Failed"),
        Bucket.REFUSED: _("Skipped when sending"),
        Bucket.SUBMITTED: _("Submitted to WhatsApp"),
        Bucket.LANDED: _("Accepted by WhatsApp"),
        Bucket.REACHED_SENT: _("Sent"),
        Bucket.REACHED_DELIVERED: _("Delivered"),
        Bucket.REPLIED: _("Replied"),
    }
    return words[value]


def term(value: Bucket, *, over: bool = False) -> str:
    """A set of recipients inside the line that sums to the audience."""
    words = {
        Bucket.LANDED: _("accepted"),
        Bucket.FAILED: _("failed"),
        Bucket.REFUSED: _("skipped when sending"),
        Bucket.UNKNOWN: _("outcome unknown"),
        Bucket.SENDING: _("being sent"),
        Bucket.QUEUED: _("not sent") if over else _("waiting"),
    }
    return words[value]


def definition(value: Bucket, *, over: bool = False) -> str:
    """What exactly a number counts."""
    words = {
        Bucket.QUEUED: _(
            "The campaign ended before their turn, or before another try. They will not get it."
        )
        if over
        else _("Not tried yet, or due for another try."),
        Bucket.SENDING: _("The message is on its way to WhatsApp this second."),
        Bucket.UNKNOWN: _(
            "WhatsApp gave no clear answer. A delivery update settles it; nothing is sent again automatically."
        ),
        Bucket.ACCEPTED: _("WhatsApp accepted the message and has not reported anything since."),
        Bucket.FAILED: _("WhatsApp refused the message, immediately or later, and said why."),
        Bucket.REFUSED: _("They opted out, were blocked or deleted after the launch."),
        Bucket.SUBMITTED: _("WhatsApp accepted the message, whatever happened to it later."),
        Bucket.LANDED: _("WhatsApp accepted the message and nothing has gone wrong since."),
        Bucket.REACHED_SENT: _("WhatsApp sent it on to the phone, or it got further."),
        Bucket.REACHED_DELIVERED: _("The phone confirmed it, or the person read it."),
        Bucket.READ: _("Blue ticks. People can hide these, so the real number is higher."),
        Bucket.REPLIED: _("They wrote back after they got this message."),
    }
    return words.get(value, "")


def tone(value: Bucket) -> str:
    """The colour of a set of recipients."""
    return TONES.get(value, "neutral")


def exclusion(reason: str) -> str:
    """Why somebody is excluded before launch."""
    words = {
        "no_phone": _("without a phone number"),
        "contact_blocked": _("blocked"),
        "opted_out": _("opted out of marketing"),
        "file_no_consent": _("did not agree, according to the file"),
        "never_asked": _("never asked about marketing"),
        "missing_variable": _("without a value for a variable"),
        "wrong_variable": _("with a value WhatsApp would not accept"),
        "us_marketing": _("with a US number, where WhatsApp delivers no marketing"),
        "invalid": _("without a usable number"),
        "unclear": _("with an unclear number"),
        "duplicate": _("with a number that appears earlier in the file"),
    }
    return words.get(reason, reason.replace("_", " "))


def audience(campaign: CampaignView, groups: Sequence[str]) -> str:
    """Where the people of a campaign come from."""
    if campaign.type == CampaignType.API:
        return _("From your program")
    if campaign.type == CampaignType.CSV:
        return campaign.file.file_name if campaign.file else _("A file")
    if campaign.audience.get("everyone"):
        return _("Everyone")
    return ", ".join(groups) or "—"


def speed(per_second: int | None) -> str:
    """A chosen speed."""
    if per_second is None:
        return _("As fast as the number allows")
    words = ngettext("%(num)s message per second", "%(num)s messages per second", per_second)
    return words % {"num": number(per_second)}


def event(kind: str, detail: dict[str, Any]) -> Badge:
    """A line of history."""
    words = {
        "launched": Badge(_("Launched"), "success"),
        "started": Badge(_("Sending began"), "success"),
        "held": Badge(_("Held: its start was missed"), "warning"),
        "paused": Badge(_("Paused"), "warning"),
        "auto_paused": Badge(_("Paused by itself"), "danger"),
        "resumed": Badge(_("Resumed"), "success"),
        "throttled": Badge(_("Speed changed"), "info"),
        "stopped": Badge(_("Stopped"), "danger"),
        "completed": Badge(_("Finished"), "info"),
        "closed": Badge(_("Closed: accepts no more people from your program"), "info"),
        "assumed_sent": Badge(_("Unknown outcomes counted as sent"), "info"),
        "send_again": Badge(_("Unknown outcomes sent again"), "warning"),
        "reopened": Badge(_("Reopened"), "success"),
        "undone": Badge(_("Made a draft again"), "warning"),
        "moved": Badge(_("Start changed"), "info"),
        "restored": Badge(_("Held after a restore"), "warning"),
        "retry_made": Badge(_("Retry prepared"), "info"),
    }
    said = words.get(kind, Badge(kind.replace("_", " ").capitalize()))
    if kind == "throttled":
        return Badge(f"{said.text}: {speed(detail.get('per_second'))}", said.tone)
    return said


def attempt(entry: Attempt) -> Badge:
    """The outcome of an attempt, or what a person decided about it."""
    words = {
        AttemptOutcome.SENDING: Badge(_("On its way to WhatsApp"), "info"),
        AttemptOutcome.ACCEPTED: Badge(_("WhatsApp accepted it"), "success"),
        AttemptOutcome.RETRY: Badge(_("Not sent, tried again later"), "warning"),
        AttemptOutcome.REJECTED: Badge(_("WhatsApp refused it"), "danger"),
        AttemptOutcome.REFUSED: Badge(_("Skipped when sending"), "warning"),
        AttemptOutcome.UNKNOWN: Badge(_("No clear answer"), "warning"),
        AttemptOutcome.FAILED: Badge(_("WhatsApp could not deliver it"), "danger"),
        AttemptOutcome.ASSUMED_SENT: Badge(_("Counted as sent"), "info"),
        AttemptOutcome.SEND_AGAIN: Badge(_("To be sent again"), "info"),
    }
    return words[entry.outcome]


def resolved(choice: Choice, changed: int) -> str:
    """What a decision about unknown outcomes did."""
    if choice is Choice.SEND_AGAIN:
        text = ngettext("%(num)s message is sent again", "%(num)s messages are sent again", changed)
    else:
        text = ngettext("%(num)s message counts as sent", "%(num)s messages count as sent", changed)
    return text % {"num": number(changed)}


def undone() -> str:
    """The message after a launch was undone."""
    return _("Launch undone. Nothing was sent.")


def event_note(by: str | None, detail: dict[str, Any]) -> str:
    """Who did it, and why it happened by itself."""
    reason = detail.get("reason")
    parts = [by or "", said(pause_cause(str(reason)).title) if reason else ""]
    if expected := detail.get("recipients") or detail.get("people"):
        people = ngettext("%(num)s person", "%(num)s people", int(expected))
        parts.append(people % {"num": number(expected)})
    return " · ".join(filter(None, parts))


def marker(kind: str, per_second: int | None) -> str:
    """What happened at a moment on the rate graph."""
    if per_second:
        return f"{number(per_second)}/s"
    short = {"assumed_sent": _("Assumed sent"), "send_again": _("Sent again")}
    return short.get(kind) or event(kind, {}).text


def brake(percent: int | None) -> str:
    """When a campaign pauses itself because of failures."""
    if percent is None:
        return _("Never by itself")
    return _("At %(percent)s %% failures in a short time") % {"percent": percent}


def field_options(
    fields: list[CustomField], columns: Sequence[str] = (), chosen: str = ""
) -> list[tuple[str, Any]]:
    """What may fill a variable, as options of a select: file columns before contact fields.

    A chosen column that the file no longer has stays visible, so that it is not lost silently.
    """
    own = [(field.key, told_apart(field.label)) for field in fields]
    lost = column_name(chosen) if column_name(chosen) not in columns else ""
    options: list[tuple[str, Any]] = [("", _("Fixed text"))]
    if columns:
        options.append((_("Columns of the file"), [(COLUMN + name, name) for name in columns]))
    if lost:
        options.append((_("No longer in the file"), [(chosen, lost)]))
    options.append((_("Contact"), [(key, word) for key, word in _contact_fields().items()]))
    return [*options, (_("Your fields"), own)] if own else options


def column_name(field: str) -> str:
    """The column of a file in a variable's field; empty for others."""
    return field.removeprefix(COLUMN) if field.startswith(COLUMN) else ""


def time_left(seconds: float | None) -> str:
    """The time left; a dash if unknown."""
    return "—" if seconds is None else duration(max(1, seconds))


def field_label(fields: Sequence[CustomField], key: str) -> str:
    """The label of a contact field, or of a file column."""
    if name := column_name(key):
        return _("Column “%(name)s”") % {"name": name}
    return _contact_fields().get(key) or next(
        (told_apart(field.label) for field in fields if field.key == key), key
    )


def _contact_fields() -> dict[str, str]:
    """Fields every contact has, by the key that variables store."""
    words = (_("Name"), _("First name"), _("Last name"), _("Phone number"), _("Language"))
    return dict(zip(BUILT_IN_FIELDS, words, strict=True))


def channel_options(channels: Sequence[Any]) -> list[tuple[Any, str]]:
    """Numbers as options of a select."""
    numbers = ((row, row.display_phone_number) for row in channels)
    return [(row.id, f"{row.name} · {phone(at)}" if at else row.name) for row, at in numbers]


def choices(codes: Sequence[str], name: Callable[[str], str]) -> list[tuple[str, str]]:
    """Codes as options of a select, with names."""
    return [(code, name(code)) for code in codes]


def itself(code: str) -> str:
    """A name that people chose themselves."""
    return code
