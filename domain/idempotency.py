"""What was answered to a write, so that repeating it does nothing twice."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to the first request with a key."""

    request_hash: bytes
    status: int
    body: Any
