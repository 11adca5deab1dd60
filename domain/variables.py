"""A first guess at which contact field fills each template variable; a person confirms it."""

import re
from collections.abc import Mapping, Sequence

from domain import headings
from domain.campaigns import Variable
from domain.contacts import BUILT_IN_FIELDS, FIRST_NAME, LAST_NAME, CustomField
from domain.template_slots import Slot

_BUILT_IN = {"first_name": FIRST_NAME, "last_name": LAST_NAME} | {
    field: field for field in BUILT_IN_FIELDS
}
_GREETING = re.compile(
    r"\b(hi|hello|hey|dear|hola|oi|olá|ola|bonjour|hallo|ciao)[\s,]*\{\{\s*1\s*\}\}", re.IGNORECASE
)


def suggest(slots: Sequence[Slot], fields: Sequence[CustomField], body: str) -> dict[str, Variable]:
    """Variables by slot key: first words for a person's name, then fields with the same name.

    Greetings use the first name.
    """
    by_name = {plain(field.label): field.key for field in fields}
    by_name |= {field.key: field.key for field in fields}
    greeted = _GREETING.search(body) is not None
    return {slot.key: Variable(_field(slot, by_name, greeted=greeted)) for slot in slots}


def _field(slot: Slot, by_name: Mapping[str, str], *, greeted: bool) -> str:
    if slot.kind != "text":
        return ""
    name = slot.key.rpartition(".")[2]
    if name.isdecimal():
        name = "first_name" if greeted and slot.key == "body.1" else ""
    return _BUILT_IN.get(headings.built_in(name)) or by_name.get(plain(name), "")


def plain(text: str) -> str:
    """A name without case and punctuation, for comparing."""
    return re.sub(r"\W+", "_", text.casefold()).strip("_")
