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
    """A draft was made for the ``people`` a campaign, ``parent``, failed for."""

    parent: UUID
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRetryMade(CampaignFact, kind="campaign.retry_made"):
    """Of a campaign: its failed ``people`` have a campaign of their own, ``retry``."""

    retry: UUID
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignEdited(CampaignFact, kind="campaign.edited"):
    """Parts of a draft were changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRenamed(CampaignFact, kind="campaign.renamed"):
    """A campaign has another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDeleted(CampaignFact, kind="campaign.deleted"):
    """A draft, or a campaign that wrote to nobody, is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFileGiven(CampaignFact, kind="campaign.file_given"):
    """The people of a draft come from this file now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFileUploaded(CampaignFact, kind="campaign.file_uploaded"):
    """A file waits to be read into a draft."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFileRead(CampaignFact, kind="campaign.file_read"):
    """The reading of a draft's file ended, well or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignLaunched(CampaignFact, kind="campaign.launched"):
    """Somebody launched it, for so many people as far as one could tell."""

    recipients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignUndone(CampaignFact, kind="campaign.undone"):
    """A launch was taken back: a draft again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignMoved(CampaignFact, kind="campaign.moved"):
    """Its planned start was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFrozen(CampaignFact, kind="campaign.frozen"):
    """Its audience is written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStarted(CampaignFact, kind="campaign.started"):
    """Sending began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignHeld(CampaignFact, kind="campaign.held"):
    """Its start was missed: somebody is asked (law 10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRestored(CampaignFact, kind="campaign.restored"):
    """It stood in a backup that was restored: somebody is asked (law 10)."""

    reason: str = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPaused(CampaignFact, kind="campaign.paused"):
    """Somebody paused it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignAutoPaused(CampaignFact, kind="campaign.auto_paused"):
    """It paused by itself, for a ``reason`` and perhaps a code of Meta's."""

    reason: str
    code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignResumed(CampaignFact, kind="campaign.resumed"):
    """Somebody let it go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStopped(CampaignFact, kind="campaign.stopped"):
    """Somebody ended it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignThrottled(CampaignFact, kind="campaign.throttled"):
    """Somebody changed its speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPushed(CampaignFact, kind="campaign.pushed"):
    """A program handed in people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignClosed(CampaignFact, kind="campaign.closed"):
    """It takes no more people from programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownAssumedSent(CampaignFact, kind="campaign.assumed_sent"):
    """So many ``people`` whose outcome is unknown count as sent to."""

    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownSentAgain(CampaignFact, kind="campaign.send_again"):
    """So many ``people`` whose outcome is unknown are sent to again."""

    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignReopened(CampaignFact, kind="campaign.reopened"):
    """A finished campaign has people to send to again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCompleted(CampaignFact, kind="campaign.completed"):
    """Everybody has an outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignArchived(CampaignFact, kind="campaign.archived"):
    """It was put away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignUnarchived(CampaignFact, kind="campaign.unarchived"):
    """It was brought back from the archive."""
