"""Browsers that signed in before keep a signed mark, so that others cannot lock their owner out."""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

KEPT = timedelta(days=365)


def mark(secret: bytes, email: str, now: datetime) -> str:
    """A new mark for a browser where this address just signed in: ``id.second.signature``."""
    name = secrets.token_urlsafe(12)
    second = str(int(now.timestamp()))
    return f"{name}.{second}.{_sign(secret, email, name, second)}"


def known(secret: bytes, email: str, given: str, now: datetime) -> str:
    """The browser's name if this address signed in there within a year; otherwise ""."""
    name, _, rest = given.partition(".")
    second, _, signature = rest.partition(".")
    if not name or not (second.isascii() and second.isdecimal() and len(second) < 12):
        return ""
    right = hmac.compare_digest(_sign(secret, email, name, second).encode(), signature.encode())
    fresh = 0 <= now.timestamp() - int(second) <= KEPT.total_seconds()
    return name if right and fresh else ""


def _sign(secret: bytes, email: str, name: str, second: str) -> str:
    message = f"device:{name}.{second}.{email.strip().lower()}"
    return hmac.new(secret, message.encode(), sha256).hexdigest()
