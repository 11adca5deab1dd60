"""Which alerts should be open, derived from the state of the installation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.alerts.kinds import AlertKind, Due, Key
from domain.automations.guards import Guard
from domain.causes import pause_cause
from domain.channel_health import condition
from domain.channels import ChannelStatus
from domain.sentences import Sentence
from domain.system import ALIVE, DISK, LOW, TEMPORAL, WORKER, Process, worst_look

REJECTED_WITHIN = timedelta(minutes=10)
REJECTED = 10
"""So many deliveries with a wrong signature within ``REJECTED_WITHIN`` are more than a stray one."""

STATUS_WITHIN = timedelta(minutes=10)
"""WhatsApp says something about a message it accepted within seconds."""

SENT_WITHIN = timedelta(hours=1)
SENT = 5
"""So many messages without any news are more than phones that are off: *sent* does not depend on them."""

TOKEN_ENDS_WITHIN = timedelta(days=7)

AWAY = timedelta(minutes=3)
"""Longer than a restart takes."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A WhatsApp number, with what it sent lately.

    ``unheard``: messages that WhatsApp accepted longer ago than ``STATUS_WITHIN`` and said nothing about since;
    ``heard``: those it did.
    """

    id: str
    name: str
    status: str
    blocked_reason: str | None
    quality: str
    restrictions: Mapping[str, object]
    last_webhook_at: datetime | None
    token_ends_at: datetime | None = None
    unheard: int = 0
    heard: int = 0


@dataclass(frozen=True, slots=True)
class Halted:
    """A campaign or an automation that does not go on by itself; ``reason`` is its stored code."""

    id: str
    name: str
    reason: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything alerts are derived from; ``open`` has since when those are that are open now."""

    now: datetime
    rejected: int = 0
    aside: int = 0
    numbers: Sequence[Numbered] = ()
    campaigns: Sequence[Halted] = ()
    automations: Sequence[Halted] = ()
    templates: Sequence[Halted] = ()
    processes: Sequence[Process] = ()
    open: Mapping[Key, datetime] | None = None

    def since(self, kind: AlertKind, subject: str = "") -> datetime | None:
        """Since when such an alert is open; None if it is not."""
        return (self.open or {}).get((kind, subject))


def due(scene: Scene) -> list[Due]:
    """Every alert that should be open."""
    found = [*_webhooks(scene), *_campaigns(scene), *_automations(scene), *_templates(scene)]
    for number in scene.numbers:
        found += [*_number(number, scene.now), *_silence(number, scene)]
    return [*found, *_disks(scene), *_parts(scene)]


def _webhooks(scene: Scene) -> Iterator[Due]:
    # Ends only when no wrong one comes any more, so that it does not come and go at the limit.
    wanted = 1 if scene.since(AlertKind.BAD_SIGNATURES) else REJECTED
    if scene.rejected >= wanted:
        yield Due(AlertKind.BAD_SIGNATURES, count=scene.rejected)
    if scene.aside:
        yield Due(AlertKind.SET_ASIDE, count=scene.aside)


def _campaigns(scene: Scene) -> Iterator[Due]:
    for one in scene.campaigns:
        kind = AlertKind.CAMPAIGN_HELD if one.held else AlertKind.CAMPAIGN_PAUSED
        yield Due(kind, one.id, one.name, pause_cause(one.reason).explanation)


_GUARDS = frozenset(Guard)


def _automations(scene: Scene) -> Iterator[Due]:
    for one in scene.automations:
        why = Sentence(f"automation_halted.{one.reason}") if one.reason in _GUARDS else None
        yield Due(AlertKind.AUTOMATION_PAUSED, one.id, one.name, why)


_STOPPED_TEMPLATES = frozenset({"PAUSED", "DISABLED", "REJECTED"})


def _templates(scene: Scene) -> Iterator[Due]:
    for one in scene.templates:
        if one.reason in _STOPPED_TEMPLATES:
            why = Sentence(f"alert_template.{one.reason.lower()}")
            yield Due(AlertKind.TEMPLATE_STOPPED, one.id, one.name, why)


def _number(number: Numbered, now: datetime) -> Iterator[Due]:
    found = condition(
        number.status, blocked_reason=number.blocked_reason, quality=number.quality,
        last_webhook_at=number.last_webhook_at, now=now, restrictions=number.restrictions,
    )  # fmt: skip
    label = found.label.key
    if label == "channel_label.blocked" or (
        label == "channel_label.disconnected" and number.status == ChannelStatus.DISCONNECTED
    ):
        yield Due(AlertKind.NUMBER_STOPPED, number.id, number.name, found.sentence)
    elif label == "channel_label.restricted":
        yield Due(AlertKind.NUMBER_RESTRICTED, number.id, number.name, found.sentence)
    elif found.sentence.key == "channel_disliked":
        yield Due(AlertKind.NUMBER_QUALITY, number.id, number.name, found.sentence)
    ends = number.token_ends_at
    if ends is not None and ends - now <= TOKEN_ENDS_WITHIN:
        said = Sentence("alert_token.ended" if ends <= now else "alert_token", at=ends)
        yield Due(AlertKind.TOKEN_ENDS, number.id, number.name, said)


def _silence(number: Numbered, scene: Scene) -> Iterator[Due]:
    """Messages leave and nothing is said about them: the webhook is missing or goes elsewhere.

    Webhooks of another number of the same app count as signs of life, but not as news of these messages. Once it is
    open, only news ends it, not that nobody sends any more.
    """
    since = scene.since(AlertKind.NO_STATUSES, number.id)
    last = number.last_webhook_at
    quiet = last is None or scene.now - last > STATUS_WITHIN
    if since is not None:
        silent = number.heard == 0 and (number.unheard > 0 or last is None or last < since)
    else:
        silent = number.unheard >= SENT and (number.heard == 0 or quiet)
    if silent:
        yield Due(AlertKind.NO_STATUSES, number.id, number.name, count=max(number.unheard, 1))


def _disks(scene: Scene) -> Iterator[Due]:
    """One for each machine."""
    for one in scene.processes:
        look = one.looks.get(DISK)
        if look is None or scene.now - one.seen_at > ALIVE:
            continue
        if not look.ok:
            yield Due(AlertKind.DISK_FULL, one.host, one.host)
        elif look.said == LOW:
            yield Due(AlertKind.DISK_LOW, one.host, one.host)


def _parts(scene: Scene) -> Iterator[Due]:
    """A worker that was there and is gone, and a Temporal that does not answer."""
    seen = [one.seen_at for one in scene.processes if one.kind == WORKER]
    if seen and scene.now - max(seen) > AWAY:
        yield Due(AlertKind.WORKER_AWAY)
    look = worst_look(scene.processes, TEMPORAL, scene.now)
    if look is not None and not look.ok and scene.now - look.since > AWAY:
        yield Due(AlertKind.TEMPORAL_AWAY)
