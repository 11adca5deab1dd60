"""Our own addresses for external pictures, valid only on pages made for this session."""

import base64
import binascii
import hmac
from hashlib import sha256

from web.page import current_page

LONGEST = 2000


def picture(url: str | None) -> str:
    """Our own address for a picture; empty for what no page may load."""
    if not url or url.startswith("/"):
        return url or ""
    if not url.lower().startswith(("https://", "http://")) or len(url) > LONGEST:
        return ""
    named = base64.urlsafe_b64encode(url.encode("utf-8", "replace")).decode().rstrip("=")
    return f"/pictures?of={named}&by={proof(current_page.get().csrf_token, named)}"


def proof(token: str, named: str) -> str:
    """A secret known only to the viewer's own pages, so that nobody can make us fetch arbitrary addresses."""
    key = hmac.new(token.encode(), b"picture:" + named.encode(), sha256)
    return key.hexdigest()[:32]


def address_of(named: str) -> str:
    """The address behind a picture's name; empty if invalid."""
    try:
        return base64.urlsafe_b64decode(named + "=" * (-len(named) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""
