"""Browsers that signed in before: a signed mark each keeps, so that others cannot lock their owner out."""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

KEPT = timedelta(days=365)


def mark(secret: bytes, email: str, now: datetime) -> str:
    """A fresh mark for a browser in which this address just signed in: ``id.second.signature``."""
    name = secrets.token_urlsafe(12)
    second = str(int(now.timestamp()))
    return f"{name}.{second}.{_sign(secret, email, name, second)}"


def known(secret: bytes, email: str, given: str, now: datetime) -> str:
    """The name of the browser, when this address signed in there within a year; else ""."""
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
