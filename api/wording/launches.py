"""What is said about launches."""

from api.wording.tables import N_, Table

SENTENCES: Table = {
    "launch_audience": N_("Nobody is in this audience yet. Choose a group, or everyone."),
    "launch_audience.column": N_(
        "No column of the file looks like phone numbers. Choose the one that holds them."
    ),
    "launch_audience.file": N_("Upload the file with the people who get the message."),
    "launch_audience.left_out": N_(
        "Everybody in this audience is left out. The list of reasons says why."
    ),
    "launch_audience.program": N_("Nobody was handed in before it was closed."),
    "launch_audience.tried": N_(
        "Nobody is left to try again: all of them got it or were tried since."
    ),
    "launch_brake": N_("Say at how many percent failed it pauses: %(range)s."),
    "launch_channel": N_("Choose the WhatsApp number to send from."),
    "launch_file": N_("The file is still being read. Wait until its rows are counted."),
    "launch_group": N_(
        "A group that was chosen or left out here is deleted. Choose the people again."
    ),
    "launch_name": N_("Give the campaign a name."),
    "launch_schedule": N_("The planned time has passed. Choose a later one, or send now."),
    "launch_schedule.deferred": N_(
        "WhatsApp limits marketing to some of these people. Plan it for %(earliest)s or later."
    ),
    "launch_speed": N_("Say how many messages per second: %(range)s."),
    "launch_template": N_("Choose the template to send."),
    "launch_template.account": N_(
        "This template belongs to another WhatsApp account than the number."
    ),
    "launch_template.gone": N_("Choose a template. The one chosen before is gone from WhatsApp."),
    "launch_template.variables": N_(
        "The template has other variables now than when it was sent. Start a new campaign."
    ),
    "launch_time": N_("Choose a date and a time."),
    "launch_values": N_("Say what goes into %(last)s."),
    "launch_values.column": N_("Say what goes into %(label)s: there is no column “%(column)s”."),
    "launch_values.several": N_("Say what goes into %(others)s and %(last)s."),
}
