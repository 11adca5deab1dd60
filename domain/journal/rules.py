"""What follows from each kind of fact: who hears about it, where it is listed, and what is done, in one table.

A kind without an entry here cannot be noted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.journal import automations, calendars, campaigns, conversations, people, team
from domain.journal.facts import Fact
from domain.live import EVERY, Event, Room


class Life(StrEnum):
    """How long an entry is kept: as long as the audit log, or as long as traffic."""

    KEPT = "kept"
    TRAFFIC = "traffic"


class Stream(StrEnum):
    """Commands that are read together, with their own position: no stream waits for another."""

    MESSAGES = "messages"
    CAMPAIGNS = "campaigns"
    WINDOWS = "windows"
    JOBS = "jobs"
    ROUTING = "routing"
    STARTS = "starts"
    RUNS = "runs"


class Command(StrEnum):
    """What a workflow or an activity is told; it may be told twice."""

    START_CAMPAIGN = "start_campaign"
    MOVE_CAMPAIGN = "move_campaign"
    PAUSE_CAMPAIGN = "pause_campaign"
    RESUME_CAMPAIGN = "resume_campaign"
    STOP_CAMPAIGN = "stop_campaign"
    THROTTLE_CAMPAIGN = "throttle_campaign"
    WAKE_CAMPAIGN = "wake_campaign"
    READ_CAMPAIGN_FILE = "read_campaign_file"
    SEND_MESSAGE = "send_message"
    OPEN_WINDOW = "open_window"
    CHECK_IMPORT = "check_import"
    RUN_IMPORT = "run_import"
    SYNC_TEMPLATES = "sync_templates"
    ROUTE = "route"
    START_RUN = "start_run"
    WAKE_RUN = "wake_run"
    END_RUNS = "end_runs"
    WAKE_CLOCK = "wake_clock"

    @property
    def stream(self) -> Stream:
        """The stream it is read in."""
        return _STREAMS.get(self, Stream.CAMPAIGNS)


_STREAMS = {
    Command.SEND_MESSAGE: Stream.MESSAGES,
    Command.OPEN_WINDOW: Stream.WINDOWS,
    Command.READ_CAMPAIGN_FILE: Stream.JOBS,
    Command.CHECK_IMPORT: Stream.JOBS,
    Command.RUN_IMPORT: Stream.JOBS,
    Command.SYNC_TEMPLATES: Stream.JOBS,
    Command.ROUTE: Stream.ROUTING,
    Command.START_RUN: Stream.STARTS,  # apart: nobody who answers waits for a crowd that starts
    Command.WAKE_RUN: Stream.RUNS,
    Command.END_RUNS: Stream.JOBS,  # Temporal takes one such request at a time: no run waits for it
    Command.WAKE_CLOCK: Stream.JOBS,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What follows from a kind of fact.

    ``everywhere``: heard in every room of a kind, because the contacts concerned are too many to name.
    ``audited``: it is in the audit log. ``history``: in its campaign's history. ``timeline``: in its contact's.
    ``trigger``: it may start, continue or end an automation, so that it is routed unless it has another command.
    ``public``: its name for outgoing webhooks.
    """

    heard: tuple[tuple[Room, Event], ...] = ()
    everywhere: tuple[tuple[Room, Event], ...] = ()
    audited: bool = False
    history: bool = False
    timeline: bool = False
    trigger: bool = False
    public: str = ""
    command: Command | None = None
    life: Life = Life.KEPT


