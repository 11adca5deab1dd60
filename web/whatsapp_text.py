"""WhatsApp's own text formatting as safe HTML: *bold*, _italic_, ~strike~, `code`, ```mono```, links."""

import re
from collections.abc import Callable

from markupsafe import Markup, escape

_STASH_OPEN, _STASH_CLOSE = "\ue000", "\ue001"  # private-use marks around parts already rendered
_MONO = re.compile(r"```(.+?)```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"https?://[^\s<>]+")
_VARIABLE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_STASHED = re.compile(f"{_STASH_OPEN}(\\d+){_STASH_CLOSE}")
_TRAILING = ".,;:!?)]}'\""


def _span(mark: str) -> re.Pattern[str]:
    """Text between two marks that touch it inside and touch no word outside, on one line."""
    inner = f"[^\\s{mark}](?:[^{mark}\\n]*[^\\s{mark}])?"
    return re.compile(f"(?<![\\w{mark}]){mark}({inner}){mark}(?![\\w{mark}])")


_SPANS = ((_span(r"\*"), "strong"), (_span("_"), "em"), (_span("~"), "s"))


def _link(match: re.Match[str]) -> tuple[str, str]:
    url = match.group()
    trimmed = url.rstrip(_TRAILING)
    anchor = f'<a href="{trimmed}" target="_blank" rel="noopener noreferrer nofollow">{trimmed}</a>'
    return anchor, url[len(trimmed) :]


def whatsapp_html(text: str | None, *, variables: bool = False) -> Markup:
    """Render a message body as a phone would; ``variables`` marks template {{placeholders}}."""
    stash: list[str] = []

    def keep(html: str) -> str:
        stash.append(html)
        return f"{_STASH_OPEN}{len(stash) - 1}{_STASH_CLOSE}"

    def wrapped(tag: str) -> Callable[[re.Match[str]], str]:
        return lambda match: keep(f"<{tag}>{match.group(1)}</{tag}>")

    def linked(match: re.Match[str]) -> str:
        anchor, rest = _link(match)
        return keep(anchor) + rest

    html = str(escape((text or "").replace(_STASH_OPEN, "").replace(_STASH_CLOSE, "")))
    html = _MONO.sub(wrapped("code"), html)
    html = _CODE.sub(wrapped("code"), html)
    html = _LINK.sub(linked, html)
    if variables:
        html = _VARIABLE.sub(
            lambda match: keep(f'<span class="template-variable">{match.group(1)}</span>'), html
        )
    for pattern, tag in _SPANS:
        html = pattern.sub(rf"<{tag}>\1</{tag}>", html)
    while _STASH_OPEN in html:  # a link may sit inside a kept part
        html = _STASHED.sub(lambda match: stash[int(match.group(1))], html)
    return Markup(html)  # noqa: S704 - every character of the text was escaped above
