"""What the parts of a node, a trigger or the settings are called, by their path in the document."""

from domain.sentences import PLAIN, Sentence

_NUMBERED = {"buttons": "button_number", "rows": "row_number", "cases": "branch_number"}
"""Members of these lists have no name, but a number."""

_INSIDE = {"label": "button", "name": "named", "url": "opens"}
"""What means something else inside of a message or condition than in a node."""


def named(path: str) -> Sentence:
    """The name of the field at a path such as ``messages.1.text``."""
    parts = path.split(".")
    found = _own(parts)
    if len(parts) > 1 and parts[0] == "messages" and parts[1] not in {"0", parts[-1]}:
        return Sentence("automation_part.of_message", part=found, number=int(parts[1]) + 1)
    return found


def _own(parts: list[str]) -> Sentence:
    words = [part for part in parts if not part.isdecimal()]
    leaf, listed = words[-1] if words else "", words[-2] if len(words) > 1 else ""
    numbers = [part for part in parts if part.isdecimal()]
    if leaf in {"title", "words"} and listed in _NUMBERED and numbers:
        return Sentence(f"automation_part.{_NUMBERED[listed]}", number=int(numbers[-1]) + 1)
    if words and words[0] in {"messages", "ask", "when", "filters"}:
        leaf = _INSIDE.get(leaf, leaf)
    return Sentence(f"automation_part.{leaf}") if leaf in NAMED else Sentence(PLAIN, text=leaf)


NAMED = frozenset(
    {
        "accepts", "action", "address", "amount", "answer", "ask", "automation", "body", "button", "buttons",
        "campaigns", "caption", "cases", "channel", "channels", "clock", "country", "create", "days",
        "description", "email", "entry", "every", "everybody", "field", "fields", "filename", "filters",
        "footer", "group", "groups", "header", "headers", "hours", "key", "kind", "kinds", "label", "labels",
        "language", "languages", "latitude", "lead", "link", "longitude", "marketing", "match", "messages",
        "method", "mode", "moment", "month_day", "name", "name_path", "named", "note", "offset", "opens",
        "operator", "organization", "path", "payloads", "percent", "period", "phone", "phone_path", "picks",
        "preview", "priority", "quiet", "recorded", "restart_words", "retries", "retry_text", "rows", "rule",
        "save_as", "shares", "subject", "template", "text", "timeout", "timeout_s", "timing", "title", "type",
        "unit", "until", "url", "users", "value", "values", "wait", "when", "words", "zone",
    }
)  # fmt: skip
"""Fields that ``automation_part`` has a name for."""
