from datetime import UTC, datetime, timedelta

import pytest

from domain.channel_health import condition, quality_words, tier_words
from domain.channels import until
from domain.sentences import Sentence
from tests.words import words_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def say(
    status: str, reason: str | None = None, quality: str = "GREEN", ago_h: int | None = 1
) -> str:
    seen = None if ago_h is None else NOW - timedelta(hours=ago_h)
    found = condition(status, blocked_reason=reason, quality=quality, last_webhook_at=seen, now=NOW)
    return f"{found.tone}: {words_of(found.sentence)} {words_of(found.next_step)}".strip()


def test_each_state_has_one_sentence_and_one_next_step() -> None:
    assert say("connected") == "success: Ready to send and receive."
    assert say("connected", ago_h=None).startswith("success: Ready to send. No webhook")
    assert say("connected", ago_h=72).startswith("success: Ready to send. No webhook")
    assert say("connected", quality="RED").startswith("warning: People often block")
    assert say("unverified") == "warning: The live check has not passed yet. Check the connection."
    assert say("disconnected").startswith("neutral:")


@pytest.mark.parametrize(
    "reason", ["token", "payment", "policy", "spam_limit", "not_registered", "display_name", "new"]
)
def test_blocked_channels_say_what_to_do(reason: str) -> None:
    found = condition(
        "blocked", blocked_reason=reason, quality="GREEN", last_webhook_at=NOW, now=NOW
    )
    assert found.tone == "danger"
    assert found.next_step


def test_words_for_quality_and_limit() -> None:
    assert quality_words("GREEN") == (Sentence("quality.high"), "success")
    assert quality_words("NA") == (Sentence("quality"), "neutral")
    assert words_of(tier_words(2000, "TIER_2K")) == "2,000 people in 24 h"
    assert words_of(tier_words(None, "TIER_UNLIMITED")) == "Unlimited"
    assert words_of(tier_words(None, None)) == "Not known yet"


def test_a_restriction_that_nobody_recorded_ends_at_no_time() -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    kind = "RESTRICTED_UTILITY_TEMPLATES"
    assert until({}, kind, now) is None
    assert until({kind: None}, kind, now) is None
    assert until({kind: "infinity"}, kind, now) == datetime.max.replace(tzinfo=UTC)
    assert until({kind: "2026-10-31T00:00:00+00:00"}, kind, now) is None
    later = datetime(2026, 11, 2, tzinfo=UTC)
    assert until({kind: later.isoformat()}, kind, now) == later
