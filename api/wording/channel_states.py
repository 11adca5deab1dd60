"""Sentences about the state of a channel."""

from api.wording.tables import N_, Table, counted

SENTENCES: Table = {
    "account_ended": N_("WhatsApp disabled this account."),
    "account_ended.day": N_("WhatsApp disabled this account on %(day)s."),
    "account_ends": N_("WhatsApp will disable this account. Ask for a review now."),
    "account_ends.day": N_(
        "WhatsApp will disable this account on %(day)s. Ask for a review before then."
    ),
    "account_violation": N_("WhatsApp found a policy violation: %(violation)s."),
    "channel_blocked_display_name": N_("The display name is not approved yet."),
    "channel_blocked_display_name.step": N_(
        "Wait for the review, or choose another name in WhatsApp Manager."
    ),
    "channel_blocked_not_registered": N_("The number is not registered with the Cloud API."),
    "channel_blocked_not_registered.step": N_(
        "Register the number in WhatsApp Manager, then check again."
    ),
    "channel_blocked_payment": N_("Meta could not charge the payment method."),
    "channel_blocked_payment.step": N_(
        "Fix the payment method in Meta Business settings, then check again."
    ),
    "channel_blocked_policy": N_("WhatsApp restricted this number or account."),
    "channel_blocked_policy.step": N_(
        "Open WhatsApp Manager, follow what it asks, then check again."
    ),
    "channel_blocked_spam_limit": N_(
        "Too many people blocked or reported messages from this number."
    ),
    "channel_blocked_spam_limit.step": N_(
        "Pause campaigns for a day, send to people who opted in, then check again."
    ),
    "channel_blocked_token": N_("Meta does not accept the access token."),
    "channel_blocked_token.step": N_("Enter a new system user token under Edit, then check again."),
    "channel_disliked": N_("People often block or report messages from this number."),
    "channel_disliked.step": N_("Send less marketing, and only to people who opted in."),
    "channel_label.blocked": N_("Blocked"),
    "channel_label.connected": N_("Connected"),
    "channel_label.disconnected": N_("Disconnected"),
    "channel_label.removed": N_("Removed"),
    "channel_label.restricted": N_("Restricted"),
    "channel_label.unchecked": N_("Not checked"),
    "channel_ready": N_("Ready to send and receive."),
    "channel_reconnected": N_(
        "Meta says that this account is connected again. Nothing is sent until that is checked."
    ),
    "channel_reconnected.step": N_("Check the connection."),
    "channel_removed": N_(
        "Meta says that this account was removed or disconnected from your app. Nothing is sent."
    ),
    "channel_removed.step": N_("Connect the account again at Meta, then check the connection."),
    "channel_restricted": N_("%(restrictions)s"),
    "channel_silent": N_("Ready to send. No webhook has arrived lately."),
    "channel_silent.step": N_(
        "Send a WhatsApp message to this number to check that replies arrive."
    ),
    "channel_unchecked": N_("The live check has not passed yet."),
    "channel_unchecked.step": N_("Check the connection."),
    "channel_unproven": N_(
        "The app secret is missing: messages can be sent, but replies and statuses are refused."
    ),
    "channel_unproven.both": N_("%(problem)s %(step)s"),
    "channel_unproven.step": N_(
        "Enter it under Edit; Meta shows it under App settings → Basic. Meta then resends what was refused."
    ),
    "channel_unused": N_("This channel is not used any more."),
    "quality": N_("Not rated yet"),
    "quality.high": N_("High"),
    "quality.low": N_("Low"),
    "quality.medium": N_("Medium"),
    "restriction": N_("WhatsApp is restricting this number in another way until %(end)s."),
    "restriction.open": N_(
        "WhatsApp is restricting this number in another way until further notice."
    ),
    "restriction_business": N_(
        "WhatsApp lets this number only answer people who wrote in the last 24 hours until %(end)s."
    ),
    "restriction_business.open": N_(
        "WhatsApp lets this number only answer people who wrote in the last 24 hours until further notice."
    ),
    "restriction_numbers": N_("WhatsApp does not let you add numbers until %(end)s."),
    "restriction_numbers.open": N_("WhatsApp does not let you add numbers until further notice."),
    "restriction_replies": N_(
        "WhatsApp lets this number send templates only, no replies, until %(end)s."
    ),
    "restriction_replies.open": N_(
        "WhatsApp lets this number send templates only, no replies, until further notice."
    ),
    "restriction_utility": N_("WhatsApp blocks utility templates from this number until %(end)s."),
    "restriction_utility.open": N_(
        "WhatsApp blocks utility templates from this number until further notice."
    ),
    "restriction_waits": N_("Campaigns wait and resume by themselves. WhatsApp Manager says why."),
    "tier": N_("Not known yet"),
    "tier.people": counted("%(limit)s person in 24 h", "%(limit)s people in 24 h", by="limit"),
    "tier.unlimited": N_("Unlimited"),
}