_CAMPAIGN = tuple(
    (room, Event.CAMPAIGN_UPDATE) for room in (Room.CAMPAIGN, Room.CAMPAIGNS, Room.DASHBOARD)
)
_CAMPAIGNS = ((Room.CAMPAIGNS, Event.CAMPAIGN_UPDATE),)
_THREAD = tuple((room, Event.CONVERSATION_UPDATE) for room in (Room.CONVERSATION, Room.INBOX))
_INBOX = ((Room.INBOX, Event.CONVERSATION_UPDATE),)
_MESSAGE = ((Room.CONVERSATION, Event.NEW_MESSAGE), *_INBOX)
_EXPIRED = ((Room.CONVERSATION, Event.WINDOW_EXPIRED), *_INBOX)
_IMPORT = ((Room.IMPORT, Event.IMPORT_UPDATE),)
_CHANNEL = tuple((room, Event.CHANNEL_UPDATE) for room in (Room.CHANNEL, Room.CHANNELS))
_TEMPLATES = ((Room.TEMPLATES, Event.TEMPLATE_UPDATE),)
_AUTOMATION = tuple((room, Event.AUTOMATION_UPDATE) for room in (Room.AUTOMATION, Room.AUTOMATIONS))
_ALERTS = ((Room.ALERTS, Event.ALERT_UPDATE),)
_AUTOMATIONS = ((Room.AUTOMATIONS, Event.AUTOMATION_UPDATE),)
_RUN = ((Room.RUN, Event.RUN_UPDATE), (Room.CONTACT, Event.CONTACT_UPDATE))
_CONTACT = tuple((room, Event.CONTACT_UPDATE) for room in (Room.CONTACT, Room.CONTACTS))
_CONTACTS = ((Room.CONTACTS, Event.CONTACT_UPDATE),)
_ABOUT = ((Room.CONTACT, Event.CONTACT_UPDATE),)
_PEOPLE = (*_INBOX, *_CONTACTS)
_SHOWING = (*_ABOUT, (Room.CONVERSATION, Event.CONVERSATION_UPDATE))
"""Pages that show somebody: a contact's, and a conversation."""


def _by_somebody(command: Command | None = None, public: str = "") -> Rule:
    """A step in a campaign's life, taken by someone on the team."""
    return Rule(_CAMPAIGN, audited=True, history=True, public=public, command=command)


_OF_CAMPAIGNS: dict[type[Fact], Rule] = {
    campaigns.CampaignCreated: Rule(_CAMPAIGNS, audited=True),
    campaigns.CampaignCopied: Rule(_CAMPAIGNS, audited=True),
    campaigns.CampaignRetried: Rule(_CAMPAIGNS, audited=True),
    campaigns.CampaignRetryMade: Rule(_CAMPAIGN, history=True),
    campaigns.CampaignEdited: Rule(audited=True),
    campaigns.CampaignRenamed: Rule(_CAMPAIGN, audited=True),
    campaigns.CampaignDeleted: Rule(_CAMPAIGNS, audited=True),
    campaigns.CampaignFileGiven: Rule(audited=True),
    campaigns.CampaignFileUploaded: Rule(command=Command.READ_CAMPAIGN_FILE, life=Life.TRAFFIC),
    campaigns.CampaignFileRead: Rule(_CAMPAIGN, life=Life.TRAFFIC),
    campaigns.CampaignLaunched: _by_somebody(Command.START_CAMPAIGN, "campaign.launched"),
    campaigns.CampaignUndone: _by_somebody(),
    campaigns.CampaignMoved: _by_somebody(Command.MOVE_CAMPAIGN),
    campaigns.CampaignFrozen: Rule(_CAMPAIGN, life=Life.TRAFFIC),
    campaigns.CampaignStarted: Rule(_CAMPAIGN, history=True, public="campaign.started"),
    campaigns.CampaignHeld: Rule(_CAMPAIGN, history=True, public="campaign.held"),
    campaigns.CampaignRestored: Rule(_CAMPAIGN, history=True, public="campaign.held"),
    campaigns.CampaignPaused: _by_somebody(Command.PAUSE_CAMPAIGN, "campaign.paused"),
    campaigns.CampaignAutoPaused: Rule(_CAMPAIGN, history=True, public="campaign.paused"),
    campaigns.CampaignResumed: _by_somebody(Command.RESUME_CAMPAIGN, "campaign.resumed"),
    campaigns.CampaignStopped: _by_somebody(Command.STOP_CAMPAIGN, "campaign.stopped"),
    campaigns.CampaignThrottled: _by_somebody(Command.THROTTLE_CAMPAIGN),
    campaigns.CampaignPushed: Rule(
        _CAMPAIGN, command=Command.WAKE_CAMPAIGN, life=Life.TRAFFIC
    ),
    campaigns.CampaignClosed: _by_somebody(Command.WAKE_CAMPAIGN),
    campaigns.UnknownAssumedSent: _by_somebody(Command.WAKE_CAMPAIGN),
    campaigns.UnknownSentAgain: _by_somebody(Command.WAKE_CAMPAIGN),
    campaigns.CampaignReopened: Rule(_CAMPAIGN, history=True, command=Command.WAKE_CAMPAIGN),
    campaigns.CampaignCompleted: Rule(_CAMPAIGN, history=True, public="campaign.completed"),
    campaigns.CampaignArchived: Rule(_CAMPAIGN, audited=True),
    campaigns.CampaignUnarchived: Rule(_CAMPAIGN, audited=True),
}  # fmt: skip

