"""Web addresses in messages: percent-encoded, and split where the template's own part ends."""

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

# RFC 3986, which allows brackets only around a host; quote() keeps letters and digits.
_RESERVED_AND_UNRESERVED = "-._~:/?#@!$&'()*+,;=%"
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SCHEME = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_HOST = re.compile(r"(?P<host>[^/?#:@]*)(?P<rest>(?P<port>:\d+)?.*)", re.DOTALL)
_SEPARATORS = ("/", "?", "#")


def encoded(text: str) -> str:
    """Percent-encoded by RFC 3986; what is already encoded stays as it is."""
    return quote(_STRAY_PERCENT.sub("%25", text), safe=_RESERVED_AND_UNRESERVED, errors="replace")


def _one_fragment(text: str, *, begun: bool = False) -> str:
    """``encoded``, with only the first # starting a fragment."""
    before, sign, after = ("", "", text) if begun else text.partition("#")
    return f"{encoded(before)}{sign}{encoded(after).replace('#', '%23')}"


def parts_of(url: str) -> SplitResult:
    """The parts of an address; all empty when it is invalid, such as ``http://[::1``."""
    try:
        parts = urlsplit(url)
        parts.hostname, parts.port  # noqa: B018 - both are read, and refused, only when asked for
    except ValueError:
        return urlsplit("")
    return parts


def encoded_address(url: str) -> str:
    """A whole address, percent-encoded from the path on, with a non-Latin host as punycode."""
    parts = parts_of(url.strip())
    fragment = _one_fragment(parts.fragment, begun=True)
    return urlunsplit(
        (parts.scheme, _ascii(parts.netloc), encoded(parts.path), encoded(parts.query), fragment)
    )


def _ascii(host: str) -> str:
    """A host as it is looked up: punycode if non-ASCII."""
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return host


def _readable(host: str) -> str:
    """A host as people write it."""
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host


def base_pattern(base: str) -> str:
    """A regular expression for the template's part of an address, with or without scheme and www.

    The host matches in either spelling, and with the default port.
    """
    found = _HOST.fullmatch(_SCHEME.sub("", base, count=1))
    host, rest = (found["host"], found["rest"]) if found else ("", base)
    port = "" if found and found["port"] else "(?::(?:443|80))?"
    return rf"(?:https?://)?(?:www\.)?{_any_way(host)}{port}{re.escape(rest)}"


def host_pattern(base: str) -> str:
    """A regular expression for the start of any address on the template's host; "" without a host."""
    host = parts_of(base).hostname or ""
    return rf"(?:www\.)?{_any_way(host.removeprefix('www.'))}(?:[/:?#]|$)" if host else ""


def _any_way(host: str) -> str:
    forms = dict.fromkeys((host, _ascii(host), _readable(host)))
    return f"(?:{'|'.join(map(re.escape, forms))})"


@lru_cache(maxsize=256)
def _start(base: str) -> re.Pattern[str]:
    return re.compile(base_pattern(base), re.IGNORECASE)


def ending(base: str, value: str) -> str:
    """What follows the template's part ``base``, percent-encoded.

    A value that repeats ``base`` loses it, as files often hold the whole address. After a bare host a slash is added,
    or the value would become part of the host name.
    """
    value = value.strip()
    whole = _start(base).match(value) if _SCHEME.match(base) else None
    if whole is not None:
        value = value[whole.end() :]
    elif base.endswith("/"):
        value = value.lstrip("/")
    if ends_with_host(base) and not value.startswith(_SEPARATORS):
        value = f"/{value}"
    return _one_fragment(value, begun="#" in base)


def ends_with_host(base: str) -> bool:
    """Whether the template's part of an address is only the host."""
    rest = _SCHEME.sub("", base, count=1)
    return rest not in {"", base} and not any(sign in rest for sign in _SEPARATORS)
