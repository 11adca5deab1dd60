"""The health of an installation's parts, with one next step for each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.first_channel import FIRST_CHANNEL, words
from domain.sentences import Sentence, Value

ALIVE = timedelta(seconds=45)
"""A process that has been silent for this long is gone; it reports every ten seconds."""

RECENT = timedelta(hours=1)
SLOW_MS = 500
SKEW_MS = 2000
PATIENCE_S = 60
"""Waiting longer than this means that something is wrong."""

DATABASE, TEMPORAL, DISK, WHATSAPP = "database", "temporal", "disk", "whatsapp"
LOW = "low"
"""What a process says of a disk that still has room, but little."""

FOLDER = "folder"
"""A process reports its data folder as ``folder:<mark>``."""
WORKER, API = "worker", "api"

SEARCH_ATTRIBUTES = (
    "CampaignId", "ChannelId", "ContactId", "ConversationId", "AutomationId", "AutomationVersion", "RunStatus",
)  # fmt: skip
"""What Temporal's namespace must know."""

RUNBOOK = "/settings/system#"
"""Where the page explains a part, for steps taken outside the product."""


class Tone(StrEnum):
    """The state of a part, worst first."""

    DOWN = "danger"
    WARN = "warning"
    OK = "success"


@dataclass(frozen=True, slots=True)
class Look:
    """What a process found when it last checked a part; ``since`` is when this state began.

    ``said`` is our own code for the cause, where a part can fail in several ways.
    """

    ok: bool
    since: datetime
    ms: int | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Process:
    """A worker or API process; ``ahead_ms`` is how far its clock is ahead of the database's."""

    kind: str
    host: str
    version: str
    started_at: datetime
    seen_at: datetime
    ahead_ms: int
    looks: Mapping[str, Look]


