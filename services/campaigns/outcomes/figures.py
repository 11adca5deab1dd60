"""Campaign figures shared by page, CSV and API: funnel, reconciliation, causes."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.causes import Cause, cause_of
from domain.counters import Counters
from domain.messages import MessageState
from domain.recipients import FUNNEL, RECONCILED, Bucket, bucket_of
from store.campaigns.progress import FailureGroup


@dataclass(frozen=True, slots=True)
class Figure:
    """How many recipients are in a bucket."""

    bucket: Bucket
    people: int


@dataclass(frozen=True, slots=True)
class FailureCause:
    """Recipients who did not get the message, for one cause; ``bucket`` says how it ended."""

    cause: Cause
    bucket: Bucket
    people: int
    codes: tuple[int, ...]
    detail: str | None


def people_in(progress: Counters, bucket: Bucket) -> int:
    """How many recipients a bucket has."""
    match bucket:
        case Bucket.FAILED:
            return progress.failed + progress.rejected
        case Bucket.READ:
            return progress.reached_read
        case _:
            return int(getattr(progress, bucket.value))


def funnel(progress: Counters) -> list[Figure]:
    """How far the message got, from submitted to replied."""
    return [Figure(bucket, people_in(progress, bucket)) for bucket in FUNNEL]


def reconciliation(progress: Counters) -> list[Figure]:
    """The terms that sum to the audience, without empty ones."""
    terms = [Figure(bucket, people_in(progress, bucket)) for bucket in RECONCILED]
    return [term for term in terms if term.people]


def causes(groups: Sequence[FailureGroup]) -> list[FailureCause]:
    """Failures with one line per cause and ending, largest first."""
    found: dict[tuple[str, Bucket], FailureCause] = {}
    for group in groups:
        cause = cause_of(group.error_code, group.detail)
        bucket = bucket_of(MessageState(group.state))
        before = found.get((cause.key, bucket))
        codes = {
            *(before.codes if before else ()),
            *([group.error_code] if group.error_code else ()),
        }
        found[cause.key, bucket] = FailureCause(
            cause,
            bucket,
            group.people + (before.people if before else 0),
            tuple(sorted(codes)),
            (before.detail if before else None) or (group.detail if group.error_code else None),
        )
    return sorted(found.values(), key=lambda item: -item.people)
