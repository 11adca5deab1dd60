"""The state of a campaign's workflow: who was handed to senders, and what it was told in the meantime."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self
from uuid import UUID

from domain.campaigns import CampaignStatus

SPAN = 500
"""Recipients per activity: Temporal starts one every few seconds, and a retry re-reads little."""

WINDOW = 4
"""Spans in progress at once."""

HALTED = (CampaignStatus.PAUSED, CampaignStatus.HELD)
OVER = (CampaignStatus.STOPPED, CampaignStatus.DRAFT)
"""States in which nothing more is sent: stopped, or undone before it began."""

ASKED_EARLY = "asked-while-it-began"
"""Marks that a request outweighs the beginning during which it came; in earlier runs it did not."""

Span = tuple[int, int]
"""The first and the last recipient of a span."""


@dataclass(frozen=True)
class CampaignInput:
    """A campaign's progress; carried over continue-as-new, about 200 bytes."""

    campaign_id: UUID
    scheduled_at: datetime | None = None
    undo_until: datetime | None = None
    total: int | None = None
    next_seq: int = 1
    begun: bool = False
    span: int = SPAN
    unfinished: list[tuple[int, int]] = field(default_factory=list)
    runs: int = 1


@dataclass
class CampaignState:
    """Everything a workflow run knows; it waits for nothing, so that rules can be tested alone."""

    campaign_id: UUID
    scheduled_at: datetime | None
    undo_until: datetime | None
    total: int | None
    """Recipients; None until the audience is frozen."""
    next_seq: int
    """The first recipient who is in no span yet."""
    begun: bool
    span: int
    todo: list[Span]
    """Spans to hand out again: halted, failed, or with next tries due."""
    runs: int
    open: set[Span] = field(default_factory=set)
    """Spans in progress."""
    late: Span | None = None
    """Make a span whose people all have a message: only due next tries are sent."""
    rest_until: datetime | None = None
    """WhatsApp accepts nobody new before this."""
    paused: bool = False
    stopped: bool = False
    woken: bool = False
    restart: bool = False
    """The history is long: end this run and continue in another."""
    asked: int = 0
    """How often a person paused, resumed or stopped: their latest request outweighs a row read before it."""

    @classmethod
    def of(cls, start: CampaignInput) -> Self:
        """The state at the start of a run."""
        return cls(
            start.campaign_id, start.scheduled_at, start.undo_until, start.total, start.next_seq,
            start.begun, start.span, list(start.unfinished), start.runs,
        )  # fmt: skip

    def carried(self) -> CampaignInput:
        """What the next run starts with."""
        return CampaignInput(
            self.campaign_id, self.scheduled_at, self.undo_until, self.total, self.next_seq,
            self.begun, self.span, self.todo, self.runs + 1,
        )  # fmt: skip

    def ended(self) -> bool:
        """Whether this run hands out nothing more."""
        return self.stopped or self.restart

    def goes_on(self) -> bool:
        """Whether there is no pause, or it is over."""
        return self.stopped or not self.paused

    def disturbed(self) -> bool:
        """Whether a wait may be over already."""
        return self.stopped or self.woken

    @property
    def everybody(self) -> Span:
        """One span of all recipients."""
        return 1, self.total or 0

    def can_move(self) -> bool:
        """Whether another span may be handed out, or none is in progress."""
        more = bool(self.todo) or self.next_seq <= (self.total or 0)
        return not self.open or (len(self.open) < WINDOW and more and not self.paused)

    def next_span(self) -> Span | None:
        """Start the next span; None if there is no room, nobody is left, or WhatsApp's limit is reached."""
        if self.rest_until is not None or len(self.open) >= WINDOW:
            return None
        span = self.todo.pop(0) if self.todo else self._fresh()
        if span is not None:
            self.open.add(span)
        return span

    def _fresh(self) -> Span | None:
        low, total = self.next_seq, self.total or 0
        if low > total:
            return None
        high = min(low + self.span - 1, total)
        self.next_seq = high + 1
        return low, high

    def rest(self, until: datetime) -> None:
        """Hand out nothing before a time; the later of two such times counts."""
        self.rest_until = max(self.rest_until or until, until)

    def obey(self, status: CampaignStatus) -> None:
        """Follow the row's state; stopped stays stopped."""
        self.paused = status in HALTED
        self.stopped = self.stopped or status in OVER

    def ask(self, *, paused: bool | None = None, stopped: bool = False) -> None:
        """A person paused, resumed or stopped it."""
        self.asked += 1
        self.paused = self.paused if paused is None else paused
        self.stopped = self.stopped or stopped
