"""Guess the values of a template's variables from a contact's data."""

from collections.abc import Mapping, Sequence

from domain.contacts import Contact
from domain.template_slots import Slot
from store.campaigns.spoken import said


def prefill(
    slots: Sequence[Slot], contact: Contact, kinds: Mapping[str, str] | None = None
) -> dict[str, str]:
    """A value for every slot: the contact's field of that name, the first name for a first greeting.

    What cannot be guessed stays empty; a person sees all of it before it is sent. ``kinds`` are the types of custom
    fields: days and numbers are formatted for the contact's language.
    """
    known = facts(contact, kinds or {})
    greeting = next((slot.key for slot in slots if slot.key == "body.1"), None)
    values = {}
    for slot in slots:
        name = slot.key.rsplit(".", 1)[-1].lower()
        guess = known.get(name, "") if slot.kind == "text" else ""
        if not guess and slot.key == greeting:
            guess = known["first_name"]
        values[slot.key] = guess
    return values


def facts(contact: Contact, kinds: Mapping[str, str]) -> dict[str, str]:
    """Everything about a contact that may be used in a message, by field name."""
    known = {
        "name": contact.name,
        "first_name": contact.name.split(" ")[0],
        "phone": contact.phone or "",
        "language": contact.language or "",
    }
    custom = {
        key.lower(): said(kinds.get(key, ""), value, contact.language)
        for key, value in contact.fields.items()
        if value is not None
    }
    return known | custom
