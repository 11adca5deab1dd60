"""Sentences about launches."""

from api.wording.tables import N_, Table

SENTENCES: Table = {
    "launch_audience": N_("Nobody is in this audience yet. Choose a group, or everyone."),
    "launch_audience.column": N_(
        "No column of the file looks like phone numbers. Choose the one that holds them."
    ),
    "launch_audience.file": N_("Upload the file with the people who get the message."),
    "launch_audience.left_out": N_("Everyone in this audience is left out. See the reasons below."),
    "launch_audience.program": N_("Nobody was added before it was closed."),
    "launch_audience.tried": N_(
        "Nobody is left to retry: they all got it or have been retried since."
    ),
    "launch_brake": N_("Enter the percentage of failures at which it pauses: %(range)s."),
    "launch_channel": N_("Choose the WhatsApp number to send from."),
    "launch_file": N_("The file is still being read. Wait until its rows are counted."),
    "launch_group": N_(
        "A group that was chosen or left out here has been deleted. Choose the people again."
    ),
    "launch_name": N_("Give the campaign a name."),
    "launch_schedule": N_("The scheduled time has passed. Choose a later one, or send now."),
    "launch_schedule.deferred": N_(
        "WhatsApp limits marketing to some of these people. Plan it for %(earliest)s or later."
    ),
    "launch_speed": N_("Enter how many messages per second: %(range)s."),
    "launch_template": N_("Choose the template to send."),
    "launch_template.account": N_(
        "This template belongs to another WhatsApp account than the number."
    ),
    "launch_template.gone": N_(
        "Choose another template. The previous one no longer exists at WhatsApp."
    ),
    "launch_template.variables": N_(
        "The template's variables have changed since it was sent. Start a new campaign."
    ),
    "launch_time": N_("Choose a date and a time."),
    "launch_values": N_("Choose what fills %(last)s."),
    "launch_values.column": N_("Choose what fills %(label)s: there is no column “%(column)s”."),
    "launch_values.several": N_("Choose what fills %(others)s and %(last)s."),
}
