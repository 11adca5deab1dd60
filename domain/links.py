"""Web addresses as messages carry them: percent-encoded, and split where a template ends its own part."""

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

_RESERVED_AND_UNRESERVED = "-._~:/?#[]@!$&'()*+,;=%"  # RFC 3986; quote() keeps letters and digits
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SCHEME = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)


def encoded(text: str) -> str:
    """Percent-encoded by RFC 3986; what is encoded already stays as it is."""
    return quote(_STRAY_PERCENT.sub("%25", text), safe=_RESERVED_AND_UNRESERVED)


def parts_of(url: str) -> SplitResult:
    """The parts of an address; all empty when it is none, such as ``http://[::1``."""
    try:
        parts = urlsplit(url)
        parts.hostname, parts.port  # noqa: B018 - both are read, and refused, only when asked for
    except ValueError:
        return urlsplit("")
    return parts


def encoded_address(url: str) -> str:
    """A whole address: the path and what follows percent-encoded, another script's host as punycode."""
    parts = parts_of(url.strip())
    try:
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    except UnicodeError:
        host = parts.netloc
    return urlunsplit(
        (parts.scheme, host, encoded(parts.path), encoded(parts.query), encoded(parts.fragment))
    )


def base_pattern(base: str) -> str:
    """A regular expression for the template's part of an address, with or without scheme and www."""
    return rf"(?:https?://)?(?:www\.)?{re.escape(_SCHEME.sub('', base, count=1))}"


@lru_cache(maxsize=256)
def _start(base: str) -> re.Pattern[str]:
    return re.compile(base_pattern(base), re.IGNORECASE)


def ending(base: str, value: str) -> str:
    """What stands behind the template's part ``base``, percent-encoded.

    A value that repeats ``base`` loses it: a file often holds the whole address.
    """
    value = value.strip()
    whole = _start(base).match(value) if _SCHEME.match(base) else None
    if whole is not None:
        value = value[whole.end() :]
    elif base.endswith("/"):
        value = value.lstrip("/")
    return encoded(value)
