"""Why a message did not go or a campaign stopped, in plain words with one next step each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.error_codes import cause_key, codes_of
from domain.refusals import Refusal


class Target(StrEnum):
    """Where the next step is done."""

    NONE = "none"
    CHANNEL = "channel"
    TEMPLATES = "templates"
    CONTACTS = "contacts"
    SCHEDULE = "schedule"
    FAILURES = "failures"


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason: what happened, what it means, and the one thing to do about it."""

    key: str
    title: str
    explanation: str
    step: str
    target: Target = Target.NONE


@dataclass(frozen=True, slots=True)
class Members:
    """The error codes and our own reasons that a cause stands for.

    With ``unexplained`` it stands for everything without a code whose reason is not among these.
    """

    codes: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()
    unexplained: bool = False


def cause_of(code: int | None, reason: str | None) -> Cause:
    """The cause behind a Cloud API error code, or behind one of our own reasons when there is none."""
    if code is not None:
        key = cause_key(code)
        return _CAUSES[key] if key else _unmapped(code)
    return _CAUSES.get(_KEY_BY_REASON.get(reason or "", ""), _CAUSES["other"])


def by_key(key: str) -> Cause | None:
    """The cause of a key, as links and filters name it."""
    if key.startswith(_CODE_PREFIX) and key.removeprefix(_CODE_PREFIX).isdecimal():
        return _unmapped(int(key.removeprefix(_CODE_PREFIX)))
    return _CAUSES.get(key)


def halt_cause(halt: str) -> Cause:
    """Why a campaign stops by itself: a refusal of the gate that concerns all of it, or a brake."""
    return _CAUSES.get(_KEY_BY_REASON.get(halt, halt), _CAUSES["other"])


def pause_cause(reason: str | None) -> Cause:
    """Why a campaign is paused or held; None means that a person paused it."""
    return _CAUSES.get(reason or "by_person", _CAUSES["other"])


def members(key: str) -> Members:
    """What to look for to find the people of a cause; nothing when the key is unknown."""
    if key.startswith(_CODE_PREFIX) and key.removeprefix(_CODE_PREFIX).isdecimal():
        return Members(codes=(int(key.removeprefix(_CODE_PREFIX)),))
    if key == "other":
        return Members(reasons=tuple(_KEY_BY_REASON), unexplained=True)
    reasons = tuple(reason for reason, known in _KEY_BY_REASON.items() if known == key)
    return Members(codes_of(key), reasons)


_CODE_PREFIX = "code_"


def _unmapped(code: int) -> Cause:
    return Cause(
        f"{_CODE_PREFIX}{code}",
        f"WhatsApp error {code}",
        "WhatsApp refused these messages and gave this code.",
        "Open one of the recipients to read WhatsApp's own words.",
    )