@dataclass(frozen=True, slots=True)
class Number:
    """A number; ``problem`` says why it cannot send, ``step`` what to do.

    ``proven``: it has its app secret, without which its webhooks are refused.
    """

    id: str
    name: str
    last_webhook_at: datetime | None
    problem: Sentence | None = None
    step: Sentence | None = None
    proven: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the signs are derived from; ages in seconds, 0 if nothing is waiting."""

    now: datetime
    processes: Sequence[Process] = ()
    database_ms: int = 0
    locked: int = 0
    version: str = ""
    schema_is_current: bool = True
    schema_is_newer: bool = False
    deliveries: int = 0
    delivery_age: int = 0
    aside: int = 0
    singles: int = 0
    single_age: int = 0
    campaigns: int = 0
    campaign_age: int = 0
    campaign_id: str = ""
    numbers: Sequence[Number] = ()
    first_channel: Look | None = None
    """What prevents the channel in the settings from being created."""
    backlog: Mapping[str, int] = field(default_factory=dict)
    disk_free: int = 0
    disk_total: int = 0
    disk_is_low: bool = False


@dataclass(frozen=True, slots=True)
class Sign:
    """One line: a part, its state, since when, how slow, and where to take the next step.

    ``step`` and ``href`` are empty when all is well.
    """

    key: str
    name: Sentence
    tone: Tone
    said: Sentence
    since: datetime | None = None
    ms: int | None = None
    step: Sentence | None = None
    href: str = ""


def alive(processes: Sequence[Process], kind: str, now: datetime) -> list[Process]:
    """Those of a kind that reported recently."""
    return [one for one in processes if one.kind == kind and now - one.seen_at <= ALIVE]


def worst_look(processes: Sequence[Process], name: str, now: datetime) -> Look | None:
    """What live processes found about a part; one bad report is enough."""
    found = [
        one.looks[name] for one in processes if name in one.looks and now - one.seen_at <= ALIVE
    ]
    return min(found, key=lambda look: (look.ok, look.since), default=None)


def signs(facts: Facts) -> list[Sign]:
    """Every line, in the order parts depend on each other."""
    found = [_database(facts), _schema(facts), _temporal(facts)]
    found += [_process(facts, WORKER), _process(facts, API), *_clocks(facts), _disk(facts)]
    found += _folders(facts)
    found += _first_channel(facts)
    for number in facts.numbers:
        found += [_number(facts, number), _webhook(number, facts.now)]
    return [*found, *_queues(facts)]


def _part(key: str, **params: Value) -> Sentence:
    return Sentence(f"system_part.{key}", **params)


def _sign(
    key: str, tone: Tone, said: Sentence, *, since: datetime | None = None, ms: int | None = None
) -> Sign:
    """A line that needs no action; its key names its part."""
    return Sign(key, _part(key), tone, said, since, ms)


def _trouble(sign: Sign, step: Sentence | None, href: str) -> Sign:
    """The line with what to do about it."""
    return replace(sign, step=step, href=href)


def _database(facts: Facts) -> Sign:
    look = worst_look(facts.processes, DATABASE, facts.now)
    since = look.since if look and look.ok else None
    slowest = max(facts.database_ms, (look.ms or 0) if look else 0)
    if facts.locked:
        said = Sentence("system_locked", count=facts.locked)
        sign = _sign(DATABASE, Tone.DOWN, said, since=since, ms=slowest)
        return _trouble(sign, Sentence("system_locked.step"), f"{RUNBOOK}locked")
    if slowest > SLOW_MS:
        sign = _sign(DATABASE, Tone.WARN, Sentence("system_slow"), since=since, ms=slowest)
        return _trouble(sign, Sentence("system_slow.step"), f"{RUNBOOK}slow")
    return _sign(DATABASE, Tone.OK, Sentence("system_answers"), since=since, ms=slowest)


def _schema(facts: Facts) -> Sign:
    version, href = facts.version or "?", f"{RUNBOOK}schema"
    if facts.schema_is_newer:
        sign = _sign("schema", Tone.DOWN, Sentence("system_schema.newer", version=version))
        return _trouble(sign, Sentence("system_schema_step.newer"), href)
    if not facts.schema_is_current:
        sign = _sign("schema", Tone.DOWN, Sentence("system_schema.older", version=version))
        return _trouble(sign, Sentence("system_schema_step.older"), href)
    others = {one.version for one in facts.processes if facts.now - one.seen_at <= ALIVE}
    if others - {facts.version}:
        sign = _sign("schema", Tone.WARN, Sentence("system_schema.mixed", version=version))
        return _trouble(sign, Sentence("system_schema_step.mixed"), href)
    return _sign("schema", Tone.OK, Sentence("system_schema", version=version))


def _temporal(facts: Facts) -> Sign:
    look = worst_look(facts.processes, TEMPORAL, facts.now)
    step, href = Sentence("system_temporal_step"), f"{RUNBOOK}temporal"
    if look is None:
        return _trouble(_sign(TEMPORAL, Tone.WARN, Sentence("system_unseen")), step, href)
    if not look.ok:
        sign = _sign(TEMPORAL, Tone.DOWN, Sentence("system_silent"), since=look.since)
        return _trouble(sign, step, href)
    waiting = sum(facts.backlog.values())
    said = Sentence("system_tasks", count=waiting) if waiting else Sentence("system_answers")
    return _sign(TEMPORAL, Tone.OK, said, since=look.since, ms=look.ms)


def _process(facts: Facts, kind: str) -> Sign:
    here = alive(facts.processes, kind, facts.now)
    href = f"{RUNBOOK}{kind}"
    last = max((one.seen_at for one in facts.processes if one.kind == kind), default=None)
    if not here:
        said = Sentence("system_process.away" if last else "system_process.unseen")
        sign = _sign(kind, Tone.DOWN, said, since=last)
        return _trouble(sign, Sentence(f"system_process_step.{kind}"), href)
    since = min(one.started_at for one in here)
    hosts = ", ".join(sorted({one.host for one in here}))
    silent = [
        one for one in facts.processes
        if one.kind == kind and one not in here and facts.now - one.seen_at < RECENT
    ]  # fmt: skip
    if silent:
        said = Sentence("system_process.silent", count=len(here), hosts=hosts, silent=len(silent))
        sign = _sign(kind, Tone.WARN, said, since=since)
        return _trouble(sign, Sentence("system_process_step"), href)
    said = Sentence("system_process", count=len(here), hosts=hosts)
    return _sign(kind, Tone.OK, said, since=since)


def _clocks(facts: Facts) -> Iterator[Sign]:
    living = [one for one in facts.processes if facts.now - one.seen_at <= ALIVE]
    if not living:
        return
    worst = max(living, key=lambda one: abs(one.ahead_ms))
    said = Sentence("system_clock", ms=f"{worst.ahead_ms:+d}", host=worst.host)
    if abs(worst.ahead_ms) > SKEW_MS:
        sign = _sign("clock", Tone.WARN, said)
        yield _trouble(sign, Sentence("system_clock.step"), f"{RUNBOOK}clock")
    else:
        yield _sign("clock", Tone.OK, said)


def _disk(facts: Facts) -> Sign:
    look = worst_look(facts.processes, DISK, facts.now)
    free, total = f"{facts.disk_free / 1024**3:.1f}", f"{facts.disk_total / 1024**3:.1f}"
    since = look.since if look else None
    step, href = Sentence("system_disk_step"), f"{RUNBOOK}disk"
    if look is not None and not look.ok:
        full = Sentence("system_disk.full", free=free, total=total)
        return _trouble(_sign(DISK, Tone.DOWN, full, since=since), step, href)
    said = Sentence("system_disk", free=free, total=total)
    if facts.disk_is_low:
        return _trouble(_sign(DISK, Tone.WARN, said, since=since), step, href)
    return _sign(DISK, Tone.OK, said, since=since)


def _folders(facts: Facts) -> Iterator[Sign]:
    """Shown only when something is wrong: it is not accessible, or two machines do not share uploads."""
    here = [one for one in facts.processes if facts.now - one.seen_at <= ALIVE]
    looks = [
        (name, look, one.host) for one in here for name, look in one.looks.items()
        if name.startswith(f"{FOLDER}:")
    ]  # fmt: skip
    closed = [(look.since, host) for _, look, host in looks if not look.ok]
    href = f"{RUNBOOK}folder"
    if closed:
        since, hosts = min(closed)[0], sorted({host for _, host in closed})
        said = Sentence("system_folder.closed", host=", ".join(hosts))
        sign = _sign(FOLDER, Tone.DOWN, said, since=since)
        yield _trouble(sign, Sentence("system_folder_step.closed"), href)
    elif len({name for name, _, _ in looks}) > 1:
        sign = _sign(FOLDER, Tone.DOWN, Sentence("system_folder"))
        yield _trouble(sign, Sentence("system_folder_step"), href)


def _first_channel(facts: Facts) -> Iterator[Sign]:
    """Shown only if it could not be created."""
    look = facts.first_channel
    if look is not None:
        said, step = words(look.said)
        yield _trouble(_sign(FIRST_CHANNEL, Tone.DOWN, said, since=look.since), step, "/channels")


def _number(facts: Facts, number: Number) -> Sign:
    key, href = f"{WHATSAPP}:{number.id}", f"/channels/{number.id}"
    name = _part(WHATSAPP, name=number.name)
    look = worst_look(facts.processes, key, facts.now)
    if number.problem:
        return Sign(key, name, Tone.DOWN, number.problem, step=number.step, href=href)
    if look is not None and not look.ok:
        sign = Sign(key, name, Tone.DOWN, Sentence("system_silent"), look.since)
        return _trouble(sign, Sentence("system_whatsapp.step"), href)
    if look is None:
        return Sign(key, name, Tone.OK, Sentence("system_whatsapp"))
    return Sign(key, name, Tone.OK, Sentence("system_answers"), look.since, look.ms)


def _webhook(number: Number, now: datetime) -> Sign:
    key, name = f"webhook:{number.id}", _part("webhook", name=number.name)
    last, href = number.last_webhook_at, f"/channels/{number.id}"
    if not number.proven:
        sign = Sign(key, name, Tone.DOWN, Sentence("system_webhook.refused"), last)
        return _trouble(sign, Sentence("system_webhook_step.refused"), f"{href}/edit")
    if last is None:
        sign = Sign(key, name, Tone.WARN, Sentence("system_webhook.none"))
        return _trouble(sign, Sentence("system_webhook_step.none"), href)
    if now - last > timedelta(days=2):
        sign = Sign(key, name, Tone.WARN, Sentence("system_webhook.old"), last)
        return _trouble(sign, Sentence("system_webhook_step.old"), href)
    return Sign(key, name, Tone.OK, Sentence("system_webhook"), last)


def _queues(facts: Facts) -> Iterator[Sign]:
    campaign = f"/campaigns/{facts.campaign_id}" if facts.campaign_id else "/campaigns"
    rows = (
        ("deliveries", facts.deliveries, facts.delivery_age, f"{RUNBOOK}worker"),
        ("singles", facts.singles, facts.single_age, f"{RUNBOOK}worker"),
        ("campaigns", facts.campaigns, facts.campaign_age, campaign),
    )
    for key, waiting, age, href in rows:
        if age > PATIENCE_S:
            of_campaigns = key == "campaigns"
            late = "system_queue.campaigns" if of_campaigns else "system_queue.late"
            step = "system_queue_step.campaigns" if of_campaigns else "system_queue_step"
            sign = _sign(key, Tone.DOWN, Sentence(late, count=waiting, age=age))
            yield _trouble(sign, Sentence(step), href)
        elif waiting:
            yield _sign(key, Tone.OK, Sentence("system_queue", count=waiting))
        else:
            yield _sign(key, Tone.OK, Sentence("system_queue.empty"))
    if facts.aside:
        sign = _sign("aside", Tone.WARN, Sentence("system_aside", count=facts.aside))
        yield _trouble(sign, Sentence("system_aside.step"), "/settings/webhooks/aside")
    else:
        yield _sign("aside", Tone.OK, Sentence("system_aside.none"))
