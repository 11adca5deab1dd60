"""The state of a running simulator; behaviour is in the modules that take a World."""

import os
import time
from random import Random
from typing import Any

from simulator.account import AccountState, NumberState
from simulator.catalog import Catalog, Template
from simulator.clock import Clock
from simulator.config import MESSAGES_PER_SECOND, NumberConfig, SimulatorConfig
from simulator.identifiers import MessageIds
from simulator.journal import Journal
from simulator.knobs import Knobs, Roll
from simulator.ledger import Ledger
from simulator.limits import (
    CREATIONS_PER_HOUR,
    MANAGEMENT_CALLS_PER_HOUR,
    Bucket,
    DailyRecipients,
    Pairs,
)
from simulator.media import MediaShelf
from simulator.people import People
from simulator.uploads import Uploads
from simulator.wheel import Wheel

FREE_SERVICE_MESSAGES = 1_000


class Number:
    """One business number with its throttles and its own webhook override."""

    def __init__(self, index: int, config: NumberConfig, now: float) -> None:
        self.index = index
        self.config = config
        self.id = config.id
        self.digits = config.digits
        self.state = NumberState(quality_rating=config.quality_rating, throughput=config.throughput)
        self.bucket = _bucket(self.state, now)
        self.pairs = Pairs()
        self.override_url: str | None = None
        self.block_list: set[str] = set()
        self.registered = True
        self.pin: str | None = None
        self.registrations: list[float] = []
        self.profile: dict[str, Any] = {}
        self._free_month = ""
        self._free_used = 0

    def take(self, state: NumberState, now: float) -> None:
        """Applies a state; a new speed starts with a full bucket."""
        if state.throughput is not self.state.throughput:
            self.bucket = _bucket(state, now)
        self.state = state

    def service_is_free(self, now: float) -> bool:
        """Counts a service message against this month's free ones."""
        month = time.strftime("%Y-%m", time.gmtime(now))
        if month != self._free_month:
            self._free_month, self._free_used = month, 0
        self._free_used += 1
        return self._free_used <= FREE_SERVICE_MESSAGES


def _bucket(state: NumberState, now: float) -> Bucket:
    rate = MESSAGES_PER_SECOND[state.throughput]
    return Bucket(rate, rate, now)


class Watch:
    """Counts changes so that open phone pages know when to refresh."""

    def __init__(self) -> None:
        self.version = 0