_LIST = (
    Cause(
        "by_person",
        "Paused by your team",
        "Nobody new gets the message until somebody resumes it.",
        "Resume it when you are ready.",
    ),
    Cause(
        "missed_start",
        "Its start was missed",
        "The planned time passed while WhatsWay was not running, so it did not send on its own.",
        "Decide whether it should still go out: resume it or stop it.",
    ),
    Cause(
        "restored",
        "Held after a restore",
        "This installation was restored from a backup, so nothing is sent until you say so.",
        "Check who already got the message, then resume it or stop it.",
    ),
    Cause(
        "failures",
        "Too many messages failed in a short time",
        "More of the last messages failed than this campaign allows, so it stopped before more did.",
        "Look at what failed and why, then resume or stop it.",
        Target.FAILURES,
    ),
    Cause(
        "quality",
        "People react badly to this number",
        "WhatsApp lowered the quality of the number: people blocked or reported its messages. "
        "Sending on may lower its limits.",
        "Check whom you write to and what you say, then resume slowly or stop it.",
        Target.CHANNEL,
    ),
    Cause(
        "disconnected",
        "The WhatsApp number is disconnected",
        "The number this campaign sends from is no longer connected here.",
        "Reconnect the number, then resume.",
        Target.CHANNEL,
    ),
    Cause(
        "removed",
        "The WhatsApp account was taken from this app",
        "Meta says that the account of this number was removed or disconnected from your app.",
        "Connect it again at Meta, check the connection on the number's page, then resume.",
        Target.CHANNEL,
    ),
    Cause(
        "reconnected",
        "The connection waits for a check",
        "Meta says that the account of this number is connected again.",
        "Check the connection on the number's page, then resume.",
        Target.CHANNEL,
    ),
    Cause(
        "restricted",
        "WhatsApp restricts this number for a time",
        "Meta allows fewer kinds of messages from this number until the restriction ends.",
        "Campaigns go on by themselves then. The number's page says until when.",
        Target.CHANNEL,
    ),
    Cause(
        "token",
        "WhatsApp no longer accepts the access token",
        "The token of this number expired or lost a permission. Nothing can leave with it.",
        "Enter a new access token on the number's page, then resume.",
        Target.CHANNEL,
    ),
    Cause(
        "payment",
        "WhatsApp has a problem with your payment method",
        "Meta could not charge the account behind this number.",
        "Check the payment method in WhatsApp Manager, then resume.",
        Target.CHANNEL,
    ),
    Cause(
        "policy",
        "WhatsApp restricted your account",
        "Meta blocked sending for a while because of its policies.",
        "Read the notice in WhatsApp Manager and ask for a review if it is wrong.",
        Target.CHANNEL,
    ),
    Cause(
        "spam_limit",
        "Too many people blocked or reported this number",
        "WhatsApp stopped this number for now. Sending on would make it worse.",
        "Wait until tomorrow, then resume at a low speed with a better-matched audience.",
        Target.CHANNEL,
    ),
    Cause(
        "not_registered",
        "The number is not registered with WhatsApp",
        "WhatsApp does not know this number as ready to send.",
        "Register the number again on its page, then resume.",
        Target.CHANNEL,
    ),
    Cause(
        "display_name",
        "The display name is not approved yet",
        "WhatsApp does not let this number send before its name is approved.",
        "Wait for the approval in WhatsApp Manager, then resume.",
        Target.CHANNEL,
    ),
    Cause(
        "template",
        "The template cannot be sent",
        "WhatsApp paused, changed or removed it, or the values do not fit it.",
        "Sync the templates and look at this one's status, then resume.",
        Target.TEMPLATES,
    ),
    Cause(
        "template_paused",
        "WhatsApp paused the template",
        "Too many people disliked it, so WhatsApp stopped it for some hours.",
        "Resume when it is active again, or start a new campaign with another template.",
        Target.TEMPLATES,
    ),
    Cause(
        "template_values",
        "A value does not fit the template",
        "A variable was missing, too long or in a form WhatsApp does not take.",
        "Check the fields the variables come from.",
        Target.CONTACTS,
    ),
    Cause(
        "unreachable",
        "Not reachable on WhatsApp",
        "The number has no WhatsApp, an old version, or has not agreed to its terms.",
        "Check the numbers; remove those that stay unreachable.",
        Target.CONTACTS,
    ),
    Cause(
        "blocked_contact",
        "This contact is blocked",
        "Your team or your WhatsApp block list says that nothing may go to these people.",
        "Unblock the contact if that is wrong.",
        Target.CONTACTS,
    ),
    Cause(
        "same_person",
        "The same person is in the campaign twice",
        "Two contacts turned out to be one person, who gets the campaign once.",
        "Nothing to do: the person got it under their other number.",
    ),
    Cause(
        "opted_out",
        "Does not want marketing",
        "These people stopped your marketing messages. They will not get any more.",
        "Nothing to do: they stay left out of marketing campaigns.",
        Target.CONTACTS,
    ),
    Cause(
        "frequency",
        "WhatsApp limits marketing to this person",
        "They got enough marketing from businesses lately, so WhatsApp held yours back.",
        "Try these people again after 24 hours at the earliest.",
    ),
    Cause(
        "experiment",
        "Part of a WhatsApp experiment",
        "Meta shows these people no marketing for a while. You are not charged.",
        "Nothing to do: sending again gives the same answer.",
    ),
    Cause(
        "us_marketing",
        "No marketing to the United States",
        "WhatsApp delivers no marketing messages to numbers of the United States.",
        "Leave these people out, or send them a utility template.",
        Target.CONTACTS,
    ),
    Cause(
        "daily_limit",
        "The daily limit of your business was reached",
        "WhatsApp lets your business write to so many new people in 24 hours, all numbers together.",
        "Send it again tomorrow. Whoever writes to you first does not count.",
        Target.CHANNEL,
    ),
    Cause(
        "country",
        "Not allowed in that country",
        "WhatsApp does not let your business message people in this country.",
        "Leave this country out of your audience.",
        Target.CONTACTS,
    ),
    Cause(
        "same_number",
        "Sender and recipient are the same",
        "The contact has the number you send from.",
        "Remove your own number from the audience.",
        Target.CONTACTS,
    ),
    Cause(
        "test_number",
        "Not on the list of your test number",
        "A test number can only write to people added to its list at Meta.",
        "Add the people to that list, or connect a real number.",
        Target.CHANNEL,
    ),
    Cause(
        "window_closed",
        "The 24-hour window is closed",
        "More than 24 hours passed since the person last wrote.",
        "Send a template instead.",
        Target.TEMPLATES,
    ),
    Cause(
        "too_fast",
        "Sent faster than WhatsApp allows",
        "WhatsApp asked us to slow down; these were tried several times.",
        "Send to them again at a lower speed.",
        Target.SCHEDULE,
    ),
    Cause(
        "pair",
        "Too many messages to the same person",
        "One person can only get a few messages a minute from you.",
        "Wait a little, then send again.",
    ),
    Cause(
        "temporary",
        "WhatsApp was not available",
        "WhatsApp or the connection to it failed for a moment, again and again.",
        "Send to these people again later.",
    ),
    Cause(
        "no_answer",
        "WhatsApp gave no clear answer",
        "The message left, but nobody knows yet whether it arrived. "
        "Nothing is sent again by itself, so nobody gets it twice.",
        "Wait for WhatsApp's delivery updates; they usually settle it.",
    ),
    Cause(
        "media",
        "The picture or file could not be used",
        "WhatsApp could not load it from the link, or its type does not fit.",
        "Open the link in a private window to check it, and use another file if needed.",
        Target.TEMPLATES,
    ),
    Cause(
        "contact_deleted",
        "The contact was deleted",
        "Somebody deleted these contacts after the campaign was launched.",
        "Nothing to do.",
    ),
    Cause(
        "other",
        "Another reason",
        "WhatsApp refused these messages.",
        "Open one of the recipients to read WhatsApp's own words.",
    ),
)

