"""Sentences about the system's state."""

from api.wording.tables import N_, Table, counted

SENTENCES: Table = {
    "first_channel_account": N_("Meta does not say which WhatsApp account the number belongs to."),
    "first_channel_account.step": N_(
        "Set WHATSAPP_WABA_ID to the WhatsApp Business Account ID, then start WhatsWay again."
    ),
    "first_channel_away": N_("Meta could not be reached."),
    "first_channel_away.step": N_(
        "Check the network. WhatsWay tries again for 15 minutes, and at the next start."
    ),
    "first_channel_check": N_("Its live check has not passed."),
    "first_channel_check.step": N_("Open Channels: each line says what to do."),
    "first_channel_code": N_("Meta refused it with code %(number)s."),
    "first_channel_code.step": N_(
        "Look the code up in WhatsApp's list of error codes, then start WhatsWay again; or connect it under Channels."
    ),
    "first_channel_field": N_("%(name)s is not valid."),
    "first_channel_field.any": N_("One of the WHATSAPP_* variables is not valid."),
    "first_channel_field.step": N_(
        "Correct it as docs/settings.md says, then start WhatsWay again."
    ),
    "first_channel_no_number": N_(
        "WHATSAPP_ACCESS_TOKEN is set but WHATSAPP_PHONE_NUMBER_ID is not."
    ),
    "first_channel_no_number.step": N_(
        "Set WHATSAPP_PHONE_NUMBER_ID, then start WhatsWay again; or connect a number under Channels."
    ),
    "first_channel_no_token": N_(
        "WHATSAPP_PHONE_NUMBER_ID is set but WHATSAPP_ACCESS_TOKEN is not."
    ),
    "first_channel_no_token.step": N_(
        "Set WHATSAPP_ACCESS_TOKEN, then start WhatsWay again; or connect a number under Channels."
    ),
    "first_channel_number": N_("Meta has no number with this phone number ID for this token."),
    "first_channel_number.step": N_(
        "Compare WHATSAPP_PHONE_NUMBER_ID with the phone number ID in Meta's API set-up page, then start WhatsWay again."
    ),
    "first_channel_rights": N_("The access token may not use this number."),
    "first_channel_rights.step": N_(
        "Assign the WhatsApp account to the system user with full control, then start WhatsWay again."
    ),
    "first_channel_token": N_(
        "Meta does not accept the access token; it may have expired or been revoked."
    ),
    "first_channel_token.step": N_(
        "Put a system user token into WHATSAPP_ACCESS_TOKEN, then start WhatsWay again."
    ),
    "system_answers": N_("Answers"),
    "system_aside": counted(
        "%(count)s update had no effect",
        "%(count)s updates had no effect",
        by="count",
    ),
    "system_aside.none": N_("Nothing"),
    "system_aside.step": N_("Open the webhook log to see why, and replay them."),
    "system_clock": N_("%(ms)s ms at most from the database's clock (%(host)s)"),
    "system_clock.step": N_(
        "Synchronise the clocks of the machines (NTP). The database's clock is the one that counts."
    ),
    "system_disk": N_("%(free)s of %(total)s GB free"),
    "system_disk.full": N_("Full: nothing new can be written (%(free)s of %(total)s GB free)"),
    "system_disk_step": N_(
        "Free up space, or move the data folder to another disk. It resumes by itself."
    ),
    "system_folder": N_(
        "API and worker use different folders: uploaded files do not reach the worker"
    ),
    "system_folder.closed": N_(
        "Cannot be read or written (%(host)s): uploads are refused, and files in messages are not kept"
    ),
    "system_folder_step": N_("Let every machine mount one shared folder as WHATSWAY_DATA_DIR."),
    "system_folder_step.closed": N_(
        "Let the account that runs WhatsWay read and write WHATSWAY_DATA_DIR, or mount it again."
    ),
    "system_locked": counted(
        "%(count)s query is waiting for a lock",
        "%(count)s queries are waiting for a lock",
        by="count",
    ),
    "system_locked.step": N_(
        "End the session that holds the lock: pg_stat_activity and pg_locks name it."
    ),
    "system_part.api": N_("API and pages"),
    "system_part.aside": N_("Set aside"),
    "system_part.campaigns": N_("Campaigns"),
    "system_part.clock": N_("Clocks"),
    "system_part.database": N_("PostgreSQL"),
    "system_part.deliveries": N_("Deliveries"),
    "system_part.disk": N_("Disk"),
    "system_part.first_channel": N_("First channel"),
    "system_part.folder": N_("Data folder"),
    "system_part.schema": N_("Schema"),
    "system_part.singles": N_("Replies and single messages"),
    "system_part.temporal": N_("Temporal"),
    "system_part.webhook": N_("Webhooks: %(name)s"),
    "system_part.whatsapp": N_("WhatsApp: %(name)s"),
    "system_part.worker": N_("Worker"),
    "system_process": N_("%(count)s alive (%(hosts)s)"),
    "system_process.away": N_("Down: no sign of life"),
    "system_process.silent": N_(
        "%(count)s alive (%(hosts)s), %(silent)s stopped responding without shutting down"
    ),
    "system_process.unseen": N_("Never started"),
    "system_process_step": N_(
        "It was killed or is hanging: check its log. It is dropped from this list after an hour."
    ),
    "system_process_step.api": N_(
        "Start the API, or check its log: webhooks are repeated by WhatsApp for days."
    ),
    "system_process_step.worker": N_(
        "Start the worker, or check its log: until it runs, nothing is sent and deliveries wait."
    ),
    "system_queue": counted("%(count)s waits", "%(count)s wait", by="count"),
    "system_queue.campaigns": counted(
        "%(count)s person waits, and one campaign has not moved for %(age)s s",
        "%(count)s people wait, and one campaign has not moved for %(age)s s",
        by="count",
    ),
    "system_queue.empty": N_("Nothing waits"),
    "system_queue.late": counted(
        "%(count)s waits, for %(age)s s", "%(count)s wait, the oldest for %(age)s s", by="count"
    ),
    "system_queue_step": N_("Check that the worker is running and that the database is not slow."),
    "system_queue_step.campaigns": N_("Open the campaign: it says why it is not moving."),
    "system_schema": N_("At %(version)s, the newest"),
    "system_schema.mixed": N_("At %(version)s, and a process of another release runs"),
    "system_schema.newer": N_("At %(version)s, made by a newer release"),
    "system_schema.older": N_("At %(version)s, migrations are missing"),
    "system_schema_step.mixed": N_("Restart API and worker with the same release."),
    "system_schema_step.newer": N_("Install that release on this machine."),
    "system_schema_step.older": N_("Run `whatsway migrate`."),
    "system_silent": N_("Does not answer"),
    "system_slow": N_("Answers slowly"),
    "system_slow.step": N_("Look at the load and the disk of the database server."),
    "system_tasks": counted(
        "Answers; %(count)s task waits in its queues",
        "Answers; %(count)s tasks wait in its queues",
        by="count",
    ),
    "system_temporal_step": N_("Start Temporal, or correct TEMPORAL_ADDRESS. Nothing is lost."),
    "system_unseen": N_("Not checked yet"),
    "system_webhook": N_("The last one arrived"),
    "system_webhook.none": N_("None has arrived yet"),
    "system_webhook.old": N_("The last one arrived long ago"),
    "system_webhook.refused": N_("Refused: the app secret is missing"),
    "system_webhook_step.none": N_(
        "Write to the number from a phone, then look at its live check."
    ),
    "system_webhook_step.old": N_("Write to the number from a phone to check that replies arrive."),
    "system_webhook_step.refused": N_("Enter it under Edit. Meta then resends what was refused."),
    "system_whatsapp": N_("It has not been called yet"),
    "system_whatsapp.step": N_(
        "Nothing to do: messages are tried one at a time until it answers. Look at its status page."
    ),
}
