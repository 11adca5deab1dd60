"""Sentences about contacts."""

from api.wording.tables import FIRST_FIELD, N_, Table, counted

SENTENCES: Table = {
    "action_unknown": N_("Choose what to do with the contacts."),
    "consent_note": N_("Say how the person agreed, for example “asked for it by phone”."),
    "contact_not_found": N_("This contact does not exist. It may have been deleted."),
    "deleted_already": N_("It is too late to undo: this has been deleted."),
    "deletion_unknown": N_("There is no such deletion to undo."),
    "expected_missing": N_("Send the number of contacts you expect to delete."),
    "field_exists": N_("There is already a field named “%(label)s”."),
    "field_label": N_("Give the field a name."),
    "field_not_found": N_("This field does not exist. It may have been deleted."),
    "field_options": counted(
        "List between 1 and %(option_limit)s choice.",
        "List between 1 and %(option_limit)s choices.",
        by="option_limit",
    ),
    "built_in.phone": N_("phone"),
    "built_in.name": N_("name"),
    "built_in.first_name": N_("first name"),
    "built_in.last_name": N_("last name"),
    "built_in.language": N_("language"),
    "built_in.timezone": N_("time zone"),
    "built_in.consent": N_("consent"),
    "field_reserved": N_(
        "“%(label)s” is the name of the built-in field %(target)s. Use that one, or choose another name."
    ),
    "fields_limit": counted(
        "There can be %(fields_limit)s field. Delete one first.",
        "There can be %(fields_limit)s fields. Delete one first.",
        by="fields_limit",
    ),
    "filter_unknown.value": N_("There is nothing to filter by under this name."),
    "filter_unknown": N_("Choose the contacts again: this filter is not known."),
    "group_exists": N_("There is already a group named “%(name)s”."),
    "group_in_use": N_(
        "The campaign “%(campaign)s” is being started with this group right now. Try again in a minute."
    ),
    "group_missing": N_("Choose a group."),
    "group_name": N_("Give the group a name."),
    "group_not_found": N_("This group does not exist. It may have been deleted."),
    "group_unknown": N_("One of the groups does not exist. It may have been deleted."),
    "language_invalid": N_("Write the language as a code such as en or pt_BR."),
    "phone_missing.enter": N_("Enter a phone number."),
    "phone_taken": N_("Another contact already has this phone number."),
    "selection_changed": counted(
        "The selection now has %(found)s contact instead of %(expected)s. Look again.",
        "The selection now has %(found)s contacts instead of %(expected)s. Look again.",
        by="found",
    ),
    "selection_empty": N_("Tick at least one contact."),
    "selection_missing": N_("Send either ids or filter."),
    "selection_size": counted(
        "Select 1 to %(selection_limit)s contact, or all that match.",
        "Select 1 to %(selection_limit)s contacts, or all that match.",
        by="selection_limit",
    ),
    "state_unknown": N_("Choose what to do with the contact."),
    "timezone_invalid": N_("Write the timezone as a name such as America/Sao_Paulo."),
    "undo_too_late.consent": N_("This can no longer be undone. Look at the contact's page."),
    "limit_range.activity": counted(
        "Ask for 1 to %(page_limit)s contact at a time.",
        "Ask for 1 to %(page_limit)s contacts at a time.",
        by="page_limit",
    ),
    "limit_range.contacts": counted(
        "Ask for 1 to %(page_limit)s contact at a time.",
        "Ask for 1 to %(page_limit)s contacts at a time.",
        by="page_limit",
    ),
    "contact_field": N_("There is no such field."),
    "contact_invalid": FIRST_FIELD,
    "field_bool": N_("%(label)s: write yes or no."),
    "field_date": N_("%(label)s: write a date such as 2026-11-23."),
    "field_date.no_day": N_("%(label)s: this date does not exist."),
    "field_date.timed": N_("%(label)s: write a date such as 2026-11-23, without a time."),
    "field_datetime": N_("%(label)s: write a date and time such as 2026-11-23 14:30."),
    "field_datetime.no_day": N_("%(label)s: this date does not exist."),
    "field_enum": N_("%(label)s: choose one of %(options)s."),
    "field_number": N_("%(label)s: write a number such as 12 or 12.50."),
}
