"""Consent to marketing: who can stop it, and whose stop an agreement lifts."""

from collections.abc import Mapping
from enum import StrEnum


class Action(StrEnum):
    """What a consent record says."""

    STOP = "stop"
    AGREE = "agree"


class Keeper(StrEnum):
    """Whose no it is; marketing is allowed only while none of them has said no."""

    META = "meta"  # set in WhatsApp itself
    PERSON = "person"  # the person wrote or tapped it
    TEAM = "team"  # a team member, a program or a file


class Source(StrEnum):
    """How a consent record reached us."""

    WHATSAPP = "whatsapp"  # the switch in WhatsApp (user_preferences)
    REFUSAL = "refusal"  # WhatsApp refused marketing because the person stopped it (131050)
    KEYWORD = "keyword"  # a message of one word, such as STOP
    BUTTON = "button"  # a quick reply, such as "Stop promotions"
    AGENT = "agent"  # someone on the team, for one person
    BULK = "bulk"  # someone on the team, for many at once
    API = "api"  # a program
    AUTOMATION = "automation"  # an automation, from what the person answered
    IMPORT = "import"  # a file of contacts
    FILE = "file"  # the file of a campaign
    EARLIER = "earlier"  # from before the source was recorded


_STOPS: Mapping[Source, Keeper] = {
    Source.WHATSAPP: Keeper.META,
    Source.REFUSAL: Keeper.META,
    Source.KEYWORD: Keeper.PERSON,
    Source.BUTTON: Keeper.PERSON,
}
_LIFTS: Mapping[Source, tuple[Keeper, ...]] = {
    Source.WHATSAPP: (Keeper.META,),
    Source.KEYWORD: (Keeper.PERSON,),
    Source.BUTTON: (Keeper.PERSON,),
    # The person told a teammate, who acted on this one person.
    Source.AGENT: (Keeper.TEAM, Keeper.PERSON),
    # The person told an automation.
    Source.AUTOMATION: (Keeper.TEAM, Keeper.PERSON),
    Source.BULK: (Keeper.TEAM,),
    Source.API: (Keeper.TEAM,),
    # A yes in a file predates any no on record: it lifts nothing.
}


def keepers(action: Action, source: Source) -> list[str]:
    """Whose no a stop is, or whose no an agreement lifts."""
    if action is Action.STOP:
        return [_STOPS.get(source, Keeper.TEAM)]
    return list(_LIFTS.get(source, ()))


class Standing(StrEnum):
    """Where a person stands on marketing, for lists and filters."""

    STOPPED = "stopped"
    AGREED = "agreed"
    NEVER_ASKED = "never_asked"


def standing(*, opted_out: bool, agreed: bool) -> Standing:
    """The standing that a contact's two consent columns add up to."""
    if opted_out:
        return Standing.STOPPED
    return Standing.AGREED if agreed else Standing.NEVER_ASKED
