"""WhatsApp's own text formatting as safe HTML: *bold*, _italic_, ~strike~, `code`, ```mono```, links."""

import re
from collections.abc import Callable

from linkify_it import LinkifyIt
from markupsafe import Markup, escape

_STASH_OPEN, _STASH_CLOSE = "\ue000", "\ue001"  # private-use marks around parts already rendered
_STASHED = re.compile(f"{_STASH_OPEN}(\\d+){_STASH_CLOSE}")
_CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
_VARIABLE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_TAGS = {"*": "strong", "_": "em", "~": "s"}
_DEEPEST = 20
# Quotation marks, brackets, other scripts' full stops and direction marks would be percent-encoded within an address,
# so they end it.
_TYPED = (
    r"\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a\u300c\u300d\u300e\u300f\u3010"
    r"\u3011\uff08\uff09\u300a\u300b\u3008\u3009\u3002\u3001\uff01\uff1f\uff0c"
    r"\uff1b\uff1a\u2026"
    r"\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069"
)
_ENDS = re.compile(rf"(?:[{_TYPED}]|[\u2018\u2019\u201a](?!\w)).*", re.DOTALL)
# What may directly precede an address and would hide it: a mark, or a letter of a script without spaces.
_HIDES = re.compile(r"(?:[_~]|[^\x00-\x7f])(?=https?://|www\.)", re.IGNORECASE)
LINKED = 4096
"""How many characters are searched for addresses: the most our messages can have."""


def _address(finder: LinkifyIt, text: str, at: int) -> int:
    """The length of the address after ``www.``; 0 if there is none."""
    rest = re.compile(f"{finder.re['src_host_port_strict']}{finder.re['src_path']}", re.IGNORECASE)
    found = rest.match(text, at)
    return len(found[0]) if found else 0


def _finder() -> LinkifyIt:
    """Finds http, https and www. addresses with any ending; a word with a full stop does not count."""
    finder = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False})
    for schema in ("ftp:", "mailto:", "//"):
        finder.add(schema, None)
    named = {
        "validate": _address,
        "normalize": lambda _, found: setattr(found, "url", f"http://{found.url}"),
    }
    return finder.add("www.", named)


_linkify = _finder()


def whatsapp_html(text: str | None, *, variables: bool = False) -> Markup:
    """Render a message body as a phone would; ``variables`` marks template {{placeholders}}."""
    stash: list[str] = []

    def keep(html: str) -> str:
        stash.append(html)
        return f"{_STASH_OPEN}{len(stash) - 1}{_STASH_CLOSE}"

    plain = (text or "").replace(_STASH_OPEN, "").replace(_STASH_CLOSE, "")
    plain = _CODE.sub(lambda hit: keep(f"<code>{escape(hit[1] or hit[2])}</code>"), plain)
    plain = _linked(plain, keep)
    if variables:
        plain = _VARIABLE.sub(
            lambda hit: keep(f'<span class="template-variable">{escape(hit[1])}</span>'), plain
        )
    html = "\n".join(_formatted(line) for line in plain.split("\n"))
    html = _STASHED.sub(lambda hit: stash[int(hit[1])], html)
    return Markup(html)  # noqa: S704 - every character of the text was escaped on its way


def _linked(text: str, keep: Callable[[str], str]) -> str:
    """The text with its web addresses, including ``www.``, replaced by stashed links."""
    parts, end = [], 0
    for found in _linkify.match(_HIDES.sub(" ", text[:LINKED])) or ():
        typed = len(found.raw) - len(_ENDS.sub("", found.raw))
        closing = typed + _closing_marks(text, found.index, found.raw[: len(found.raw) - typed])
        shown, url = (str(part)[: len(part) - closing] for part in (found.raw, found.url))
        anchor = f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer nofollow">{escape(shown)}</a>'
        parts += [text[end : found.index], keep(anchor)]
        end = found.last_index - closing
    return "".join([*parts, text[end:]])


def _closing_marks(text: str, at: int, address: str) -> int:
    """How many characters at an address's end close marks opened before it on the line."""
    before = text[text.rfind("\n", 0, at) + 1 : at]
    closing = 0
    while (mark := address[-closing - 1 : len(address) - closing]) in _TAGS and before.count(
        mark
    ) % 2:
        closing += 1
    return closing


def _formatted(line: str, depth: int = 0) -> str:
    """One line with its marks as tags; a mark counts if it touches text inside and no word outside."""
    parts, at, plain_from = [], 0, 0
    marks = set(_TAGS) if depth < _DEEPEST else set()
    while at < len(line):
        if line[at] not in marks or not _opens(line, at):
            at += 1
            continue
        close = _closing(line, at)
        if close < 0:
            marks.remove(line[at])  # nothing later closes it either
            at += 1
            continue
        tag, inner = _TAGS[line[at]], _formatted(line[at + 1 : close], depth + 1)
        parts += [escape(line[plain_from:at]), f"<{tag}>{inner}</{tag}>"]
        at = plain_from = close + 1
    return "".join([*parts, escape(line[plain_from:])])


def _opens(line: str, at: int) -> bool:
    before, inside = line[at - 1 : at] if at else "", line[at + 1 : at + 2]
    return not before.isalnum() and before != line[at] and inside.strip() not in ("", line[at])


def _closing(line: str, at: int) -> int:
    """Where the mark at this position is closed; -1 if it is an ordinary character."""
    mark = line[at]
    close = line.find(mark, at + 2)
    while close > 0:
        after = line[close + 1 : close + 2]
        if line[close - 1].strip() and not after.isalnum() and after != mark:
            return close
        close = line.find(mark, close + 1)
    return -1
