"""What the parts of an installation look like from outside, in words, with one next step each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain.first_channel import FIRST_CHANNEL, words

ALIVE = timedelta(seconds=45)
"""A process that said nothing for so long is away; it speaks every ten seconds."""

RECENT = timedelta(hours=1)
SLOW_MS = 500
SKEW_MS = 2000
PATIENCE_S = 60
"""What waits longer than this waits for something that is not well."""

DATABASE, TEMPORAL, DISK, WHATSAPP = "database", "temporal", "disk", "whatsapp"
FOLDER = "folder"
"""``folder:<mark>`` is what a process says about its data folder."""
WORKER, API = "worker", "api"

RUNBOOK = "/settings/system#"
"""Where the page explains a part, for steps that are done outside of the product."""


class Tone(StrEnum):
    """How a part is, the worst first."""

    DOWN = "danger"
    WARN = "warning"
    OK = "success"


@dataclass(frozen=True, slots=True)
class Look:
    """What a process found of a part when it last looked; ``since`` it is like this.

    ``said`` is a word of ours on why, where a part can fail in several ways.
    """

    ok: bool
    since: datetime
    ms: int | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Process:
    """A worker or an API process; ``ahead_ms`` is its clock against the database's."""

    kind: str
    host: str
    version: str
    started_at: datetime
    seen_at: datetime
    ahead_ms: int
    looks: Mapping[str, Look]