_OF_PEOPLE: dict[type[Fact], Rule] = {
    people.ContactCreated: Rule(_CONTACTS, audited=True, timeline=True, trigger=True, public="contact.created"),
    people.ContactUpdated: Rule(_CONTACT, audited=True, timeline=True, trigger=True, public="contact.updated"),
    people.ContactDeleted: Rule(_PEOPLE, _SHOWING, audited=True, public="contact.deleted"),
    people.ContactMerged: Rule(_CONTACT, audited=True, timeline=True, public="contact.merged"),
    people.OptedOut: Rule(_CONTACT, audited=True, timeline=True, trigger=True, public="contact.opted_out"),
    people.OptedIn: Rule(_CONTACT, audited=True, timeline=True, trigger=True, public="contact.opted_in"),
    people.ConsentUndone: Rule(_CONTACT, audited=True, timeline=True),
    people.MarketingStopped: Rule(_CONTACT, timeline=True, trigger=True, public="contact.opted_out"),
    people.MarketingAllowed: Rule(_CONTACT, timeline=True, trigger=True, public="contact.opted_in"),
    people.ContactsDeleted: Rule(_PEOPLE, _SHOWING, audited=True),
    people.ContactsOptedOut: Rule(_CONTACTS, _ABOUT, audited=True, timeline=True, trigger=True),
    people.ContactsOptedIn: Rule(_CONTACTS, _ABOUT, audited=True, timeline=True, trigger=True),
    people.ContactsGrouped: Rule(_CONTACTS, _ABOUT, audited=True, timeline=True, trigger=True),
    people.ContactsUngrouped: Rule(_CONTACTS, _ABOUT, audited=True, timeline=True),
    people.DeletionAsked: Rule(_PEOPLE, _SHOWING, life=Life.TRAFFIC),
    people.DeletionUndone: Rule(_PEOPLE, _SHOWING, audited=True, timeline=True),
    people.GroupCreated: Rule(_CONTACTS, audited=True),
    people.GroupRenamed: Rule(_CONTACTS, audited=True),
    people.GroupFilled: Rule(_CONTACTS, _ABOUT, audited=True, timeline=True, trigger=True),
    people.GroupDeleted: Rule(_CONTACTS, audited=True),
    people.FieldCreated: Rule(audited=True),
    people.FieldUpdated: Rule(audited=True),
    people.FieldDeleted: Rule(audited=True),
    people.ImportCheckAsked: Rule(_IMPORT, command=Command.CHECK_IMPORT, life=Life.TRAFFIC),
    people.ImportStarted: Rule(_IMPORT, audited=True, command=Command.RUN_IMPORT),
    people.ImportEnded: Rule(_IMPORT, trigger=True, life=Life.TRAFFIC),
}  # fmt: skip

