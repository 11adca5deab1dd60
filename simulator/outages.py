"""What a broken Cloud API answers, never with Meta's error object."""

from enum import StrEnum
from typing import NamedTuple

HANG_SECONDS = 120.0


class Outage(StrEnum):
    """How every send is answered while the knob is set."""

    NONE = "none"
    HTTP_500 = "http_500"  # a bare 500
    HANG = "hang"  # no answer for two minutes, then the connection breaks
    HTTP_429 = "http_429"  # too many requests, without a body; never accepted
    HTML = "html"
    EMPTY = "empty"
    LIST = "list"


class Broken(NamedTuple):
    """A broken answer."""

    status: int
    body: bytes = b""
    hangs: bool = False


ANSWERS = {
    Outage.HTTP_500: Broken(500),
    Outage.HANG: Broken(200, hangs=True),
    Outage.HTTP_429: Broken(429),
    Outage.HTML: Broken(200, b"<html><body>We'll be right back</body></html>"),
    Outage.EMPTY: Broken(200),
    Outage.LIST: Broken(200, b"[]"),
}


class Unserved(Exception):
    """A send that was not accepted, with an answer that does not say so."""

    def __init__(self, broken: Broken, code: int) -> None:
        super().__init__(code)
        self.broken, self.code = broken, code
