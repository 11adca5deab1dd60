"""Why a campaign does not move, in plain words with one thing to do each."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

PATIENCE = timedelta(seconds=60)
"""A running campaign of which WhatsApp took nobody for so long stands still."""


class Place(StrEnum):
    """Where the one action leads."""

    SYSTEM = "system"
    CHANNEL = "channel"
    TEMPLATE = "template"
    SPEED = "speed"
    RECIPIENTS = "recipients"
    CLOSE = "close"
    CAMPAIGN = "campaign"
    TEMPORAL = "temporal"


class Standstill(StrEnum):
    """Every cause that is told, what must be mended before what comes first."""

    DISK_FULL = "disk_full"
    DATABASE_LOCKED = "database_locked"
    DATABASE_SLOW = "database_slow"
    TEMPORAL_AWAY = "temporal_away"
    WORKER_AWAY = "worker_away"
    NUMBER_STOPPED = "number_stopped"
    TEMPLATE_NOT_APPROVED = "template_not_approved"
    NEWS_WAIT = "news_wait"
    RESTRICTED = "restricted"
    NO_ANSWER = "no_answer"
    BUDGET_SPENT = "budget_spent"
    SLOWED_DOWN = "slowed_down"
    NO_RECIPIENTS = "no_recipients"
    RETRIES = "retries"
    OTHERS_FIRST = "others_first"
    THROTTLE = "throttle"
    STARTING = "starting"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence with places for values, what the button says and where it leads."""

    title: str
    text: str
    action: str
    place: Place
    one: str = ""
    """The text where a count is one."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A cause with what it needs to be told; ``until`` when it passes by itself, where that is known."""

    cause: Standstill
    since: datetime | None = None
    until: datetime | None = None
    values: Mapping[str, str | int] = field(default_factory=dict)
    target: str = ""
    moving: bool = False

    @property
    def words(self) -> Words:
        """What to say."""
        said = WORDS[self.cause]
        return (
            replace(said, text=said.one)
            if said.one and str(self.values.get("count")) == "1"
            else said
        )

    @property
    def is_harmless(self) -> bool:
        """Whether it is as it was wished: nothing has to be mended."""
        return self.cause in HARMLESS


HARMLESS = frozenset(
    {
        Standstill.NO_RECIPIENTS, Standstill.RETRIES, Standstill.OTHERS_FIRST, Standstill.THROTTLE,
        Standstill.STARTING, Standstill.BUDGET_SPENT,
    }
)  # fmt: skip

_ALONE = "It goes on by itself, nobody is lost."

WORDS: Mapping[Standstill, Words] = {
    Standstill.DISK_FULL: Words(
        "A disk is full", f"Nothing can be written, so nothing is sent. Make room: {_ALONE.lower()}",
        "See which disk", Place.SYSTEM,
    ),
    Standstill.DATABASE_LOCKED: Words(
        "Somebody holds a lock in the database",
        "%(count)s of our statements wait for it. Let the session that holds it end, "
        f"or end it: {_ALONE.lower()}",
        "Look at the system", Place.SYSTEM,
        "%(count)s of our statements waits for it. Let the session that holds it end, "
        f"or end it: {_ALONE.lower()}",
    ),
    Standstill.DATABASE_SLOW: Words(
        "The database is slow",
        f"It takes %(ms)s ms for a small statement. Look at its load and its disk. {_ALONE}",
        "Look at the system", Place.SYSTEM,
    ),
    Standstill.TEMPORAL_AWAY: Words(
        "Temporal does not answer", f"It has to run for a campaign to go on. {_ALONE}",
        "Look at the system", Place.SYSTEM,
    ),
    Standstill.WORKER_AWAY: Words(
        "No worker is running", f"The worker sends the messages. Start it. {_ALONE}",
        "Look at the system", Place.SYSTEM,
    ),
    Standstill.NUMBER_STOPPED: Words(
        "The number cannot send", "%(problem)s", "Open the number", Place.CHANNEL,
    ),
    Standstill.TEMPLATE_NOT_APPROVED: Words(
        "The template is not approved any more",
        "WhatsApp takes it again once it is approved.", "Open the template", Place.TEMPLATE,
    ),
    Standstill.NEWS_WAIT: Words(
        "Marketing waits until incoming messages are read",
        "%(count)s deliveries from WhatsApp are waiting, the oldest for %(age)s s. "
        f"One of them may be somebody's STOP, so no marketing leaves before they are read. {_ALONE}",
        "Look at the system", Place.SYSTEM,
        "%(count)s delivery from WhatsApp is waiting, for %(age)s s. "
        f"It may be somebody's STOP, so no marketing leaves before it is read. {_ALONE}",
    ),
    Standstill.RESTRICTED: Words(
        "WhatsApp restricts the number", f"%(problem)s {_ALONE}", "Open the number", Place.CHANNEL,
    ),
    Standstill.NO_ANSWER: Words(
        "WhatsApp does not answer",
        f"One message at a time is tried until it does, so that nobody ends in doubt. {_ALONE}",
        "Look at the system", Place.SYSTEM,
    ),
    Standstill.BUDGET_SPENT: Words(
        "The limit of 24 hours is reached",
        f"All %(most)s people that this portfolio may write to in 24 hours are used up. {_ALONE}",
        "Open the number", Place.CHANNEL,
    ),
    Standstill.SLOWED_DOWN: Words(
        "WhatsApp asked for less speed", f"The number rests and comes back to its speed within a minute. {_ALONE}",
        "Open the number", Place.CHANNEL,
    ),
    Standstill.NO_RECIPIENTS: Words(
        "Everybody handed in so far is done",
        "Your program may hand in more people, or you close the campaign.",
        "Close it", Place.CLOSE,
    ),
    Standstill.RETRIES: Words(
        "It waits for its retries",
        "%(count)s people get another try; WhatsApp could not take their message before.",
        "See these people", Place.RECIPIENTS,
        "%(count)s person gets another try; WhatsApp could not take their message before.",
    ),
    Standstill.OTHERS_FIRST: Words(
        "Another campaign uses the number", "“%(name)s” sends from it now, and both share its speed.",
        "Open that campaign", Place.CAMPAIGN,
    ),
    Standstill.THROTTLE: Words(
        "It is as slow as it was told to be",
        "Its speed is %(throttle)s a second, the number could do %(throughput)s.",
        "Change the speed", Place.SPEED,
    ),
    Standstill.STARTING: Words(
        "It is about to start", "The audience is written down, or its first messages are on their way.",
        "Look at the system", Place.SYSTEM,
    ),
    Standstill.UNEXPLAINED: Words(
        "No cause can be seen from here",
        "Everything it needs is there. Look at what its workflow does, and into the worker's log.",
        "Open in Temporal", Place.TEMPORAL,
    ),
}  # fmt: skip
