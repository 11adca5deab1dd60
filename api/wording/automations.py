"""Sentences about automations, labels and notes."""

from api.wording.tables import N_, Table, counted

SENTENCES: Table = {
    # Designs
    "automation_archived": N_("This automation is archived. Unarchive it first."),
    "automation_file": N_(
        "This is not an exported automation. Choose a file that was exported here."
    ),
    "automation_has_runs": counted(
        "%(runs)s person is still inside. Stop the run first, or wait for its end.",
        "%(runs)s people are still inside. Stop all runs first, or wait for their end.",
        by="runs",
    ),
    "automation_name": counted(
        "Enter a name of at most %(most)s character.",
        "Enter a name of at most %(most)s characters.",
        by="most",
    ),
    "automation_not_published": N_("This automation was never published. Publish it first."),
    "automation_starter_or_document": N_("Begin with a starter or with a document, not with both."),
    "automation_starter_unknown": N_("There is no such starter. Choose one from the list."),
    "automation_unchanged": N_(
        "Nothing changed since the last version, so there is nothing to publish."
    ),
    "automation_unknown": N_("There is no such automation. It may have been deleted."),
    "automation_version_unknown": N_("This automation has no such version."),
    "draft_changed.by": N_(
        "%(who)s changed this draft at %(at)s. Load that version, or keep yours as a copy."
    ),
    "draft_changed.own": N_(
        "You changed this in another tab at %(at)s. Load that version, or keep this one as a copy."
    ),
    "draft_has_errors": counted(
        "%(errors)s problem has to be solved before this can be published.",
        "%(errors)s problems have to be solved before this can be published.",
        by="errors",
    ),
    "fix_unknown": N_("There is no such remedy."),
    "play_script": N_("This part of the test cannot be read."),
    # Remedies
    "automation_fix.add_end": N_("Add an End"),
    "automation_fix.add_template_fallback": N_("Add a template fallback"),
    "automation_fix.leave_out": N_("Remove it"),
    "automation_fix.mark_marketing": N_("Mark as marketing"),
    "automation_fix.remove": N_("Remove it"),
    "automation_fix.share_evenly": N_("Share evenly"),
    "automation_fix.use_https": N_("Use https"),
    # Differences
    "automation_change.added": N_("“%(name)s” was added."),
    "automation_change.removed": N_("“%(name)s” was removed."),
    "automation_change.changed": N_("“%(name)s” was changed."),
    "automation_change.connected": N_("“%(name)s” now leads to “%(target)s”."),
    "automation_change.disconnected": N_("“%(name)s” no longer leads to “%(target)s”."),
    "automation_change.settings": N_("The settings were changed."),
    # Types
    "automation_node.send_template": N_("Send Template"),
    "automation_node.custom_reply": N_("Custom Reply"),
    "automation_node.user_reply": N_("User Reply"),
    "automation_node.time_gap": N_("Time Gap"),
    "automation_node.keyword_catch": N_("Keyword Catch"),
    "automation_node.condition": N_("Condition"),
    "automation_node.random_split": N_("Random split"),
    "automation_node.set_field": N_("Set field"),
    "automation_node.set_label": N_("Set label"),
    "automation_node.set_group": N_("Set group"),
    "automation_node.consent": N_("Opt in or out"),
    "automation_node.assign": N_("Assign"),
    "automation_node.hand_over": N_("Hand to the team"),
    "automation_node.note": N_("Note to the team"),
    "automation_node.http_request": N_("HTTP request"),
    "automation_node.start_automation": N_("Start automation"),
    "automation_node.goal": N_("Goal"),
    "automation_node.end": N_("End"),
    "automation_trigger.message": N_("Message received"),
    "automation_trigger.keyword": N_("Keyword"),
    "automation_trigger.button": N_("Button or list row"),
    "automation_trigger.first_message": N_("First message"),
    "automation_trigger.campaign_reply": N_("Reply to a campaign"),
    "automation_trigger.label_added": N_("Label added"),
    "automation_trigger.group_added": N_("Added to a group"),
    "automation_trigger.field_changed": N_("Field changed"),
    "automation_trigger.opted_in": N_("Opted in"),
    "automation_trigger.window": N_("24-hour window"),
    "automation_trigger.time": N_("Time"),
    "automation_trigger.webhook": N_("Webhook"),
    "automation_trigger.manual": N_("By hand or API"),
    # Starting
    "answer_name": counted(
        "Names of values have at most %(most)s character.",
        "Names of values have at most %(most)s characters.",
        by="most",
    ),
    "answers_limit": counted(
        "A run begins with at most %(most)s value.",
        "A run begins with at most %(most)s values.",
        by="most",
    ),
    "automation_not_by_hand": N_(
        "This automation has no trigger for starting it by hand. Add one, connect it and publish."
    ),
    "automation_not_live": N_("This automation does not act. Publish or resume it first."),
    "start_decided": N_("There is no missed start to decide about. Somebody may have done it."),
    "start_limit": counted(
        "Start at most %(most)s contact at a time.",
        "Start at most %(most)s contacts at a time.",
        by="most",
    ),
    "start_whom": N_("Name contacts or a phone number, and not both."),
    "start_refused.not_live": N_("The automation does not act."),
    "start_refused.filtered": N_("The trigger's filters leave this contact out."),
    "start_refused.guard": N_("Too many started at once, so the automation was paused."),
    "start_refused.no_channel": N_("There is no number to write from."),
    "start_refused.started": N_("This was already started for this contact."),
    "start_refused.taken": N_("Somebody on the team has taken this conversation."),
    "start_refused.entered": N_("This contact was here before, and may not enter again yet."),
    # Guards
    "automation_halted.starts": N_(
        "Paused: more people started within a minute than the limit allows. Check the trigger, then resume."
    ),
    "automation_halted.messages": N_(
        "Paused: one person was about to get more messages within an hour than the limit allows."
    ),
    "automation_halted.bots": N_(
        "Paused: it seems to talk to another program, which answers faster than a person could."
    ),
    "automation_halted.circle": N_(
        "Paused: it started again and again for the same person. Check whether its own steps set off its trigger."
    ),
    "automation_halted.restored": N_(
        "Paused: the database was restored from a backup. Check who is inside, then resume."
    ),
    # Who gets a text
    "text_taker.marketing": N_("This is a word about marketing. It is obeyed, and starts nothing."),
    "text_taker.person": N_(
        "Somebody on the team has taken this conversation, so automations leave it alone."
    ),
    "text_taker.restart": N_(
        "This is a restart word: the contact's run of “%(name)s” begins again."
    ),
    "text_taker.run": N_("The contact is in “%(name)s”, which gets the message."),
    "text_taker.trigger": N_("“%(name)s” starts."),
    "text_taker.nobody": N_("No automation takes it. It waits in the inbox."),
    # Runs
    "run_not_failed": N_("Only a run that failed can be tried again."),
    "run_over": N_("This run has ended."),
    "run_unknown": N_("There is no such run. It may have been deleted with its contact."),
    "run_reason.loop_guard": N_("It took too many steps without a reply or a wait."),
    "run_reason.file_gone": N_("The file to send is no longer here. Choose it again."),
    "run_reason.node_missing": N_("The next step is gone."),
    "run_reason.no_date": N_("The contact has no date in this field."),
    "run_reason.no_moment": N_("The moment it should wait for cannot be read."),
    "run_reason.never_open": N_("The working hours it waits for never come."),
    "run_reason.no_share": N_("The random split has no shares."),
    "run_reason.nothing_to_say": N_(
        "There was no text left to send once the values were filled in."
    ),
    "run_reason.not_understood": N_("The answer did not fit, and it had asked often enough."),
    "run_reason.no_reply": N_("No reply came in time."),
    "run_reason.outcome_unknown": N_("Sent, but WhatsApp has not confirmed it."),
    "run_reason.rejected": N_("WhatsApp did not take the message."),
    "run_reason.window_closed": N_(
        "The 24-hour window had closed, so only a template could be sent."
    ),
    "run_reason.gone": N_("Something this step uses was deleted."),
    "run_reason.invalid_value": N_("The field does not take this value."),
    "run_reason.http_address": N_("The address is missing, or may not be called."),
    "run_reason.http_timeout": N_("The other system did not answer in time."),
    "run_reason.http_unreachable": N_("The other system could not be reached."),
    "run_reason.http_status": N_("The other system answered with an error."),
    "run_reason.http_answer": N_("The other system's answer was too large, or not readable JSON."),
    "run_reason.no_secret": N_("A header names a secret that does not exist."),
    "run_reason.not_started": N_("The other automation did not take the contact."),
    "run_reason.child_failed": N_("The other automation failed."),
    "run_reason.merged": N_(
        "Its contact was merged with another contact who was in this automation too. That contact's run goes on."
    ),
    "run_reason.internal": N_("Something went wrong on our side. Try the run again."),
    # Webhook triggers
    "hook_unknown": N_("There is no such address. It may have been renewed."),
    "hook_payload": N_("Send a JSON object or list."),
    "hook_phone_missing": N_("There is no phone number at “%(path)s”."),
    "hook_phone_invalid": N_("The phone number at “%(path)s” cannot be used. %(why)s"),
    "hook_contact_unknown": N_("No contact has this number, and this trigger creates none."),
    # Secrets
    "secret_name": N_(
        "Use up to 40 capital letters, digits and underscores, beginning with a letter: SHOP_KEY."
    ),
    "secret_unknown": N_("There is no such secret."),
    "secret_value": N_("Enter a value of visible characters on one line."),
    "secrets_limit": counted(
        "There can be at most %(most)s secret. Delete one first.",
        "There can be at most %(most)s secrets. Delete one first.",
        by="most",
    ),
    # Labels and notes
    "label_color": N_("Choose one of these colours: %(colors)s."),
    "label_exists": N_("There is already a label “%(name)s”."),
    "label_name": counted(
        "Enter a name of at most %(most)s character.",
        "Enter a name of at most %(most)s characters.",
        by="most",
    ),
    "label_unknown": N_("There is no such label. It may have been deleted."),
    "labels_limit": counted(
        "There can be at most %(most)s label. Delete one first.",
        "There can be at most %(most)s labels. Delete one first.",
        by="most",
    ),
    "note_empty": N_("Write something first."),
    "note_of_another": N_("Only its author, a manager or an administrator may delete this note."),
    "note_unknown": N_("There is no such note. It may have been deleted."),
}
