"""Sentences about people."""

from api.wording.tables import BY_FIELDS, N_, Table, counted

SENTENCES: Table = {
    "assignee_unknown": N_("Choose an active member of the team."),
    "email_invalid": N_("Enter an email address like name@example.com."),
    "email_taken": N_("Someone with this email address is already on the team."),
    "last_admin": N_("This is the last administrator. Make somebody else one first."),
    "login_locked": N_("Too many failed sign-ins. Try again in %(minutes)s min."),
    "login_locked.seconds": N_("Too many failed sign-ins. Try again in %(seconds)s s."),
    "name_invalid": counted(
        "Enter a name of 1 to %(max_name)s character.",
        "Enter a name of 1 to %(max_name)s characters.",
        by="max_name",
    ),
    "own_account": N_("You cannot deactivate yourself. Ask another administrator."),
    "password_repeat": N_("The two new passwords differ."),
    "password_weak.easy": N_("This password is easy to guess. A few random words are best."),
    "password_wrong": N_("This is not your current password."),
    "session_not_found": N_("That session is already signed out."),
    "token_invalid.life": N_(
        "A token cannot create one that outlives it: choose an expiry before %(latest)s."
    ),
    "token_not_found": N_("That token is already revoked."),
    "user_not_found": N_("There is no such person on the team."),
    "password_weak": N_("Use more different characters."),
    "password_weak.long": counted(
        "Use at most %(most)s character.", "Use at most %(most)s characters.", by="most"
    ),
    "password_weak.own": N_(
        "Do not use “%(word)s” in the password: it is the first thing others try."
    ),
    "password_weak.short": counted(
        "Use at least %(least)s character.", "Use at least %(least)s characters.", by="least"
    ),
    "profile_invalid": BY_FIELDS,
    "profile_locale": N_("Choose a language from the list."),
    "profile_timezone": N_("Choose a time zone from the list."),
    "token_days": counted(
        "Choose between 1 and %(most)s day.", "Choose between 1 and %(most)s days.", by="most"
    ),
    "token_invalid": BY_FIELDS,
    "token_name": N_("Give the token a name of 1 to 100 characters."),
    "token_scopes": N_("Choose at least one thing the token may do."),
    "token_scopes.unknown": N_("You cannot give %(scopes)s to a token."),
    "login_failed": N_("The email address or the password is wrong."),
}
