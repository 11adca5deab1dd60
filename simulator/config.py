"""The configuration of a simulator: its app, business account, numbers and callback."""

from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Throughput(StrEnum):
    """Sending speed class of a business number."""

    STANDARD = "STANDARD"
    HIGH = "HIGH"
    COEXISTENCE = "COEXISTENCE"


MESSAGES_PER_SECOND = {
    Throughput.STANDARD: 80,
    Throughput.HIGH: 1000,
    Throughput.COEXISTENCE: 20,
}


class Quality(StrEnum):
    """How well people receive a number's messages."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"
    UNKNOWN = "UNKNOWN"


class Onboarding(StrEnum):
    """Whether the account may use the marketing endpoint."""

    INELIGIBLE = "INELIGIBLE"
    ELIGIBLE = "ELIGIBLE"
    ONBOARDED = "ONBOARDED"


class Tier(StrEnum):
    """How many people the portfolio may message in a rolling day, outside open windows."""

    T50 = "TIER_50"
    T250 = "TIER_250"
    T1K = "TIER_1K"
    T2K = "TIER_2K"
    T10K = "TIER_10K"
    T100K = "TIER_100K"
    UNLIMITED = "TIER_UNLIMITED"

    @property
    def size(self) -> int | None:
        """People, or None without a limit."""
        return _TIER_SIZES.get(self)


_TIER_SIZES = {
    Tier.T50: 50,
    Tier.T250: 250,
    Tier.T1K: 1_000,
    Tier.T2K: 2_000,
    Tier.T10K: 10_000,
    Tier.T100K: 100_000,
}


class NumberConfig(BaseModel):
    """One business phone number; `display_number` is written as people write it."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(default="109876543210987", pattern=r"^\d+$")
    display_number: str = "+34 611 555 010"
    verified_name: str = "Lumen Market"
    throughput: Throughput = Throughput.STANDARD
    quality_rating: Quality = Quality.GREEN

    @property
    def digits(self) -> str:
        """The number as webhooks write it."""
        return "".join(character for character in self.display_number if character.isdigit())


class SimulatorConfig(BaseModel):
    """Everything decided before start; `knobs` overrides the defaults in `simulator.knobs`."""

    model_config = ConfigDict(frozen=True)

    app_id: str = "634974688087057"
    app_name: str = "WhatsWay demo app"
    app_secret: str = "simulator-app-secret"  # noqa: S105 - a published default for local use only
    verify_token: str = "simulator-verify-token"  # noqa: S105 - same
    access_tokens: tuple[str, ...] = ("EAA-simulator-token",)
    require_proof: bool = False
    business_id: str = "506914307656634"
    waba_id: str = "102030405060708"
    waba_name: str = "Lumen Market"
    numbers: tuple[NumberConfig, ...] = (NumberConfig(),)
    messaging_tier: Tier = Tier.UNLIMITED
    marketing_onboarding: Onboarding = Onboarding.ONBOARDED
    cloud_marketing_disabled: bool = False
    webhook_url: str | None = None
    public_url: str = "http://127.0.0.1:8090"
    latency_ms: float = 40.0
    seed: int | None = None
    log_path: Path | None = None
    sample_templates: bool = True
    kept_contents: int = Field(default=50_000, ge=100)
    knobs: dict[str, Any] = Field(default_factory=dict)
