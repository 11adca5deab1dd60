"""What happens to automations and their runs, and what they and the team do in conversations."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.automations.guards import Guard
from domain.journal.conversations import ConversationFact
from domain.journal.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationFact(Fact, entity="automation", key="automation_id"):
    """Something that happened to an automation."""

    automation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationCreated(AutomationFact, kind="automation.created"):
    """Somebody made an automation; ``copied`` names the one it was made from."""

    copied: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationRenamed(AutomationFact, kind="automation.renamed"):
    """An automation was renamed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationEdited(AutomationFact, kind="automation.edited"):
    """Somebody began to change the draft; later saves of the same person within minutes are not noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationPublished(AutomationFact, kind="automation.published"):
    """A version acts from now on."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationPaused(AutomationFact, kind="automation.paused"):
    """It starts nobody, and whoever is inside stays where they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationHalted(AutomationFact, kind="automation.halted"):
    """A guard paused it."""

    guard: Guard


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationResumed(AutomationFact, kind="automation.resumed"):
    """It acts again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationRunsStopped(AutomationFact, kind="automation.runs_stopped"):
    """Somebody ended all its ``runs``."""

    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationArchived(AutomationFact, kind="automation.archived"):
    """It was archived: it acts no longer and is not in the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationUnarchived(AutomationFact, kind="automation.unarchived"):
    """It is in the list again, paused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationStartMissed(AutomationFact, kind="automation.start_missed"):
    """Nothing could start a timed trigger's people in time; somebody decides."""

    trigger_id: str
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationStartDecided(AutomationFact, kind="automation.start_decided"):
    """Somebody started the people of a missed start after all, or let it be."""

    trigger_id: str
    due: datetime
    started: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationHookChanged(AutomationFact, kind="automation.hook_changed"):
    """A webhook trigger got a new address; the old one no longer works."""

    trigger_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFact(Fact, entity="run", key="run_id"):
    """Something that happened to a run."""

    run_id: UUID
    contact_id: UUID
    automation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(RunFact, kind="run.started"):
    """A contact entered an automation; ``trigger_id`` is empty when another automation started it."""

    version: int
    trigger_id: str
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWoken(RunFact, kind="run.woken"):
    """Something came for a waiting run: a message, an end it waited for, or a person's decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(RunFact, kind="run.ended"):
    """A run ended by itself; ``ending`` says how."""

    ending: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStopped(RunFact, kind="run.stopped"):
    """Somebody ended one run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRetried(RunFact, kind="run.retried"):
    """Somebody let a failed run go on at the node that failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationTaken(ConversationFact, kind="conversation.taken"):
    """Somebody took it over: automations leave it alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationGivenBack(ConversationFact, kind="conversation.given_back"):
    """Somebody gave it back to automations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelAdded(ConversationFact, kind="conversation.label_added"):
    """A label was put on it."""

    label_id: UUID
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRemoved(ConversationFact, kind="conversation.label_removed"):
    """A label was taken off it."""

    label_id: UUID
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWritten(ConversationFact, kind="conversation.note_written"):
    """A note for the team was written; its text is in ``notes``."""

    note_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFact(Fact, entity="label", key="label_id"):
    """Something that happened to a label."""

    label_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCreated(LabelFact, kind="label.created"):
    """Somebody made a label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelChanged(LabelFact, kind="label.changed"):
    """A label was renamed, or got another colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDeleted(LabelFact, kind="label.deleted"):
    """A label was deleted, and is on no conversation any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFact(Fact, entity="automation_secret", key="name"):
    """Something that happened to a secret of requests."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSet(SecretFact, kind="automation_secret.set"):
    """Somebody set its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretDeleted(SecretFact, kind="automation_secret.deleted"):
    """Somebody deleted it."""