_CAUSES: Mapping[str, Cause] = {cause.key: cause for cause in _LIST}

_KEY_BY_REFUSAL: Mapping[str, str] = {
    Refusal.CONTACT_DELETED: "contact_deleted",
    Refusal.CONTACT_BLOCKED: "blocked_contact",
    Refusal.OPTED_OUT: "opted_out",
    Refusal.US_MARKETING: "us_marketing",
    Refusal.WINDOW_CLOSED: "window_closed",
    Refusal.CHANNEL_DISCONNECTED: "disconnected",
    Refusal.CHANNEL_REMOVED: "removed",
    Refusal.CHANNEL_RECONNECTED: "reconnected",
    Refusal.CHANNEL_TOKEN: "token",
    Refusal.CHANNEL_PAYMENT: "payment",
    Refusal.CHANNEL_POLICY: "policy",
    Refusal.CHANNEL_SPAM_LIMIT: "spam_limit",
    Refusal.CHANNEL_NOT_REGISTERED: "not_registered",
    Refusal.CHANNEL_DISPLAY_NAME: "display_name",
    Refusal.TEMPLATE: "template",
    Refusal.RESTRICTED_REPLIES: "restricted",
    Refusal.RESTRICTED_UTILITY: "restricted",
    Refusal.RESTRICTED: "restricted",
    Refusal.BUDGET_SPENT: "daily_limit",
    Refusal.SAME_PERSON: "same_person",
}

_KEY_BY_REASON: Mapping[str, str] = {
    "no_answer": "no_answer",
    "sender_died": "no_answer",
    "restored": "no_answer",
    "not_reached": "temporary",
    "claim_expired": "temporary",
    **_KEY_BY_REFUSAL,
}
