"""The logs' safety net: removes what looks like personal data from every line.

Code must not log personal data in the first place; this catches other libraries' texts, such as an error that quotes a
row or a server's access log.
"""

import re
from collections.abc import MutableMapping
from typing import Any

EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
# With a plus in any grouping, or a bare run of digits that is not part of an id, date or address.
PHONE = re.compile(r"\+\d[\d ().-]{5,20}\d|(?<![\w.:/-])\d{8,15}(?![\w:-]|\.\d)")
# Database errors quote the values of the statement and the failing row.
PARAMETERS = re.compile(r"\[parameters: .*?\](?=\n|$)", re.DOTALL)
DETAIL = re.compile(r"DETAIL:.*")


def redact_text(text: str) -> str:
    """The text without email addresses, phone numbers and values quoted by the database."""
    text = PARAMETERS.sub("[parameters hidden]", text)
    text = DETAIL.sub("DETAIL: hidden", text)
    return PHONE.sub("[phone]", EMAIL.sub("[email]", text))


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: the last one before rendering."""
    cleaned: MutableMapping[str, Any] = _clean(dict(event))
    return cleaned


def _clean(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, dict):
        return {key: item if _is_id(key) else _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(item) for item in value]
    return redact_text(str(value))


def _is_id(key: object) -> bool:
    """Our ids and Meta's: long digits, but identifying numbers and templates, not people."""
    return isinstance(key, str) and (key.endswith("_id") or key in ("id", "timestamp"))
