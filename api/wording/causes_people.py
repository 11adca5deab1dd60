"""Sentences about why messages did not reach people."""

from api.wording.tables import N_, Table

SENTENCES: Table = {
    "cause_blocked_contact.explanation": N_(
        "These people are blocked by your team or on your WhatsApp block list."
    ),
    "cause_blocked_contact.step": N_("Unblock the contact if that is wrong."),
    "cause_blocked_contact.title": N_("This contact is blocked"),
    "cause_code.explanation": N_("WhatsApp refused these messages and gave this code."),
    "cause_code.step": N_("Open one of the recipients to read WhatsApp's own words."),
    "cause_code.title": N_("WhatsApp error %(code)s"),
    "cause_contact_deleted.explanation": N_(
        "These contacts were deleted after the campaign was launched."
    ),
    "cause_contact_deleted.step": N_("Nothing to do."),
    "cause_contact_deleted.title": N_("The contact was deleted"),
    "cause_country.explanation": N_(
        "WhatsApp does not let your business message people in this country."
    ),
    "cause_country.step": N_("Leave this country out of your audience."),
    "cause_country.title": N_("Not allowed in that country"),
    "cause_daily_limit.explanation": N_(
        "How many new people WhatsApp lets your business write to in 24 hours, across all its numbers."
    ),
    "cause_daily_limit.step": N_(
        "Send it again tomorrow. People who write to you first do not count."
    ),
    "cause_daily_limit.title": N_("The daily limit of your business was reached"),
    "cause_experiment.explanation": N_(
        "Meta is not showing these people marketing for a while. You are not charged."
    ),
    "cause_experiment.step": N_("Nothing to do: sending again gives the same answer."),
    "cause_experiment.title": N_("Part of a WhatsApp experiment"),
    "cause_frequency.explanation": N_(
        "They recently got a lot of marketing from businesses, so WhatsApp held yours back."
    ),
    "cause_frequency.step": N_("Try these people again after 24 hours at the earliest."),
    "cause_frequency.title": N_("WhatsApp limits marketing to this person"),
    "cause_media.explanation": N_(
        "WhatsApp could not load it from the link, or its type does not fit."
    ),
    "cause_media.step": N_(
        "Open the link in a private window to check it, and use another file if needed."
    ),
    "cause_media.title": N_("The picture or file could not be used"),
    "cause_no_answer.explanation": N_(
        "The message was sent, but we do not know yet whether it arrived. It is not sent again automatically, so no one gets it twice."
    ),
    "cause_no_answer.step": N_("Wait for WhatsApp's delivery updates; they usually settle it."),
    "cause_no_answer.title": N_("WhatsApp gave no clear answer"),
    "cause_opted_out.explanation": N_(
        "These people stopped your marketing messages. They will not get any more."
    ),
    "cause_opted_out.step": N_("Nothing to do: they stay left out of marketing campaigns."),
    "cause_opted_out.title": N_("Does not want marketing"),
    "cause_other.explanation": N_("WhatsApp refused these messages."),
    "cause_other.step": N_("Open one of the recipients to read WhatsApp's own words."),
    "cause_other.title": N_("Another reason"),
    "cause_pair.explanation": N_("One person can only get a few messages a minute from you."),
    "cause_pair.step": N_("Wait a little, then send again."),
    "cause_pair.title": N_("Too many messages to the same person"),
    "cause_run_ended.explanation": N_(
        "The automation was about to send it when its run ended, for example because somebody stopped it."
    ),
    "cause_run_ended.step": N_("Nothing to do, or write to the person yourself."),
    "cause_run_ended.title": N_("The automation was stopped"),
    "cause_same_number.explanation": N_("The contact has the number you send from."),
    "cause_same_number.step": N_("Remove your own number from the audience."),
    "cause_same_number.title": N_("Sender and recipient are the same"),
    "cause_same_person.explanation": N_(
        "Two contacts turned out to be the same person, who gets the campaign once."
    ),
    "cause_same_person.step": N_("Nothing to do: the person got it under their other number."),
    "cause_same_person.title": N_("The same person is in the campaign twice"),
    "cause_temporary.explanation": N_("WhatsApp, or the connection to it, failed repeatedly."),
    "cause_temporary.step": N_("Send to these people again later."),
    "cause_temporary.title": N_("WhatsApp was not available"),
    "cause_test_number.explanation": N_(
        "A test number can only write to people added to its list at Meta."
    ),
    "cause_test_number.step": N_("Add the people to that list, or connect a real number."),
    "cause_test_number.title": N_("Not on the list of your test number"),
    "cause_too_fast.explanation": N_(
        "WhatsApp asked us to slow down; these were tried several times."
    ),
    "cause_too_fast.step": N_("Send to them again at a lower speed."),
    "cause_too_fast.title": N_("Sent faster than WhatsApp allows"),
    "cause_us_marketing.explanation": N_(
        "WhatsApp does not deliver marketing messages to US numbers."
    ),
    "cause_us_marketing.step": N_("Leave these people out, or send them a utility template."),
    "cause_us_marketing.title": N_("No marketing to the United States"),
    "cause_window_closed.explanation": N_("More than 24 hours passed since the person last wrote."),
    "cause_window_closed.step": N_("Send a template instead."),
    "cause_window_closed.title": N_("The 24-hour window is closed"),
}
