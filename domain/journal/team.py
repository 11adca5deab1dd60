"""What happens to the team, its numbers and templates, and to the installation."""

from dataclasses import dataclass
from uuid import UUID

from domain.journal.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFact(Fact, entity="user", key="user_id"):
    """Something that happened to someone on the team."""

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCreated(UserFact, kind="user.created"):
    """Somebody was invited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRoleChanged(UserFact, kind="user.role_changed"):
    """Somebody's role was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeactivated(UserFact, kind="user.deactivated"):
    """Somebody's account was deactivated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserReactivated(UserFact, kind="user.reactivated"):
    """Somebody's account was reactivated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserProfileChanged(UserFact, kind="user.profile_changed"):
    """Somebody changed their own profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPasswordChanged(UserFact, kind="user.password_changed"):
    """Somebody changed their own password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPasswordReset(UserFact, kind="user.password_reset"):
    """Somebody was given a new password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSignedIn(UserFact, kind="user.signed_in"):
    """Somebody signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFact(Fact, entity="token", key="token_id"):
    """Something that happened to an API token."""

    token_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCreated(TokenFact, kind="token.created"):
    """Somebody made a token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(TokenFact, kind="token.revoked"):
    """Somebody revoked a token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFact(Fact, entity="channel", key="channel_id"):
    """Something that happened to a number."""

    channel_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelAdded(ChannelFact, kind="channel.added"):
    """Somebody connected a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChanged(ChannelFact, kind="channel.changed"):
    """Somebody changed how a number is connected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRemoved(ChannelFact, kind="channel.removed"):
    """Somebody removed a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelReported(ChannelFact, kind="channel.reported"):
    """WhatsApp reported something about a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelBlocked(ChannelFact, kind="channel.blocked"):
    """WhatsApp refused a message because of the number itself: nothing is sent until somebody fixes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelProbed(ChannelFact, kind="channel.probed"):
    """A check of a number made progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFact(Fact, entity="template", key="template_id"):
    """Something that happened to a template."""

    template_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateEdited(TemplateFact, kind="template.edited"):
    """Somebody changed a template."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateReported(TemplateFact, kind="template.reported"):
    """WhatsApp reported something about a template."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatesFact(Fact, entity="templates", key="channel_id"):
    """Something that happened to all templates of an account, which ``channel_id`` belongs to."""

    channel_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSyncAsked(TemplatesFact, kind="templates.sync_asked"):
    """WhatsApp reported a change without the details, so its own list has to be fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatesSynced(TemplatesFact, kind="templates.synced"):
    """The templates of an account were fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReplayed(Fact, kind="delivery.replayed", entity="webhook_delivery", key="webhook_id"):
    """Somebody replayed what WhatsApp sent."""

    webhook_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectReplayed(Fact, kind="object.replayed", entity="webhook_object", key="webhook_id"):
    """Somebody replayed one part of what WhatsApp sent."""

    webhook_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayFact(Fact, entity="webhook_replay", key="replay_id"):
    """Something that happened to a replay of a range of deliveries."""

    replay_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayBegun(ReplayFact, kind="replay.begun"):
    """Somebody replayed a range; ``after`` has the scope and both ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayStopped(ReplayFact, kind="replay.stopped"):
    """Somebody stopped a replay before its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFact(Fact, entity="alert", key="alert_id"):
    """Something that happened to an alert of a kind (``domain.alerts.AlertKind``)."""

    alert_id: UUID
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(AlertFact, kind="alert.raised"):
    """Something is wrong that somebody should know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCleared(AlertFact, kind="alert.cleared"):
    """It is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported(Fact, key="of"):
    """Somebody downloaded a file of ``rows`` rows."""

    rows: int
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditExported(Exported, kind="audit.exported", entity="audit"):
    """The audit log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsExported(Exported, kind="contacts.exported", entity="contacts"):
    """Contacts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportErrorsExported(Exported, kind="import.exported", entity="import"):
    """The errors of an import."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFileExported(Exported, kind="campaign_file.exported", entity="campaign_file"):
    """The rows of a campaign's file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientsExported(
    Exported, kind="campaign_recipients.exported", entity="campaign_recipients"
):
    """The recipients of a campaign."""
