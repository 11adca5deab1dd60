"""What is said about standstills."""

from api.wording.tables import N_, Table, counted

SENTENCES: Table = {
    "standstill_budget_spent.action": N_("Open the number"),
    "standstill_budget_spent.text": counted(
        "The one person that this portfolio may write to in 24 hours is used up. It goes on by itself, nobody is lost.",
        "All %(most)s people that this portfolio may write to in 24 hours are used up. It goes on by itself, nobody is lost.",
        by="most",
    ),
    "standstill_budget_spent.title": N_("The limit of 24 hours is reached"),
    "standstill_database_locked.action": N_("Look at the system"),
    "standstill_database_locked.text": counted(
        "%(count)s of our statements waits for it. Let the session that holds it end, or end it: it goes on by itself, nobody is lost.",
        "%(count)s of our statements wait for it. Let the session that holds it end, or end it: it goes on by itself, nobody is lost.",
        by="count",
    ),
    "standstill_database_locked.title": N_("Somebody holds a lock in the database"),
    "standstill_database_slow.action": N_("Look at the system"),
    "standstill_database_slow.text": N_(
        "It takes %(ms)s ms for a small statement. Look at its load and its disk. It goes on by itself, nobody is lost."
    ),
    "standstill_database_slow.title": N_("The database is slow"),
    "standstill_disk_full.action": N_("See which disk"),
    "standstill_disk_full.text": N_(
        "Nothing can be written, so nothing is sent. Make room: it goes on by itself, nobody is lost."
    ),
    "standstill_disk_full.title": N_("A disk is full"),
    "standstill_news_wait.action": N_("Look at the system"),
    "standstill_news_wait.text": counted(
        "%(count)s delivery from WhatsApp is waiting, for %(age)s s. It may be somebody's STOP, so no marketing leaves before it is read. It goes on by itself, nobody is lost.",
        "%(count)s deliveries from WhatsApp are waiting, the oldest for %(age)s s. One of them may be somebody's STOP, so no marketing leaves before they are read. It goes on by itself, nobody is lost.",
        by="count",
    ),
    "standstill_news_wait.title": N_("Marketing waits until incoming messages are read"),
    "standstill_no_answer.action": N_("Look at the system"),
    "standstill_no_answer.text": N_(
        "One message at a time is tried until it does, so that nobody ends in doubt. It goes on by itself, nobody is lost."
    ),
    "standstill_no_answer.title": N_("WhatsApp does not answer"),
    "standstill_no_recipients.action": N_("Close it"),
    "standstill_no_recipients.text": N_(
        "Your program may hand in more people, or you close the campaign."
    ),
    "standstill_no_recipients.title": N_("Everybody handed in so far is done"),
    "standstill_number_stopped.action": N_("Open the number"),
    "standstill_number_stopped.text": N_("%(problem)s"),
    "standstill_number_stopped.title": N_("The number cannot send"),
    "standstill_others_first.action": N_("Open that campaign"),
    "standstill_others_first.text": N_("“%(name)s” sends from it now, and both share its speed."),
    "standstill_others_first.title": N_("Another campaign uses the number"),
    "standstill_restricted.action": N_("Open the number"),
    "standstill_restricted.text": N_("%(problem)s It goes on by itself, nobody is lost."),
    "standstill_restricted.title": N_("WhatsApp restricts the number"),
    "standstill_retries.action": N_("See these people"),
    "standstill_retries.text": counted(
        "%(count)s person gets another try; WhatsApp could not take their message before.",
        "%(count)s people get another try; WhatsApp could not take their message before.",
        by="count",
    ),
    "standstill_retries.title": N_("It waits for its retries"),
    "standstill_slowed_down.action": N_("Open the number"),
    "standstill_slowed_down.text": N_(
        "The number rests and comes back to its speed within a minute. It goes on by itself, nobody is lost."
    ),
    "standstill_slowed_down.title": N_("WhatsApp asked for less speed"),
    "standstill_starting.action": N_("Look at the system"),
    "standstill_starting.text": N_(
        "The audience is written down, or its first messages are on their way."
    ),
    "standstill_starting.title": N_("It is about to start"),
    "standstill_template_not_approved.action": N_("Open the template"),
    "standstill_template_not_approved.text": N_("WhatsApp takes it again once it is approved."),
    "standstill_template_not_approved.title": N_("The template is not approved any more"),
    "standstill_temporal_away.action": N_("Look at the system"),
    "standstill_temporal_away.text": N_(
        "It has to run for a campaign to go on. It goes on by itself, nobody is lost."
    ),
    "standstill_temporal_away.title": N_("Temporal does not answer"),
    "standstill_throttle.action": N_("Change the speed"),
    "standstill_throttle.text": N_(
        "Its speed is %(throttle)s a second, the number could do %(throughput)s."
    ),
    "standstill_throttle.title": N_("It is as slow as it was told to be"),
    "standstill_unexplained.action": N_("Open in Temporal"),
    "standstill_unexplained.text": N_(
        "Everything it needs is there. Look at what its workflow does, and into the worker's log."
    ),
    "standstill_unexplained.title": N_("No cause can be seen from here"),
    "standstill_worker_away.action": N_("Look at the system"),
    "standstill_worker_away.text": N_(
        "The worker sends the messages. Start it. It goes on by itself, nobody is lost."
    ),
    "standstill_worker_away.title": N_("No worker is running"),
}
