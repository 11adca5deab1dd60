"""The gate: whether a message may be sent at all, as SQL over named inputs.

It is asked by both lanes when they claim (``person`` for each recipient in ``store.sending.claims`` and ``sender`` once
in ``store.sending.pulses``, ``refusal`` in ``store.sending.single``), when someone composes a message
(``store.refusals``), and before a campaign is launched or retried (``people`` in ``store.campaigns``).

=============  ==============================================================
contact        ``deleted``, ``leaving``, ``blocked``
consent        ``opted_out``
country        ``us_marketing``
window         ``window_closed``
number         ``channel``, and for a time ``restricted``
template       ``template``
budget         ``store.sending.budget``, which reserves what it counts
=============  ==============================================================

A new rule is one more function here, added to the composition it belongs to. Whatever only says "not yet" (speed,
brakes, rests) is asked separately, in ``store.sending.pulses``.
"""

from dataclasses import dataclass

from domain.channels import ChannelStatus, Restriction
from domain.phone import NOT_US_AREAS
from domain.refusals import Refusal
from domain.templates import MARKETING, SENDABLE
from store.leaving import staying
from store.restrictions import concerned

LEAVING = "leaving"
"""Not a refusal: the message waits until the deletion is final or undone."""

CONCERNED = "blocked_at IS NOT NULL OR marketing_opt_out_at IS NOT NULL"
"""SQL: contacts whose own row may be a reason to refuse them; the others need no individual check."""

_AREAS = ", ".join(f"'{area}'" for area in sorted(NOT_US_AREAS))
_STOPPED = f"('{ChannelStatus.BLOCKED}', '{ChannelStatus.DISCONNECTED}')"


_RESTRICTED = {
    Restriction.REPLIES: Refusal.RESTRICTED_REPLIES,
    Restriction.UTILITY: Refusal.RESTRICTED_UTILITY,
    Restriction.BUSINESS_INITIATED: Refusal.RESTRICTED,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """SQL: the condition under which a message is refused, and the refusal's name."""

    when: str
    name: str


Rules = tuple[Rule, ...]


def first(rules: Rules) -> str:
    """SQL: the name of the first rule that refuses, or null."""
    return f"CASE {' '.join(f'WHEN {rule.when} THEN {rule.name}' for rule in rules)} END"


def rule(when: str, name: str) -> Rule:
    """A rule with a fixed name."""
    return Rule(f"({when})", f"'{name}'")


# Contact


def deleted(contact: str) -> Rule:
    """Rows are left joined."""
    return rule(f"{contact}.id IS NULL", Refusal.CONTACT_DELETED)


def leaving(contact: str) -> Rule:
    """They are being deleted, and that can still be undone."""
    return rule(f"NOT {staying(f'{contact}.id')}", LEAVING)


def blocked(contact: str) -> Rule:
    """Our team blocked them."""
    return rule(f"{contact}.blocked_at IS NOT NULL", Refusal.CONTACT_BLOCKED)


# Consent and country


def is_marketing(*categories: str) -> str:
    """SQL: whether any of these template categories is marketing, as ``domain.templates.is_marketing``."""
    any_of = " OR ".join(f"coalesce({one} = '{MARKETING}', false)" for one in categories)
    return f"({any_of})"


def opted_out(contact: str, marketing: str) -> Rule:
    """They stopped marketing, here or in WhatsApp."""
    return rule(f"{marketing} AND {contact}.marketing_opt_out_at IS NOT NULL", Refusal.OPTED_OUT)


def us_marketing(phone_key: str, marketing: str) -> Rule:
    """WhatsApp does not deliver marketing to the United States."""
    return rule(f"{marketing} AND {in_us(phone_key)}", Refusal.US_MARKETING)


def in_us(key: str) -> str:
    """SQL: whether a phone key belongs to the United States."""
    return (
        f"(length({key}) = 11 AND left({key}, 1) = '1' AND substr({key}, 2, 3) NOT IN ({_AREAS}))"
    )


# Window


def is_open(conversation: str) -> str:
    """SQL: whether the person wrote within 24 hours."""
    return f"coalesce({conversation}.window_expires_at > clock_timestamp(), false)"


def window_closed(conversation: str, free_form: str) -> Rule:
    """Outside the window only templates may be sent."""
    return rule(f"{free_form} AND NOT {is_open(conversation)}", Refusal.WINDOW_CLOSED)


# Number and template


def channel(row: str) -> Rules:
    """The number was removed, or somebody has to fix it first."""
    return (
        rule(f"{row}.deleted_at IS NOT NULL", Refusal.CHANNEL_DISCONNECTED),
        Rule(
            f"{row}.status IN {_STOPPED}",
            f"'channel_' || coalesce({row}.blocked_reason, '{ChannelStatus.DISCONNECTED}')",
        ),
    )


def template(row: str) -> Rule:
    """WhatsApp accepts no messages with it; a template we do not know is for WhatsApp to judge."""
    return rule(f"{row}.deleted_at IS NOT NULL OR {row}.status NOT IN {SENDABLE}", Refusal.TEMPLATE)


def restricted(row: str, category: str, window_open: str) -> Rules:
    """Meta forbids some messages for a time; ``category`` is null for free-form.

    A template inside an open window counts as a reply.
    """
    return tuple(
        rule(condition, _RESTRICTED[kind])
        for kind, condition in concerned(category, window_open, row)
    )


# Who asks what


def people(contact: str, phone_key: str, marketing: str, *, said: Rules = ()) -> Rules:
    """Contact, consent and country: what is known about a person before a campaign starts.

    ``said`` is another source on their consent, such as a file.
    """
    return (
        blocked(contact), opted_out(contact, marketing), *said, us_marketing(phone_key, marketing),
    )  # fmt: skip


def person(marketing: str, free_form: str = "false") -> Rules:
    """What is checked for each recipient at the claim; on ``ct`` (contacts) and ``cv`` (conversations), left joined."""
    return (
        deleted("ct"), leaving("ct"), *people("ct", "ct.phone_key", marketing),
        window_closed("cv", free_form),
    )  # fmt: skip


def sender() -> Rules:
    """What is checked once per claim; on ``ch`` (channels) and ``t`` (templates, left joined)."""
    return (*channel("ch"), template("t"))


def refusal(category: str) -> str:
    """SQL: why one message must not leave, or null; its template's category is null for free-form.

    On ``ct``, ``cv``, ``ch`` and ``t``.
    """
    return first(
        (
            *person(is_marketing(category), f"{category} IS NULL"),
            *sender(), *restricted("ch", category, is_open("cv")),
        )
    )  # fmt: skip