_OF_CONVERSATIONS: dict[type[Fact], Rule] = {
    conversations.ConversationStarted: Rule((*_INBOX, *_ABOUT), timeline=True),
    conversations.ConversationAssigned: Rule((*_THREAD, *_ABOUT), audited=True, timeline=True, trigger=True, public="conversation.assigned"),
    conversations.ConversationStatusChanged: Rule((*_THREAD, *_ABOUT), audited=True, timeline=True, trigger=True, public="conversation.status_changed"),
    conversations.ConversationRead: Rule(_INBOX, life=Life.TRAFFIC),
    conversations.ConversationMerged: Rule(_THREAD),
    conversations.WindowOpened: Rule(trigger=True, public="window.opened", command=Command.OPEN_WINDOW, life=Life.TRAFFIC),
    conversations.WindowExpired: Rule(_EXPIRED, trigger=True, public="window.expired", life=Life.TRAFFIC),
    conversations.MessageReceived: Rule(_MESSAGE, trigger=True, public="message.received", life=Life.TRAFFIC),
    conversations.MessageReleased: Rule(command=Command.ROUTE, life=Life.TRAFFIC),
    conversations.MessageEchoed: Rule(_MESSAGE, trigger=True, life=Life.TRAFFIC),
    conversations.MessageQueued: Rule(_MESSAGE, command=Command.SEND_MESSAGE, life=Life.TRAFFIC),
    conversations.MessageSaid: Rule(_MESSAGE, life=Life.TRAFFIC),
}  # fmt: skip

_OF_THE_TEAM: dict[type[Fact], Rule] = {
    **dict.fromkeys(
        (
            team.UserCreated, team.UserRoleChanged, team.UserDeactivated, team.UserReactivated,
            team.UserProfileChanged, team.UserPasswordChanged, team.UserPasswordReset, team.UserSignedIn,
            team.TokenCreated, team.TokenRevoked, team.DeliveryReplayed, team.ObjectReplayed,
            team.ReplayBegun, team.ReplayStopped,
            team.AuditExported, team.ContactsExported, team.ImportErrorsExported,
            team.CampaignFileExported, team.RecipientsExported,
        ),
        Rule(audited=True),
    ),
    team.ChannelAdded: Rule(_CHANNEL, audited=True),
    team.ChannelChanged: Rule(_CHANNEL, audited=True),
    team.ChannelRemoved: Rule(_CHANNEL, audited=True),
    team.ChannelReported: Rule(_CHANNEL, public="channel.updated"),
    team.ChannelBlocked: Rule(_CHANNEL, public="channel.blocked"),
    team.ChannelProbed: Rule(_CHANNEL, life=Life.TRAFFIC),
    team.TemplateEdited: Rule(_TEMPLATES, audited=True),
    team.TemplateReported: Rule(_TEMPLATES, public="template.updated"),
    team.TemplateSyncAsked: Rule(command=Command.SYNC_TEMPLATES, life=Life.TRAFFIC),
    team.TemplatesSynced: Rule(_TEMPLATES, life=Life.TRAFFIC),
    team.AlertRaised: Rule(_ALERTS, public="alert.raised"),
    team.AlertCleared: Rule(_ALERTS, public="alert.cleared"),
}  # fmt: skip

