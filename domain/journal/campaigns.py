"""What happens to campaigns."""

from dataclasses import dataclass
from uuid import UUID

from domain.journal.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFact(Fact, entity="campaign", key="campaign_id"):
    """Something that happened to a campaign."""

    campaign_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCreated(CampaignFact, kind="campaign.created"):
    """Somebody began a draft."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCopied(CampaignFact, kind="campaign.copied"):
    """A draft was made from another campaign, ``of``."""

    of: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRetried(CampaignFact, kind="campaign.retried"):
    """A draft was made for the ``people`` who failed in the campaign ``parent``."""

    parent: UUID
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRetryMade(CampaignFact, kind="campaign.retry_made"):
    """A campaign's failed ``people`` are retried in the campaign ``retry``."""

    retry: UUID
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignEdited(CampaignFact, kind="campaign.edited"):
    """Parts of a draft were changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRenamed(CampaignFact, kind="campaign.renamed"):
    """A campaign was renamed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDeleted(CampaignFact, kind="campaign.deleted"):
    """A draft, or a campaign that messaged nobody, was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFileGiven(CampaignFact, kind="campaign.file_given"):
    """A draft now takes its people from this file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFileUploaded(CampaignFact, kind="campaign.file_uploaded"):
    """A file is waiting to be read into a draft."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFileRead(CampaignFact, kind="campaign.file_read"):
    """The reading of a draft's file ended, well or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignLaunched(CampaignFact, kind="campaign.launched"):
    """Somebody launched it, for an estimated number of ``recipients``."""

    recipients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignUndone(CampaignFact, kind="campaign.undone"):
    """A launch was undone: it is a draft again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignMoved(CampaignFact, kind="campaign.moved"):
    """Its scheduled start was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFrozen(CampaignFact, kind="campaign.frozen"):
    """Its audience was frozen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStarted(CampaignFact, kind="campaign.started"):
    """Sending began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignHeld(CampaignFact, kind="campaign.held"):
    """Its start was missed: a person must decide (law 10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRestored(CampaignFact, kind="campaign.restored"):
    """It was in a restored backup: a person must decide (law 10)."""

    reason: str = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPaused(CampaignFact, kind="campaign.paused"):
    """Somebody paused it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignAutoPaused(CampaignFact, kind="campaign.auto_paused"):
    """It paused by itself, for a ``reason`` and possibly a Meta error code."""

    reason: str
    code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignResumed(CampaignFact, kind="campaign.resumed"):
    """Somebody resumed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStopped(CampaignFact, kind="campaign.stopped"):
    """Somebody stopped it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignThrottled(CampaignFact, kind="campaign.throttled"):
    """Somebody changed its speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPushed(CampaignFact, kind="campaign.pushed"):
    """A program added people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignClosed(CampaignFact, kind="campaign.closed"):
    """It takes no more people from programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownAssumedSent(CampaignFact, kind="campaign.assumed_sent"):
    """``people`` with an unknown outcome now count as sent."""

    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownSentAgain(CampaignFact, kind="campaign.send_again"):
    """``people`` with an unknown outcome are sent the message again."""

    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignReopened(CampaignFact, kind="campaign.reopened"):
    """A finished campaign has people to send to again, so it runs once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCompleted(CampaignFact, kind="campaign.completed"):
    """Everybody has an outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignArchived(CampaignFact, kind="campaign.archived"):
    """It was archived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignUnarchived(CampaignFact, kind="campaign.unarchived"):
    """It was brought back from the archive."""
