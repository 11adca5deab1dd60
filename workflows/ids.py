"""Workflow ids, task queues and search attributes: each derived in one place."""

from datetime import datetime
from uuid import UUID

from temporalio.common import SearchAttributeKey

WORKFLOWS = "workflows"
RUNS = "runs"
"""The workflows of automations' runs, of which thousands may have something to do: campaigns do not wait for them."""

WINDOWS = "windows"
"""The workflows of windows, which are many and do nothing for a day: no memory is kept for them."""

SEND = "send"
MESSAGES = "messages"
"""Single messages have a separate queue: campaign spans never take their slots."""

AUTOMATIONS = "automations"
"""What runs do and did not succeed at once: neither campaigns nor slow calls take its slots."""

CALLS = "calls"
"""Calls to other systems, which may take as long as those like."""

IO = "io"
DRAIN = "drain"

QUEUES = (WORKFLOWS, RUNS, WINDOWS, SEND, MESSAGES, AUTOMATIONS, CALLS, IO, DRAIN)

OF_WORKFLOWS = (WORKFLOWS, RUNS, WINDOWS)
"""The other queues are of activities."""

CAMPAIGN_ID = SearchAttributeKey.for_keyword("CampaignId")
CONVERSATION_ID = SearchAttributeKey.for_keyword("ConversationId")
AUTOMATION_ID = SearchAttributeKey.for_keyword("AutomationId")
AUTOMATION_VERSION = SearchAttributeKey.for_keyword("AutomationVersion")
CONTACT_ID = SearchAttributeKey.for_keyword("ContactId")
RUN_STATUS = SearchAttributeKey.for_keyword("RunStatus")

DRAIN_WORKFLOW = "webhook-drain/0"
MEDIA_WORKFLOW = "media-keeper/0"
CLOCK_WORKFLOW = "automation-clock/0"


def campaign(campaign_id: UUID) -> str:
    """One workflow per campaign."""
    return f"campaign/{campaign_id}"


def window(conversation_id: UUID, opened_at: datetime) -> str:
    """One workflow per opened window of a conversation."""
    return f"window/{conversation_id}/{int(opened_at.timestamp())}"


def message(message_id: UUID) -> str:
    """One activity per single message."""
    return f"message/{message_id}"


def run(run_id: UUID) -> str:
    """One workflow per run of an automation."""
    return f"run/{run_id}"


def contact_import(import_id: UUID) -> str:
    """One activity per import."""
    return f"import/{import_id}"


def import_check(import_id: UUID) -> str:
    """One activity per import being checked."""
    return f"import-check/{import_id}"


def campaign_file(campaign_id: UUID) -> str:
    """One activity per campaign file being read."""
    return f"campaign-file/{campaign_id}"


def template_sync(channel_id: UUID) -> str:
    """One activity per template sync of a channel."""
    return f"template-sync/{channel_id}"