_OF_AUTOMATIONS: dict[type[Fact], Rule] = {
    automations.AutomationCreated: Rule(_AUTOMATIONS, audited=True),
    automations.AutomationRenamed: Rule(_AUTOMATION, audited=True),
    automations.AutomationEdited: Rule(_AUTOMATION, audited=True),
    automations.AutomationPublished: Rule(_AUTOMATION, audited=True, public="automation.published", command=Command.WAKE_CLOCK),
    automations.AutomationPaused: Rule(_AUTOMATION, audited=True, public="automation.paused"),
    automations.AutomationHalted: Rule(_AUTOMATION, audited=True, public="automation.paused"),
    automations.AutomationResumed: Rule(_AUTOMATION, audited=True, public="automation.resumed", command=Command.WAKE_CLOCK),
    automations.AutomationRunsStopped: Rule(_AUTOMATION, audited=True, command=Command.END_RUNS),
    automations.AutomationArchived: Rule(_AUTOMATION, audited=True),
    automations.AutomationUnarchived: Rule(_AUTOMATION, audited=True),
    automations.AutomationStartMissed: Rule(_AUTOMATION),
    automations.AutomationStartDecided: Rule(_AUTOMATION, audited=True, command=Command.WAKE_CLOCK),
    automations.AutomationHookChanged: Rule(_AUTOMATION, audited=True),
    automations.RunStarted: Rule(
        _RUN, timeline=True, public="run.started", command=Command.START_RUN
    ),
    automations.RunWoken: Rule(command=Command.WAKE_RUN, life=Life.TRAFFIC),
    automations.RunEnded: Rule(_RUN, timeline=True, public="run.ended"),
    automations.RunStopped: Rule(
        _RUN, audited=True, timeline=True, public="run.ended", command=Command.WAKE_RUN
    ),
    automations.RunRetried: Rule(_RUN, audited=True, timeline=True, command=Command.WAKE_RUN),
    automations.ConversationTaken: Rule((*_THREAD, *_ABOUT), audited=True, timeline=True, command=Command.ROUTE),
    automations.ConversationGivenBack: Rule((*_THREAD, *_ABOUT), audited=True, timeline=True, command=Command.ROUTE),
    automations.LabelAdded: Rule((*_THREAD, *_ABOUT), audited=True, timeline=True, trigger=True, public="conversation.label_added"),
    automations.LabelRemoved: Rule((*_THREAD, *_ABOUT), audited=True, timeline=True, public="conversation.label_removed"),
    automations.NoteWritten: Rule((*_THREAD, *_ABOUT), audited=True, timeline=True),
    automations.LabelCreated: Rule(_INBOX, audited=True),
    automations.LabelChanged: Rule(_INBOX, audited=True),
    automations.LabelDeleted: Rule(_INBOX, audited=True),
    calendars.CalendarCreated: Rule(_INBOX, audited=True),
    calendars.CalendarChanged: Rule(_INBOX, audited=True),
    calendars.CalendarDeleted: Rule(_INBOX, audited=True),
    calendars.TargetsChanged: Rule(_INBOX, audited=True),
    automations.SecretSet: Rule(audited=True),
    automations.SecretDeleted: Rule(audited=True),
}  # fmt: skip


def _routed(rule: Rule) -> Rule:
    """What may concern automations is routed."""
    return replace(rule, command=Command.ROUTE) if rule.trigger and rule.command is None else rule


RULES: Mapping[str, Rule] = {
    fact.kind: _routed(rule)
    for table in (
        _OF_CAMPAIGNS,
        _OF_PEOPLE,
        _OF_CONVERSATIONS,
        _OF_THE_TEAM,
        _OF_AUTOMATIONS,
    )
    for fact, rule in table.items()
}
"""What follows from each kind."""

_NAMED_BY = {
    Room.CAMPAIGN: "campaign_id", Room.CONVERSATION: "conversation_id", Room.CONTACT: "contact_id",
    Room.IMPORT: "import_id", Room.CHANNEL: "channel_id",
    Room.AUTOMATION: "automation_id", Room.RUN: "run_id",
}  # fmt: skip
"""The id in the name of a room about one thing."""


def heard(kind: str, ids: Mapping[str, str]) -> Iterator[tuple[str, Event]]:
    """The rooms that hear about an entry, each with its event; ``ids`` has the names of ``Fact.ids``."""
    rule = RULES.get(kind)
    for room, event in rule.heard if rule else ():
        named_by = _NAMED_BY.get(room)
        if named_by is None:
            yield room.value, event
        elif named_by in ids:
            yield room.of(ids[named_by]), event
    for room, event in rule.everywhere if rule else ():
        yield room.of(EVERY), event
