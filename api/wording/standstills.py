"""Sentences about standstills."""

from api.wording.tables import N_, Table, counted

SENTENCES: Table = {
    "standstill_budget_spent.action": N_("Open the number"),
    "standstill_budget_spent.text": counted(
        "This portfolio has written to the one person it may reach in 24 hours. It resumes by itself, and nobody is skipped.",
        "This portfolio has written to all %(most)s people it may reach in 24 hours. It resumes by itself, and nobody is skipped.",
        by="most",
    ),
    "standstill_budget_spent.title": N_("The 24-hour limit is reached"),
    "standstill_database_locked.action": N_("Look at the system"),
    "standstill_database_locked.text": counted(
        "%(count)s of our queries is waiting for it. Wait for the session that holds it, or end that session. Sending resumes by itself, and nobody is skipped.",
        "%(count)s of our queries are waiting for it. Wait for the session that holds it, or end that session. Sending resumes by itself, and nobody is skipped.",
        by="count",
    ),
    "standstill_database_locked.title": N_("A lock is held in the database"),
    "standstill_database_slow.action": N_("Look at the system"),
    "standstill_database_slow.text": N_(
        "A small query takes %(ms)s ms. Check the database's load and its disk. It resumes by itself, and nobody is skipped."
    ),
    "standstill_database_slow.title": N_("The database is slow"),
    "standstill_disk_full.action": N_("See which disk"),
    "standstill_disk_full.text": N_(
        "Nothing can be written, so nothing is sent. Free up space: it resumes by itself, and nobody is skipped."
    ),
    "standstill_disk_full.title": N_("A disk is full"),
    "standstill_news_wait.action": N_("Look at the system"),
    "standstill_news_wait.text": counted(
        "%(count)s delivery from WhatsApp is waiting, for %(age)s s. It may be an opt-out, so no marketing is sent until it has been read. Sending then resumes by itself, and nobody is skipped.",
        "%(count)s deliveries from WhatsApp are waiting, the oldest for %(age)s s. One of them may be an opt-out, so no marketing is sent until they have been read. Sending then resumes by itself, and nobody is skipped.",
        by="count",
    ),
    "standstill_news_wait.title": N_("Marketing waits until incoming messages are read"),
    "standstill_no_answer.action": N_("Look at the system"),
    "standstill_no_answer.text": N_(
        "One message at a time is tried until it does, so that no outcome stays unknown. It resumes by itself, and nobody is skipped."
    ),
    "standstill_no_answer.title": N_("WhatsApp does not answer"),
    "standstill_no_recipients.action": N_("Close it"),
    "standstill_no_recipients.text": N_(
        "Your program can add more people, or you can close the campaign."
    ),
    "standstill_no_recipients.title": N_("Everyone added so far is done"),
    "standstill_number_stopped.action": N_("Open the number"),
    "standstill_number_stopped.text": N_("%(problem)s"),
    "standstill_number_stopped.title": N_("The number cannot send"),
    "standstill_others_first.action": N_("Open that campaign"),
    "standstill_others_first.text": N_(
        "“%(name)s” is sending from it now, and both share its speed."
    ),
    "standstill_others_first.title": N_("Another campaign uses the number"),
    "standstill_restricted.action": N_("Open the number"),
    "standstill_restricted.text": N_("%(problem)s It resumes by itself, and nobody is skipped."),
    "standstill_restricted.title": N_("WhatsApp is restricting the number"),
    "standstill_retries.action": N_("See these people"),
    "standstill_retries.text": counted(
        "%(count)s person is waiting for another try; WhatsApp could not accept their message the first time.",
        "%(count)s people are waiting for another try; WhatsApp could not accept their message the first time.",
        by="count",
    ),
    "standstill_retries.title": N_("Waiting for retries"),
    "standstill_slowed_down.action": N_("Open the number"),
    "standstill_slowed_down.text": N_(
        "The number pauses and is back at full speed within a minute. It resumes by itself, and nobody is skipped."
    ),
    "standstill_slowed_down.title": N_("WhatsApp asked us to slow down"),
    "standstill_starting.action": N_("Look at the system"),
    "standstill_starting.text": N_(
        "The list of recipients is being prepared, or the first messages are on their way."
    ),
    "standstill_starting.title": N_("About to start"),
    "standstill_template_not_approved.action": N_("Open the template"),
    "standstill_template_not_approved.text": N_("You can send it again once it is approved."),
    "standstill_template_not_approved.title": N_("The template is no longer approved"),
    "standstill_temporal_away.action": N_("Look at the system"),
    "standstill_temporal_away.text": N_(
        "Campaigns need it to run. It resumes by itself, and nobody is skipped."
    ),
    "standstill_temporal_away.title": N_("Temporal does not answer"),
    "standstill_throttle.action": N_("Change the speed"),
    "standstill_throttle.text": N_(
        "Its speed is set to %(throttle)s a second; the number allows %(throughput)s."
    ),
    "standstill_throttle.title": N_("It is running at the speed you set"),
    "standstill_unexplained.action": N_("Open in Temporal"),
    "standstill_unexplained.text": N_(
        "Everything it needs is running. Check its workflow and the worker's log."
    ),
    "standstill_unexplained.title": N_("No obvious cause"),
    "standstill_worker_away.action": N_("Look at the system"),
    "standstill_worker_away.text": N_(
        "The worker sends the messages. Start it. It resumes by itself, and nobody is skipped."
    ),
    "standstill_worker_away.title": N_("No worker is running"),
}
