"""Sentences about working hours and response targets."""

from api.wording.tables import N_, Table, counted

SENTENCES: Table = {
    "calendar_range": N_("Choose two moments at most %(days)s days apart."),
    "calendar_name": N_("Give the working hours a name of at most %(most)s characters."),
    "calendar_exists": N_("There are already working hours named “%(name)s”."),
    "calendar_unknown": N_("There are no such working hours. They may have been deleted."),
    "calendar_wrong": N_("Check the marked fields."),
    "calendar_spans": N_("Write hours such as 09:00-12:30, 13:30-18:00."),
    "calendar_spans.many": N_("A day has at most %(most)s spans."),
    "calendar_spans.overlap": N_("These spans overlap. Let each begin after the one before it."),
    "calendar_days.many": N_(
        "There is room for %(most)s special days. Delete some that have passed."
    ),
    "calendar_days.twice": N_("This day is listed twice."),
    "calendar_days.day": N_("Choose a date."),
    "target_minutes": N_("Write a time such as 30 min, 4 h or 1 h 30 min."),
    "target_scope": N_("Choose what this is for. It may have been deleted."),
    "target_scope.twice": N_("There is already a line for this."),
    "targets_wrong": N_("Check the marked fields."),
    "calendars_limit": counted(
        "There is already %(most)s calendar of working hours. Delete one you no longer need.",
        "There are already %(most)s calendars of working hours. Delete one you no longer need.",
        by="most",
    ),
}
