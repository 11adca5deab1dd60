"""What one simulator instance is: its app, its business account, its numbers and where it calls back."""

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

TIER_SIZES = {
    "TIER_50": 50,
    "TIER_250": 250,
    "TIER_1K": 1_000,
    "TIER_2K": 2_000,
    "TIER_10K": 10_000,
    "TIER_100K": 100_000,
}


class NumberConfig(BaseModel):
    """One business phone number; `display_number` is written as people write it."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(default="109876543210987", pattern=r"^\d+$")
    display_number: str = "+34 611 555 010"
    verified_name: str = "Lumen Market"
    throughput: Throughput = Throughput.STANDARD
    quality_rating: str = "GREEN"

    @property
    def digits(self) -> str:
        """The number as webhooks write it."""
        return "".join(character for character in self.display_number if character.isdigit())


class SimulatorConfig(BaseModel):
    """Everything the caller decides before start; `knobs` overrides the defaults in `simulator.knobs`."""

    model_config = ConfigDict(frozen=True)

    app_id: str = "634974688087057"
    app_name: str = "WhatsWay demo app"
    app_secret: str = "simulator-app-secret"  # noqa: S105 - a published default for local use only
    verify_token: str = "simulator-verify-token"  # noqa: S105 - same
    access_tokens: tuple[str, ...] = ("EAA-simulator-token",)
    business_id: str = "506914307656634"
    waba_id: str = "102030405060708"
    waba_name: str = "Lumen Market"
    numbers: tuple[NumberConfig, ...] = (NumberConfig(),)
    messaging_tier: str = "TIER_UNLIMITED"
    webhook_url: str | None = None
    public_url: str = "http://127.0.0.1:8090"
    latency_ms: float = 40.0
    seed: int | None = None
    log_path: Path | None = None
    sample_templates: bool = True
    kept_contents: int = Field(default=50_000, ge=100)
    knobs: dict[str, Any] = Field(default_factory=dict)