class World:
    """The business account, its people and what they said."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.clock = Clock()
        self.random = Random(config.seed)  # noqa: S311 - chance here decides behaviour, not secrets
        self.journal = Journal(config.log_path)
        self.watch = Watch()
        self.catalog = Catalog()
        self.media = MediaShelf(config.log_path)
        self.uploads = Uploads()
        self.override_url: str | None = None
        self.callback_url = config.webhook_url
        self.verify_token = config.verify_token
        self.subscribed = True
        self.account = AccountState(
            messaging_tier=config.messaging_tier,
            marketing_onboarding=config.marketing_onboarding,
            cloud_marketing_disabled=config.cloud_marketing_disabled,
        )
        self.account_changed = False
        self.typing: dict[int, float] = {}
        self.management = Bucket(
            MANAGEMENT_CALLS_PER_HOUR / 3_600, MANAGEMENT_CALLS_PER_HOUR, self.clock.now()
        )
        self.creations = Bucket(CREATIONS_PER_HOUR / 3_600, CREATIONS_PER_HOUR, self.clock.now())
        knobs = Knobs(latency_ms=config.latency_ms)
        self.apply(knobs.patched(config.knobs))
        self._fresh()

    def _fresh(self) -> None:
        now = self.clock.now()
        self.ids = MessageIds(int.from_bytes(os.urandom(4), "big"))
        self.ledger = Ledger(self.config.kept_contents)
        self.people = People()
        self.people.personas_on = self.knobs.personas
        self.wheel = Wheel(now)
        self.daily = DailyRecipients(self.account.messaging_tier.size)
        self.numbers = [
            Number(index, number, now) for index, number in enumerate(self.config.numbers)
        ]
        self.numbers_by_id = {number.id: number for number in self.numbers}

    def apply(self, knobs: Knobs) -> None:
        """Applies new knobs."""
        self.knobs = knobs
        self.error_roll = Roll(knobs.errors, self.random)
        self.failure_roll = Roll(knobs.failures, self.random)
        if hasattr(self, "people"):
            self.people.personas_on = knobs.personas

    def reset(self) -> None:
        """Forgets calls, people and pending events; templates, media and knobs stay."""
        before = self.numbers
        self._fresh()
        for number, old in zip(self.numbers, before, strict=True):
            number.override_url = old.override_url
            number.take(old.state, self.clock.now())
        self.typing.clear()
        self.watch.version += 1
        self.start_journal()

    def start_journal(self) -> None:
        """Restarts the journal with everything a restart needs."""
        self.journal.restart()
        self.journal.write("h", self.ids.nonce)
        self.write_subscription()
        if self.account_changed:
            self.write_account()
        for identifier in self.catalog.gone:
            self.journal.write("x", identifier)
        for identifier in self.catalog.changed & self.catalog.by_id.keys():
            self.journal.write("t", self.catalog.by_id[identifier].record())
        for item in self.media.records():
            self.journal.write("m", item)
        self.journal.flush()

    def write_template(self, template: Template) -> None:
        """Journals a template that differs from the samples."""
        self.catalog.changed.add(template.id)
        self.journal.write("t", template.record())

    def remove_template(self, template: Template) -> None:
        """Deletes one language of a template, here and in the journal."""
        lock = template.status == "APPROVED"
        self.catalog.remove(template, self.clock.now(), lock=lock)
        self.catalog.gone.add(template.id)
        self.journal.write("x", template.id)

    def write_subscription(self) -> None:
        """Journals where webhooks go."""
        self.journal.write("s", self.subscription())

    def write_account(self) -> None:
        """Journals the state of the account and its numbers, if changed from the configuration."""
        self.account_changed = True
        numbers = {number.id: number.state.model_dump(mode="json") for number in self.numbers}
        self.journal.write("c", self.account.model_dump(mode="json"), numbers)

    def restore_account(self, account: dict[str, Any], numbers: dict[str, Any]) -> None:
        """Restores the state of the account and its numbers from an earlier run."""
        self.account_changed = True
        self.account = AccountState.model_validate(account)
        self.daily.size = self.account.messaging_tier.size
        for number in self.numbers:
            if number.id in numbers:
                number.take(NumberState.model_validate(numbers[number.id]), self.clock.now())

    def subscription(self) -> dict[str, Any]:
        """Where webhooks go, overrides included."""
        return {
            "subscribed": self.subscribed,
            "callback_url": self.callback_url,
            "verify_token": self.verify_token,
            "override_url": self.override_url,
            "numbers": {number.id: number.override_url for number in self.numbers},
        }

    def restore_subscription(self, record: dict[str, Any]) -> None:
        """Restores overrides from an earlier run; the configured callback wins."""
        self.subscribed = record["subscribed"]
        self.override_url = record["override_url"]
        if self.config.webhook_url is None:
            self.callback_url = record["callback_url"]
            self.verify_token = record["verify_token"]
        for number in self.numbers:
            number.override_url = record["numbers"].get(number.id)

    def callback_for(self, number: Number | None) -> str | None:
        """The address for message webhooks: number over account over app."""
        if not self.subscribed:
            return None
        override = number.override_url if number else None
        return override or self.override_url or self.callback_url

    def span(self, delay: tuple[int, int]) -> float:
        """A random delay in seconds."""
        shortest, longest = delay
        return (shortest + (longest - shortest) * self.random.random()) / 1_000
