"""The stored answer to a write, so that repeating the request does not repeat the work."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to the first request with a key."""

    request_hash: bytes
    status: int
    body: Any
