"""Sentences about why a campaign stopped: its number, its template or a person."""

from api.wording.tables import N_, Table

SENTENCES: Table = {
    "cause_by_person.explanation": N_("Nobody else gets the message until someone resumes it."),
    "cause_by_person.step": N_("Resume it when you are ready."),
    "cause_by_person.title": N_("Paused by your team"),
    "cause_disconnected.explanation": N_(
        "The number this campaign sends from is no longer connected here."
    ),
    "cause_disconnected.step": N_("Reconnect the number, then resume."),
    "cause_disconnected.title": N_("The WhatsApp number is disconnected"),
    "cause_display_name.explanation": N_(
        "This number cannot send until WhatsApp has approved its name."
    ),
    "cause_display_name.step": N_("Wait for the approval in WhatsApp Manager, then resume."),
    "cause_display_name.title": N_("The display name is not approved yet"),
    "cause_failures.explanation": N_(
        "More recent messages failed than this campaign allows, so it paused before more could fail."
    ),
    "cause_failures.step": N_("Check what failed and why, then resume or stop it."),
    "cause_failures.title": N_("Too many messages failed in a short time"),
    "cause_missed_start.explanation": N_(
        "The scheduled time passed while WhatsWay was not running, so it did not send on its own."
    ),
    "cause_missed_start.step": N_("Decide whether to send it after all: resume it or stop it."),
    "cause_missed_start.title": N_("Its start was missed"),
    "cause_not_registered.explanation": N_("WhatsApp does not list this number as ready to send."),
    "cause_not_registered.step": N_("Register the number again on its page, then resume."),
    "cause_not_registered.title": N_("The number is not registered with WhatsApp"),
    "cause_payment.explanation": N_("Meta could not charge the account behind this number."),
    "cause_payment.step": N_("Check the payment method in WhatsApp Manager, then resume."),
    "cause_payment.title": N_("WhatsApp has a problem with your payment method"),
    "cause_policy.explanation": N_("Meta blocked sending for now because of its policies."),
    "cause_policy.step": N_(
        "Read the notice in WhatsApp Manager and ask for a review if it is wrong."
    ),
    "cause_policy.title": N_("WhatsApp restricted your account"),
    "cause_quality.explanation": N_(
        "WhatsApp lowered the quality of the number: people blocked or reported its messages. Sending more may lower its limits."
    ),
    "cause_quality.step": N_(
        "Check who you are writing to and what you say, then resume slowly or stop it."
    ),
    "cause_quality.title": N_("Low quality rating"),
    "cause_reconnected.explanation": N_(
        "Meta says that the account of this number is connected again."
    ),
    "cause_reconnected.step": N_("Check the connection on the number's page, then resume."),
    "cause_reconnected.title": N_("The connection has not been checked yet"),
    "cause_removed.explanation": N_(
        "Meta says that the account of this number was removed or disconnected from your app."
    ),
    "cause_removed.step": N_(
        "Connect it again at Meta, check the connection on the number's page, then resume."
    ),
    "cause_removed.title": N_("The WhatsApp account was disconnected from this app"),
    "cause_restored.explanation": N_(
        "This installation was restored from a backup, so nothing is sent until you say so."
    ),
    "cause_restored.step": N_("Check who already got the message, then resume it or stop it."),
    "cause_restored.title": N_("Held after a restore"),
    "cause_restricted.explanation": N_(
        "Meta allows fewer kinds of messages from this number until the restriction ends."
    ),
    "cause_restricted.step": N_(
        "Campaigns resume by themselves afterwards. The number's page says when."
    ),
    "cause_restricted.title": N_("WhatsApp is restricting this number for now"),
    "cause_spam_limit.explanation": N_(
        "WhatsApp stopped this number for now. Sending more would make it worse."
    ),
    "cause_spam_limit.step": N_(
        "Wait until tomorrow, then resume at a low speed with a better-matched audience."
    ),
    "cause_spam_limit.title": N_("Too many people blocked or reported this number"),
    "cause_template.explanation": N_(
        "WhatsApp paused, changed or removed it, or the values do not fit it."
    ),
    "cause_template.step": N_("Sync the templates and check this one's status, then resume."),
    "cause_template.title": N_("The template cannot be sent"),
    "cause_template_paused.explanation": N_(
        "Too many people disliked it, so WhatsApp stopped it for some hours."
    ),
    "cause_template_paused.step": N_(
        "Resume when it is active again, or start a new campaign with another template."
    ),
    "cause_template_paused.title": N_("WhatsApp paused the template"),
    "cause_template_values.explanation": N_(
        "A variable was missing, too long or in a form WhatsApp does not accept."
    ),
    "cause_template_values.step": N_("Check the fields the variables come from."),
    "cause_template_values.title": N_("A value does not fit the template"),
    "cause_token.explanation": N_(
        "This number's token expired or lost a permission. Nothing can be sent with it."
    ),
    "cause_token.step": N_("Enter a new access token on the number's page, then resume."),
    "cause_token.title": N_("WhatsApp no longer accepts the access token"),
    "cause_unreachable.explanation": N_(
        "The number has no WhatsApp, an old version, or has not agreed to its terms."
    ),
    "cause_unreachable.step": N_("Check the numbers; remove those that stay unreachable."),
    "cause_unreachable.title": N_("Not reachable on WhatsApp"),
}
