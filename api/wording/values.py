"""Messages for invalid values in forms and request bodies."""

from api.wording.tables import N_, Table, counted

SENTENCES: Table = {
    "value_wrong": N_("This value is not valid."),
    "value_missing": N_("This field is required."),
    "value_unknown": N_("There is no such field."),
    "value_unknown.parameter": N_("There is no such parameter."),
    "value_unknown.action": N_("There is no such action."),
    "value_plain": N_("This must be text, a number, or true or false."),
    "value_text": N_("This must be text."),
    "value_short": counted(
        "Use at least %(least)s character.", "Use at least %(least)s characters.", by="least"
    ),
    "value_long": counted(
        "Use at most %(most)s character.", "Use at most %(most)s characters.", by="most"
    ),
    "value_format": N_("This is not in the expected format."),
    "value_choice": N_("Choose one of these: %(choices)s."),
    "value_whole": N_("This must be a whole number."),
    "value_number": N_("This must be a number."),
    "value_large": N_("This number is too large."),
    "value_least": N_("This must be %(least)s or more."),
    "value_above": N_("This must be more than %(limit)s."),
    "value_most": N_("This must be %(most)s or less."),
    "value_below": N_("This must be less than %(limit)s."),
    "value_yes_no": N_("This must be true or false."),
    "value_file": N_("This does not point to a file."),
    "value_list": N_("This must be a list."),
    "value_few": counted(
        "List at least %(least)s entry.", "List at least %(least)s entries.", by="least"
    ),
    "value_many": counted(
        "List at most %(most)s entry.", "List at most %(most)s entries.", by="most"
    ),
    "value_object": N_("This must be a JSON object."),
    "value_id": N_("This is not a valid ID."),
    "value_date": N_("This must be a date, for example 2026-11-24."),
    "value_moment": N_("This must be a date and time, for example 2026-11-24T09:30:00Z."),
    "value_offset": N_("Add the offset from UTC to this time, for example Z or +01:00."),
    "value_address": N_("This is not a valid web address."),
    "value_json": N_("This is not valid JSON."),
}
