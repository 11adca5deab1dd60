"""Sentences about campaigns."""

from api.wording.tables import BY_FIELDS, FIRST_FIELD, N_, Table, counted

SENTENCES: Table = {
    "campaign_ended": N_(
        "This campaign was stopped, so nothing more is sent from it. Add these people to a group and send them a new campaign."
    ),
    "campaign_file_busy": N_("This campaign's file is still being read. Wait until it is done."),
    "campaign_file_column": N_("Choose the column that holds the phone number."),
    "campaign_file_rows": counted(
        "A campaign takes %(row_limit)s row. Split the file and make two campaigns.",
        "A campaign takes %(row_limit)s rows. Split the file and make two campaigns.",
        by="row_limit",
    ),
    "campaign_no_file": N_("This campaign has no file yet. Upload one first."),
    "campaign_not_api": N_("This campaign takes its people from contacts or a file, not here."),
    "campaign_sent": N_(
        "This campaign has messaged people and stays as a record of that. Archive it instead."
    ),
    "campaign_template_needed": N_(
        "Choose the template first, so that its variables can be checked."
    ),
    "campaign_unknown": N_("There is no such campaign. It may have been deleted."),
    "channel_unknown": N_("This number is not connected here."),
    "cursor_invalid": N_("This page link is not valid. Start from the first page."),
    "audience_moved": N_(
        "This was to reach %(before)s people and would reach %(people)s now. Look at the audience again before you send."
    ),
    "draft_changed": N_(
        "Somebody changed this draft in another window. Reload to see it, then change it again."
    ),
    "example_impossible": N_(
        "An example needs a connected number with synced templates. Set those up first."
    ),
    "import_delimiter": N_("Choose a separator from the list."),
    "import_encoding": N_("Choose an encoding from the list."),
    "import_missing": N_("Choose a file first."),
    "import_region": N_("Choose a country from the list."),
    "import_region.code": N_("Use the two-letter country code, for example BR."),
    "limit_range.recipients": counted(
        "Ask for 1 to %(page_limit)s recipient at a time.",
        "Ask for 1 to %(page_limit)s recipients at a time.",
        by="page_limit",
    ),
    "nobody_matches": N_("Nobody matches, so no group was created."),
    "nothing_to_retry": N_("Nobody in this campaign is left to retry."),
    "recipient_unknown": N_("This campaign has no recipient with this number."),
    "recipients_limit": counted(
        "Send 1 to %(push_limit)s recipient with one call.",
        "Send 1 to %(push_limit)s recipients with one call.",
        by="push_limit",
    ),
    "retry_fixed": N_(
        "A retry keeps the people and the message of the original campaign. To change either, start a new campaign."
    ),
    "schedule_invalid": N_("That time has passed. Choose a later one."),
    "schedule_invalid.far": N_("Choose a start within the next five years."),
    "schedule_invalid.past": N_("This time is long past. Choose a time in the future."),
    "template_unknown": N_("There is no such template."),
    "trial_incomplete": N_("Choose the number and the template first."),
    "undo_handed_in": N_(
        "Your program has added people to this campaign. Change its time, or stop it."
    ),
    "undo_too_late": N_("It is too late to undo: this campaign has begun. Stop it instead."),
    "variable_too_long": counted(
        "The text for %(shown)s is longer than %(value_limit)s character.",
        "The text for %(shown)s is longer than %(value_limit)s characters.",
        by="value_limit",
    ),
    "variable_source": N_(
        "There is no contact field “%(source)s”. Use name, phone, language, the key of a custom field, or column: and the name of a column."
    ),
    "variables_invalid": BY_FIELDS,
    "variable_unknown": N_("The template has no variable “%(shown)s”. It has: %(known)s."),
    "workflow_away": N_("Temporal does not answer. Try again in a moment."),
    "brake_range": N_(
        "Choose between %(least)s and %(most)s percent, or leave it empty to never pause."
    ),
    "campaign_file_consent": N_("Choose a column of the file."),
    "campaign_file_consent.answers": N_(
        "This column has too many different answers to be one about consent."
    ),
    "campaign_incomplete": FIRST_FIELD,
    "campaign_name": counted(
        "Give the campaign a name of up to %(most)s character.",
        "Give the campaign a name of up to %(most)s characters.",
        by="most",
    ),
    "range": N_("%(least)s to %(most)s"),
    "throttle_range": counted(
        "Choose a speed between %(least)s and %(most)s message per second.",
        "Choose a speed between %(least)s and %(most)s messages per second.",
        by="most",
    ),
    "schedule_invalid.browser": N_(
        "Your browser did not report its time zone. Reload the page and enter the time again."
    ),
    "schedule_invalid.clocks": N_(
        "That time does not exist because the clocks go forward. Choose another one."
    ),
    "schedule_invalid.written": N_("Enter a date and a time, for example 24 November, 9:30."),
    "campaign_launched": N_("This campaign was launched; it cannot be changed now."),
    "push_duplicate": N_("This number is in the list twice."),
    "push_duplicate.campaign": N_("This person is in the campaign already."),
    "push_duplicate.numbers": N_("This person is in the list twice, with two numbers."),
    "push_missing_variable": N_("A variable of the template has no value."),
    "people_gone": N_("This campaign is so old that its recipients are no longer kept."),
}
