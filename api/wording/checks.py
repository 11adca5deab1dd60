"""Sentences about a channel's live check."""

from api.wording.tables import N_, Table, counted

SENTENCES: Table = {
    "check_address_step": N_("Correct the API address under Edit."),
    "check_answered": N_("Meta answered: %(detail)s"),
    "check_answered_step": N_("Check again; if it stays, look in WhatsApp Manager."),
    "check_interrupted": N_("The check was interrupted. Start it again."),
    "check_marketing": N_("This account has signed up: marketing can go through it."),
    "check_marketing.none": N_(
        "This account has not signed up, so marketing goes out like every other message."
    ),
    "check_marketing.step": N_(
        "If you want it, accept its terms in WhatsApp Manager, then check again."
    ),
    "check_marketing.unsaid": N_("Meta does not say whether this account may use it."),
    "check_number": N_("%(number)s · %(name)s"),
    "check_number.nameless": N_("%(number)s · no display name yet"),
    "check_permissions": N_("The token has both permissions and never expires."),
    "check_permissions.ending": N_("The token has both permissions, but will expire."),
    "check_permissions.ending_step": N_("Use a system user token that never expires."),
    "check_permissions.missing": N_("The token lacks %(scopes)s."),
    "check_permissions.missing_step": N_(
        "Create a new system user token in Meta Business settings with both permissions."
    ),
    "check_permissions.secret": N_(
        "Meta does not accept the app secret for the app that is subscribed."
    ),
    "check_permissions.secret_step": N_(
        "Copy the app secret again: Meta app → App settings → Basic. Webhooks are refused without it."
    ),
    "check_permissions.unproven": N_(
        "The app secret is missing, so every webhook is refused: replies and statuses do not arrive."
    ),
    "check_permissions.unproven_step": N_(
        "Meta app → App settings → Basic: enter it under Edit. Meta then resends what was refused."
    ),
    "check_refused_rights": N_("The access token may not use this account."),
    "check_refused_rights_step": N_(
        "Assign the WhatsApp account to the system user with full control, then check again."
    ),
    "check_refused_token": N_(
        "Meta does not accept the access token; it may have expired or been revoked."
    ),
    "check_refused_token_step": N_(
        "Create a system user token in Meta Business settings and enter it under Edit."
    ),
    "check_sending": counted(
        "WhatsApp allows sending, up to %(speed)s message per second.",
        "WhatsApp allows sending, up to %(speed)s messages per second.",
        by="speed",
    ),
    "check_sending.limited": counted(
        "Sending is limited. %(speed)s message per second.",
        "Sending is limited. %(speed)s messages per second.",
        by="speed",
    ),
    "check_sending.status": N_("WhatsApp gives this number the status “%(status)s”."),
    "check_sending.step": N_(
        "Open WhatsApp Manager, look at the number's status and follow what it asks."
    ),
    "check_skipped": N_("Skipped: it needs the steps above."),
    "check_subscription": N_("Meta called %(callback)s with the verify token and got its answer."),
    "check_subscription.address": N_(
        "Meta cannot reach %(callback)s: it needs a public https address."
    ),
    "check_subscription.address_step": N_(
        "Set PUBLIC_URL to the address people use from the internet, then check again."
    ),
    "check_templates": N_("Templates can be read: %(count)s found."),
    "check_templates.more": N_("Templates can be read: %(count)s or more found."),
    "check_templates.none": N_("Templates can be read; there are none yet."),
    "check_templates.step": N_("Create a template in WhatsApp Manager, then sync."),
    "check_token": N_("Meta accepts the access token."),
    "check_unanswered": N_("%(host)s did not answer properly."),
    "check_unanswered_step": N_("Try again in a minute."),
    "check_unknown.account": N_(
        "Meta has no WhatsApp Business Account with this ID for this token."
    ),
    "check_unknown.number": N_("Meta has no number with this phone number ID for this token."),
    "check_unknown_step.account": N_(
        "Compare the WhatsApp Business Account ID with the one in Meta's API set-up page."
    ),
    "check_unknown_step.number": N_(
        "Compare the phone number ID with the one in Meta's API set-up page."
    ),
    "check_unreachable": N_("%(host)s could not be reached."),
    "check_unreachable_step": N_("Check the network, then try again."),
    "check_unverified": N_("Meta could not verify the webhook: %(detail)s"),
    "check_unverified_step": N_(
        "Make sure this installation answers at its public address, then check again."
    ),
    "check_webhook": N_("No message has come in through this channel yet."),
    "check_webhook.any_step": N_(
        "Send any WhatsApp message to this number from your phone; this line turns green by itself."
    ),
    "check_webhook.refused": N_("Every webhook is refused until the app secret is entered."),
    "check_webhook.seen": N_("A webhook with a valid signature has arrived."),
    "check_webhook.step": N_(
        "Send any WhatsApp message to %(number)s from your phone; this line turns green by itself."
    ),
}
