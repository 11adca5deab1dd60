"""A first guess which contact field fills which variable of a template; a person confirms it."""

import re
from collections.abc import Mapping, Sequence

from domain.campaigns import Variable
from domain.contacts import BUILT_IN_FIELDS, CustomField
from domain.templates import Slot

_NAME_WORDS = frozenset(
    {"name", "first_name", "firstname", "full_name", "customer", "customer_name"}
)
_GREETING = re.compile(
    r"\b(hi|hello|hey|dear|hola|oi|olá|ola|bonjour|hallo|ciao)[\s,]*\{\{\s*1\s*\}\}", re.IGNORECASE
)


def suggest(slots: Sequence[Slot], fields: Sequence[CustomField], body: str) -> dict[str, Variable]:
    """Variables by slot key: by name where names agree, the greeting's by the person's name."""
    by_name = {plain(field.label): field.key for field in fields}
    by_name |= {field.key: field.key for field in fields}
    by_name |= {field: field for field in BUILT_IN_FIELDS}
    greeted = _GREETING.search(body) is not None
    return {slot.key: Variable(_field(slot, by_name, greeted=greeted)) for slot in slots}


def _field(slot: Slot, by_name: Mapping[str, str], *, greeted: bool) -> str:
    if slot.kind != "text":
        return ""
    name = slot.key.rpartition(".")[2]
    if name.isdecimal():
        name = "first_name" if greeted and slot.key == "body.1" else ""
    name = plain(name)
    return by_name.get(name) or ("name" if name in _NAME_WORDS else "")


def plain(text: str) -> str:
    """A name without case and punctuation, for comparing."""
    return re.sub(r"\W+", "_", text.casefold()).strip("_")
