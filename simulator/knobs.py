"""The knobs that make the simulator slow, wrong or rude; readable and changeable while it runs."""

from bisect import bisect_right
from collections.abc import Mapping
from random import Random
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from simulator.outages import Outage

Share = Annotated[float, Field(ge=0.0, le=1.0)]


def _ordered(span: tuple[int, int]) -> tuple[int, int]:
    if not 0 <= span[0] <= span[1]:
        raise ValueError("a delay is [shortest, longest] in milliseconds")
    return span


Delay = Annotated[tuple[int, int], AfterValidator(_ordered)]


class Knobs(BaseModel):
    """Delays are `[shortest, longest]` milliseconds; shares are probabilities per message or POST."""

    model_config = ConfigDict(extra="forbid")

    # The answer to a send
    latency_ms: float = Field(default=40.0, ge=0, le=60_000)
    latency_jitter_ms: float = Field(default=0.0, ge=0, le=60_000)
    errors: dict[int, Share] = Field(default_factory=dict)
    drop_response_share: Share = 0.0
    http_500_share: Share = 0.0
    http_500_accepted_share: Share = 0.5
    held_share: Share = 0.0
    outage: Outage = Outage.NONE
    outage_accepted_share: Share = 0.5

    # What happens afterwards
    statuses: bool = True
    sent_ms: Delay = (60, 400)
    delivered_ms: Delay = (150, 900)
    read_ms: Delay = (1_500, 9_000)
    read_probability: Share = 0.7
    delivered_skip_probability: Share = 0.02
    failures: dict[int, Share] = Field(default_factory=dict)
    reply_share: Share = 0.0
    reply_ms: Delay = (2_000, 8_000)
    personas: bool = True
    us_marketing_blocked: bool = True

    # How webhooks travel
    batch_size: int = Field(default=100, ge=1, le=1_000)
    batch_window_ms: int = Field(default=50, ge=5, le=5_000)
    concurrency: int = Field(default=4, ge=1, le=64)
    duplicate_share: Share = 0.0
    reorder: bool = False
    webhook_before_response: bool = False
    escaped_unicode: bool = False
    inject_unknown_share: Share = 0.0
    language_mark: Literal["-", "_"] = "-"
    webhook_version: str = Field(default="v23.0", pattern=r"^v\d+\.\d+$")
    time_scale: float = Field(default=1.0, gt=0, le=1_000_000)

    # Limits
    throughput_limit: bool = True
    pair_limit: bool = True
    management_limit: bool = True
    daily_limit_code: int = 131048
    daily_limit_refuses: bool = False
    template_review_ms: Delay = (1_500, 3_000)

    def patched(self, changes: Mapping[str, Any]) -> "Knobs":
        """A validated copy; pydantic's ValidationError names a bad knob."""
        return Knobs.model_validate({**self.model_dump(), **changes})


class Roll:
    """Draws an outcome code from shares that sum to at most one, 0 meaning none."""

    __slots__ = ("_codes", "_edges", "_random")

    def __init__(self, shares: Mapping[int, float], random: Random) -> None:
        self._random = random
        self._edges: list[float] = []
        self._codes: list[int] = []
        total = 0.0
        for code, share in shares.items():
            total += share
            self._edges.append(total)
            self._codes.append(code)
        self._codes.append(0)

    def draw(self) -> int:
        """One outcome."""
        if not self._edges:
            return 0
        return self._codes[bisect_right(self._edges, self._random.random())]
