"""Why a step failed, a run ended, or somebody could not enter, as a sentence."""

from domain import causes
from domain.automations.reasons import Reason
from domain.sentences import Sentence
from services.messages import reasons

OWN = frozenset(map(str, Reason))

NOT_ENTERED = frozenset(
    {"not_live", "filtered", "guard", "no_channel", "started", "taken", "entered"}
)
"""Codes of ``services.automations.starting`` and ``store.automations.starts``; the gate's are further ones."""


def of_run(reason: str) -> Sentence | None:
    """Why a run or a step ended as it did; None where there is nothing to say."""
    if not reason:
        return None
    if reason in OWN:
        return Sentence(f"run_reason.{reason}")
    if reason.isdecimal():
        return Sentence("message_cause", cause=causes.cause_of(int(reason), None).title)
    return reasons.refusal(reason)


def of_start(code: str) -> Sentence:
    """Why somebody did not enter."""
    if code in NOT_ENTERED:
        return Sentence(f"start_refused.{code}")
    return reasons.refusal(code)
