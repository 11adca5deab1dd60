"""Sentences about why an automation takes what happened, or an answer, or does not."""

from api.wording.tables import N_, Table

SENTENCES: Table = {
    "automation_match_won": N_("Takes it."),
    "automation_match_won.keyword": N_("Takes it, because of the keyword “%(word)s”."),
    "automation_match_lost.priority": N_(
        "Would take it, but “%(name)s” has a higher priority: %(priority)s instead of %(own)s."
    ),
    "automation_match_lost.specific": N_(
        "Would take it, but “%(name)s” has the same priority and a more specific trigger."
    ),
    "automation_match_lost.order": N_(
        "Would take it, but “%(name)s” has the same priority and comes first by name."
    ),
    "automation_match_lost.own": N_("Another trigger of the same automation takes it."),
    "automation_match_channel": N_("Listens on other numbers."),
    "automation_match_event": N_("Starts on something else."),
    "automation_match_kind": N_("Starts on other kinds of messages."),
    "automation_match_words": N_("None of its keywords is in the message."),
    "automation_match_language": N_("Starts for contacts with another language."),
    "automation_match_tap": N_("Starts when a button or a list row is tapped."),
    "automation_match_payload": N_("Starts on another button or list row."),
    "automation_match_first": N_("This is not the first message of the conversation."),
    "automation_match_first.quiet": N_("The conversation was not quiet for long enough."),
    "automation_match_reply": N_("This is no reply to a campaign."),
    "automation_match_reply.other": N_("This is a reply to another campaign."),
    "automation_match_value": N_("Starts on another value of this field."),
    "automation_match_elsewhere": N_("Would take it, but the message goes elsewhere."),
    "automation_match_paused": N_("Would fit, but its automation is paused."),
    "automation_match_filters": N_("Its filters leave this contact out."),
    "answer_choice": N_("The answer is none of the choices."),
    "answer_text": N_("The answer has no text."),
    "answer_number": N_("The answer is not a number."),
    "answer_date": N_("The answer is not a date."),
    "answer_email": N_("The answer has no email address, or several."),
    "answer_phone": N_("The answer is not a phone number."),
    "answer_media": N_("The answer is not a file."),
    "answer_location": N_("The answer is not a location."),
}
