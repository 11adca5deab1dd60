"""Our own addresses for pictures of other servers, which only a page made for this sign-in can name."""

import base64
import binascii
import hmac
from hashlib import sha256

from web.page import current_page

LONGEST = 2000


def picture(url: str | None) -> str:
    """Our own address of a picture; empty for what no page may load."""
    if not url or url.startswith("/"):
        return url or ""
    if not url.lower().startswith(("https://", "http://")) or len(url) > LONGEST:
        return ""
    named = base64.urlsafe_b64encode(url.encode("utf-8", "replace")).decode().rstrip("=")
    return f"/pictures?of={named}&by={proof(current_page.get().csrf_token, named)}"


def proof(token: str, named: str) -> str:
    """What only the viewer's own pages know, so that nobody can have us fetch what they like."""
    key = hmac.new(token.encode(), b"picture:" + named.encode(), sha256)
    return key.hexdigest()[:32]


def address_of(named: str) -> str:
    """The address behind the name of a picture; empty when it is none."""
    try:
        return base64.urlsafe_b64decode(named + "=" * (-len(named) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""
