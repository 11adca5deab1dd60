"""Sentences about channels."""

from api.wording.tables import N_, Table, counted

SENTENCES: Table = {
    "channel_exists": N_("This phone number is already connected."),
    "channel_in_use": counted(
        "%(count)s running or scheduled campaign uses this channel. Stop it first.",
        "%(count)s running or scheduled campaigns use this channel. Stop them first.",
        by="count",
    ),
    "channel_not_found": N_("This channel does not exist any more."),
    "channel_number_fixed": N_(
        "A channel keeps its number. Add the other number as a new channel."
    ),
    "invalid_value.address": N_("The address has a character we cannot store."),
    "person_needed.address": N_("Only a signed-in person can change the API address, not a token."),
    "portfolio_unknown": N_("Choose one of the portfolios in the list."),
    "secret_removed": N_("This secret was removed. Enter it again."),
    "vault_key_missing": N_(
        "This secret was encrypted with a key that is no longer in ENCRYPTION_KEYS. Add the old key back, or enter the secret again."
    ),
    "verify_token": N_("This verify token does not belong to this installation."),
    "replay_empty": N_("There is nothing to replay in this range."),
    "replay_ended": N_("This replay has ended already."),
    "replay_gone": N_("There is no such replay any more."),
    "replay_range": N_("Choose a start and an end, or a range of ids, or what was set aside."),
    "webhook_gone": N_("This line is no longer in the log."),
    "address_characters": N_(
        "The address has characters that are not allowed. Write an international name as xn--…."
    ),
    "address_inside": N_(
        "%(host)s is not on the internet. Addresses on your local network are refused, so that nobody can use this program to reach it."
    ),
    "address_name": N_("Enter the full name of a host on the internet, not a number."),
    "address_port": N_("Only the usual port of https (443) can be used here."),
    "address_public": N_("Only public addresses that start with https:// are fetched."),
    "address_query": N_("Leave out everything from “?” or “#” on."),
    "address_scheme": N_("Enter an address that starts with https://."),
    "address_unknown": N_("%(host)s does not exist. Check the spelling."),
    "address_user": N_("Leave out the user name and password before the “@”."),
    "channel_form.access_token": N_("Enter the access token from Meta."),
    "channel_form.account": N_(
        "This is the long number called “WhatsApp Business Account ID” in Meta."
    ),
    "channel_form.again": N_(
        "%(needed)s A different API address needs it again, so that the stored one is sent nowhere else."
    ),
    "channel_form.app_secret": N_("Enter the app secret from Meta."),
    "channel_form.name": N_("Give the channel a name your team recognises."),
    "channel_form.name_long": counted(
        "Use at most %(name_limit)s character.",
        "Use at most %(name_limit)s characters.",
        by="name_limit",
    ),
    "channel_form.name_plain": N_("Use only visible letters, digits and symbols."),
    "channel_form.number": N_(
        "This is the long number called “Phone number ID” in Meta, not the phone number itself."
    ),
    "channel_form.secret": N_(
        "Use only letters, digits and keyboard symbols: no spaces, line breaks or accents."
    ),
    "channel_form.secret_long": counted(
        "Use at most %(secret_limit)s character.",
        "Use at most %(secret_limit)s characters.",
        by="secret_limit",
    ),
    "channel_form.version": N_("For example v23.0."),
    "channel_invalid": N_("Some of the channel's details need a look."),
}
