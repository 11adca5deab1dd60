"""The webhook signature: HMAC-SHA256 over the raw bytes, under any of several secrets."""

import hmac
import re
from collections.abc import Iterable

_SHAPE = re.compile(r"sha256=[0-9a-f]{64}")


def well_formed(header: str | None) -> bool:
    """Whether the header can be a signature at all; checked before the body is read."""
    return header is not None and _SHAPE.fullmatch(header) is not None


def sign(secret: str, body: bytes) -> str:
    """The header Meta sends for this body."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def matching_secret(header: str, body: bytes, secrets: Iterable[str]) -> int | None:
    """Index of the secret that signed the body, or None."""
    found = None
    for index, secret in enumerate(secrets):
        if hmac.compare_digest(sign(secret, body), header) and found is None:
            found = index
    return found
