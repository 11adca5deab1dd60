"""Messages for actions that a campaign's state does not allow: its state, then the consequence."""

from api.wording.tables import N_, Table

SENTENCES: Table = {
    "campaign_is.draft": N_("This campaign is a draft"),
    "campaign_is.scheduled": N_("This campaign is scheduled and has not started"),
    "campaign_is.running": N_("This campaign is running"),
    "campaign_is.paused": N_("This campaign is paused"),
    "campaign_is.held": N_("This campaign is waiting for your decision"),
    "campaign_is.stopped": N_("This campaign was stopped"),
    "campaign_is.completed": N_("This campaign is finished"),
    "campaign_state.archive": N_("%(state)s, so it cannot be archived yet."),
    "campaign_state.close": N_("%(state)s, so it accepts no more recipients anyway."),
    "campaign_state.delete": N_("%(state)s, so it cannot be deleted. Stop it first."),
    "campaign_state.edit": N_("%(state)s, so it can no longer be edited."),
    "campaign_state.edit_yet": N_("%(state)s. Take it back to a draft to edit it."),
    "campaign_state.launch": N_("%(state)s, so it cannot be launched again."),
    "campaign_state.move": N_("%(state)s, so its start can no longer be changed."),
    "campaign_state.move_yet": N_("%(state)s, so it has no start to change yet."),
    "campaign_state.pause": N_("%(state)s, so there is nothing to pause."),
    "campaign_state.pause_yet": N_("%(state)s, so there is nothing to pause yet."),
    "campaign_state.push": N_("%(state)s, so it accepts no more recipients."),
    "campaign_state.resume": N_("%(state)s, so there is nothing to resume."),
    "campaign_state.resume_yet": N_("%(state)s, so there is nothing to resume yet."),
    "campaign_state.retry": N_("%(state)s, so there is nothing to retry yet."),
    "campaign_state.stop": N_("%(state)s, so there is nothing to stop."),
    "campaign_state.stop_yet": N_("%(state)s, so there is nothing to stop yet."),
    "campaign_state.throttle": N_("%(state)s, so its speed no longer matters."),
    "campaign_state.throttle_yet": N_("%(state)s, so its speed is set with the rest of the draft."),
    "campaign_closed": N_("%(state)s, so it accepts no more recipients."),
    "campaign_closed.closed": N_("This campaign was closed, so it accepts no more recipients."),
}