@dataclass(frozen=True, slots=True)
class Number:
    """A number; ``problem`` says why nothing leaves from it, ``step`` what to do.

    ``proven``: it has the app secret without which its webhooks are refused.
    """

    id: str
    name: str
    last_webhook_at: datetime | None
    problem: str = ""
    step: str = ""
    proven: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the signs are read from; ages in seconds, 0 where nothing waits."""

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
    """What keeps the channel of the settings from being made."""
    backlog: Mapping[str, int] = field(default_factory=dict)
    disk_free: int = 0
    disk_total: int = 0
    disk_is_low: bool = False


@dataclass(frozen=True, slots=True)
class Sign:
    """One line: a part, how it is, since when, how slow, and where the next step is done.

    ``text`` has places for ``values``; ``step`` and ``href`` are empty where all is well.
    """

    key: str
    name: str
    tone: Tone
    text: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    since: datetime | None = None
    ms: int | None = None
    step: str = ""
    href: str = ""

    @property
    def sentence(self) -> str:
        """The text with its values, in English."""
        return self.text % self.values


def alive(processes: Sequence[Process], kind: str, now: datetime) -> list[Process]:
    """Those of a kind that spoke lately."""
    return [one for one in processes if one.kind == kind and now - one.seen_at <= ALIVE]


def worst_look(processes: Sequence[Process], name: str, now: datetime) -> Look | None:
    """What living processes found of a part; a bad look of any of them counts."""
    found = [
        one.looks[name] for one in processes if name in one.looks and now - one.seen_at <= ALIVE
    ]
    return min(found, key=lambda look: (look.ok, look.since), default=None)


def signs(facts: Facts) -> list[Sign]:
    """Every line, in the order in which parts depend on each other."""
    found = [_database(facts), _schema(facts), _temporal(facts)]
    found += [_process(facts, WORKER), _process(facts, API), *_clocks(facts), _disk(facts)]
    found += _folders(facts)
    found += _first_channel(facts)
    for number in facts.numbers:
        found += [_number(facts, number), _webhook(number, facts.now)]
    return [*found, *_queues(facts)]


def _database(facts: Facts) -> Sign:
    look = worst_look(facts.processes, DATABASE, facts.now)
    since = look.since if look and look.ok else None
    slowest = max(facts.database_ms, (look.ms or 0) if look else 0)
    if facts.locked:
        return Sign(
            DATABASE, "PostgreSQL", Tone.DOWN,
            f"%(count)s {_counted(facts.locked, 'statement waits', 'statements wait')} for a lock of somebody",
            {"count": facts.locked}, since, slowest,
            "End the session that holds the lock: pg_stat_activity and pg_locks name it.",
            f"{RUNBOOK}locked",
        )  # fmt: skip
    if slowest > SLOW_MS:
        text, href = "Answers slowly", f"{RUNBOOK}slow"
        step = "Look at the load and the disk of the database server."
        return Sign(DATABASE, "PostgreSQL", Tone.WARN, text, {}, since, slowest, step, href)
    return Sign(DATABASE, "PostgreSQL", Tone.OK, "Answers", {}, since, slowest)


def _schema(facts: Facts) -> Sign:
    values = {"version": facts.version or "?"}
    if facts.schema_is_newer:
        return Sign(
            "schema", "Schema", Tone.DOWN, "At %(version)s, made by a newer release", values,
            step="Install that release on this machine.", href=f"{RUNBOOK}schema",
        )  # fmt: skip
    if not facts.schema_is_current:
        return Sign(
            "schema", "Schema", Tone.DOWN, "At %(version)s, migrations are missing", values,
            step="Run `whatsway migrate`.", href=f"{RUNBOOK}schema",
        )  # fmt: skip
    others = {one.version for one in facts.processes if facts.now - one.seen_at <= ALIVE}
    if others - {facts.version}:
        return Sign(
            "schema", "Schema", Tone.WARN, "At %(version)s, and a process of another release runs",
            values, step="Restart API and worker with the same release.", href=f"{RUNBOOK}schema",
        )  # fmt: skip
    return Sign("schema", "Schema", Tone.OK, "At %(version)s, the newest", values)


def _temporal(facts: Facts) -> Sign:
    look = worst_look(facts.processes, TEMPORAL, facts.now)
    step, href = (
        "Start Temporal, or correct TEMPORAL_ADDRESS. Nothing is lost.",
        f"{RUNBOOK}temporal",
    )
    if look is None:
        text = "Nobody has looked yet"
        return Sign(TEMPORAL, "Temporal", Tone.WARN, text, step=step, href=href)
    if not look.ok:
        text = "Does not answer"
        return Sign(TEMPORAL, "Temporal", Tone.DOWN, text, {}, look.since, None, step, href)
    waiting = sum(facts.backlog.values())
    if waiting:
        wait = _counted(waiting, "task waits", "tasks wait")
        text, values = f"Answers; %(count)s {wait} in its queues", {"count": waiting}
        return Sign(TEMPORAL, "Temporal", Tone.OK, text, values, look.since, look.ms)
    return Sign(TEMPORAL, "Temporal", Tone.OK, "Answers", {}, look.since, look.ms)


_NAMES = {WORKER: "Worker", API: "API and pages"}
_MISSED = {
    WORKER: "Start the worker, or look into its log: nothing is sent and deliveries wait until then.",
    API: "Start the API, or look into its log: webhooks are repeated by WhatsApp for days.",
}


def _process(facts: Facts, kind: str) -> Sign:
    here = alive(facts.processes, kind, facts.now)
    name, href = _NAMES[kind], f"{RUNBOOK}{kind}"
    last = max((one.seen_at for one in facts.processes if one.kind == kind), default=None)
    if not here:
        text = "Away: no sign of life" if last else "None was ever seen"
        return Sign(kind, name, Tone.DOWN, text, {}, last, None, _MISSED[kind], href)
    since = min(one.started_at for one in here)
    hosts = ", ".join(sorted({one.host for one in here}))
    silent = [
        one for one in facts.processes
        if one.kind == kind and one not in here and facts.now - one.seen_at < RECENT
    ]  # fmt: skip
    values: dict[str, str | int] = {"count": len(here), "hosts": hosts, "silent": len(silent)}
    if silent:
        text = "%(count)s alive (%(hosts)s), %(silent)s went silent without a goodbye"
        step = "It was killed or hangs: look into its log. It is forgotten after an hour."
        return Sign(kind, name, Tone.WARN, text, values, since, None, step, href)
    return Sign(kind, name, Tone.OK, "%(count)s alive (%(hosts)s)", values, since)


def _clocks(facts: Facts) -> Iterator[Sign]:
    living = [one for one in facts.processes if facts.now - one.seen_at <= ALIVE]
    if not living:
        return
    worst = max(living, key=lambda one: abs(one.ahead_ms))
    values: dict[str, str | int] = {"ms": f"{worst.ahead_ms:+d}", "host": worst.host}
    text = "%(ms)s ms from the database's at most (%(host)s)"
    if abs(worst.ahead_ms) > SKEW_MS:
        step = (
            "Synchronise the clocks of the machines (NTP). The database's is the one that counts."
        )
        yield Sign("clock", "Clocks", Tone.WARN, text, values, None, None, step, f"{RUNBOOK}clock")
    else:
        yield Sign("clock", "Clocks", Tone.OK, text, values)


def _disk(facts: Facts) -> Sign:
    look = worst_look(facts.processes, DISK, facts.now)
    free, total = f"{facts.disk_free / 1024**3:.1f}", f"{facts.disk_total / 1024**3:.1f}"
    values: dict[str, str | int] = {"free": free, "total": total}
    since = look.since if look else None
    text = "%(free)s of %(total)s GB free"
    step = "Make room, or move the data folder to another disk. It goes on by itself."
    if look is not None and not look.ok:
        full = "Full: what is new cannot be written (%(free)s of %(total)s GB free)"
        return Sign(DISK, "Disk", Tone.DOWN, full, values, since, None, step, f"{RUNBOOK}disk")
    if facts.disk_is_low:
        return Sign(DISK, "Disk", Tone.WARN, text, values, since, None, step, f"{RUNBOOK}disk")
    return Sign(DISK, "Disk", Tone.OK, text, values, since)


def _folders(facts: Facts) -> Iterator[Sign]:
    """Only where something is wrong: it is closed, or two machines do not share what people upload."""
    here = [one for one in facts.processes if facts.now - one.seen_at <= ALIVE]
    looks = [
        (name, look, one.host) for one in here for name, look in one.looks.items()
        if name.startswith(f"{FOLDER}:")
    ]  # fmt: skip
    closed = [(look.since, host) for _, look, host in looks if not look.ok]
    if closed:
        since, hosts = min(closed)[0], sorted({host for _, host in closed})
        text = "Cannot be read or written (%(host)s): uploads are refused, and files of messages not kept"
        step = "Let the account that runs WhatsWay read and write WHATSWAY_DATA_DIR, or mount it again."
        yield Sign(
            FOLDER, "Data folder", Tone.DOWN, text, {"host": ", ".join(hosts)}, since, None, step,
            f"{RUNBOOK}folder",
        )  # fmt: skip
    elif len({name for name, _, _ in looks}) > 1:
        text = "API and worker see different folders: uploaded files do not reach the worker"
        step = "Let every machine mount one shared folder as WHATSWAY_DATA_DIR."
        yield Sign(FOLDER, "Data folder", Tone.DOWN, text, step=step, href=f"{RUNBOOK}folder")


def _first_channel(facts: Facts) -> Iterator[Sign]:
    """Only where it could not be made."""
    look = facts.first_channel
    if look is not None:
        text, step = words(look.said)
        yield Sign(
            FIRST_CHANNEL, "First channel", Tone.DOWN, text, {}, look.since, None, step, "/channels"
        )


def _number(facts: Facts, number: Number) -> Sign:
    key, name = f"{WHATSAPP}:{number.id}", f"WhatsApp: {number.name}"
    href = f"/channels/{number.id}"
    look = worst_look(facts.processes, key, facts.now)
    since, ms = (look.since, look.ms) if look else (None, None)
    if number.problem:
        return Sign(key, name, Tone.DOWN, number.problem, {}, None, None, number.step, href)
    if look is not None and not look.ok:
        step = "Nothing to do: messages are tried one at a time until it answers. Look at its status page."
        return Sign(key, name, Tone.DOWN, "Does not answer", {}, since, None, step, href)
    text = "Answers" if look else "Nobody has called it yet"
    return Sign(key, name, Tone.OK, text, {}, since, ms)


def _webhook(number: Number, now: datetime) -> Sign:
    key, name = f"webhook:{number.id}", f"Webhooks: {number.name}"
    last, href = number.last_webhook_at, f"/channels/{number.id}"
    if not number.proven:
        step = "Enter it under Edit; Meta delivers again what waited."
        text = "Refused: the app secret is missing"
        return Sign(key, name, Tone.DOWN, text, {}, last, None, step, f"{href}/edit")
    if last is None:
        step = "Write to the number from a phone, then look at its live check."
        return Sign(key, name, Tone.WARN, "None has come yet", {}, None, None, step, href)
    if now - last > timedelta(days=2):
        step = "Write to the number from a phone to see that answers arrive."
        return Sign(key, name, Tone.WARN, "The last one came long ago", {}, last, None, step, href)
    return Sign(key, name, Tone.OK, "The last one came", {}, last)


def _queues(facts: Facts) -> Iterator[Sign]:
    worker = "See that the worker runs and that the database is not slow."
    rows = (
        ("deliveries", "Deliveries", facts.deliveries, facts.delivery_age, worker, f"{RUNBOOK}worker"),
        ("singles", "Replies and single messages", facts.singles, facts.single_age, worker,
         f"{RUNBOOK}worker"),
        ("campaigns", "Campaigns", facts.campaigns, facts.campaign_age,
         "Open the campaign: it says why it does not move.",
         f"/campaigns/{facts.campaign_id}" if facts.campaign_id else "/campaigns"),
    )  # fmt: skip
    for key, name, waiting, age, step, href in rows:
        values: dict[str, str | int] = {"count": f"{waiting:,}", "age": age}
        if age > PATIENCE_S:
            text = _standing(key, waiting)
            yield Sign(key, name, Tone.DOWN, text, values, None, None, step, href)
        else:
            wait = _counted(waiting, "waits", "wait")
            text = f"%(count)s {wait}" if waiting else "Nothing waits"
            yield Sign(key, name, Tone.OK, text, values)
    values = {"count": f"{facts.aside:,}"}
    text = f"%(count)s {_counted(facts.aside, 'piece', 'pieces')} of news had no effect"
    if facts.aside:
        step = "Open the webhook log: it says why, and hands them in again."
        yield Sign(
            "aside", "Set aside", Tone.WARN, text, values, None, None, step, "/settings/webhooks"
        )
    else:
        yield Sign("aside", "Set aside", Tone.OK, "Nothing", values)


def _standing(key: str, waiting: int) -> str:
    """Work that does not move; a single piece of it has waited itself, without an oldest one."""
    if key == "campaigns":
        people = _counted(waiting, "person waits", "people wait")
        return f"%(count)s {people}, and one campaign has not moved for %(age)s s"
    return _counted(
        waiting, "%(count)s waits, for %(age)s s", "%(count)s wait, the oldest for %(age)s s"
    )


def _counted(count: int, one: str, many: str) -> str:
    """The words for one, or for any other number."""
    return one if count == 1 else many
