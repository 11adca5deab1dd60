"""Sentences of the checks that a doctor makes."""

from api.wording.tables import N_, Table

SENTENCES: Table = {
    "doctor_channels": N_("call public https addresses only"),
    "doctor_channels.local": N_("may call local addresses without TLS"),
    "doctor_channels.local_step": N_("Remove WHATSAPP_ALLOW_LOCAL: it is for the simulator only."),
    "doctor_data_folder": N_("%(path)s, %(free)s GB free"),
    "doctor_data_folder.closed": N_("%(path)s, %(free)s GB free, cannot be read or written"),
    "doctor_data_folder.closed_step": N_(
        "Change its permissions or set WHATSWAY_DATA_DIR to another folder."
    ),
    "doctor_data_folder.low_step": N_(
        "Free up space until 10 %% and 1 GB are free, or move WHATSWAY_DATA_DIR to another disk."
    ),
    "doctor_files": N_("%(count)s looked for, all there"),
    "doctor_files.missing": N_("missing: %(media)s of messages, %(uploads)s of unfinished imports"),
    "doctor_files.missing_step": N_(
        "Put these back from the backup, or check WHATSWAY_DATA_DIR and its mounts: %(places)s"
    ),
    "doctor_keys": N_("every stored token can be read"),
    "doctor_keys.locked": N_("no key opens the token of %(numbers)s"),
    "doctor_keys.locked_step": N_(
        "Restore the key from that time: ENCRYPTION_KEYS in .env, or secrets.json of the data folder, from where the backup is kept. Or enter the tokens again under Channels, Edit."
    ),
    "doctor_keys.unusable": N_("not usable"),
    "doctor_mail": N_("%(host)s lets us send"),
    "doctor_mail.refused": N_("%(host)s does not let us send (%(error)s)"),
    "doctor_mail.refused_step": N_("Check the SMTP_… settings."),
    "doctor_mail.unset": N_("not set up: alerts are shown in the product only"),
    "doctor_part.channels": N_("Channels"),
    "doctor_part.data_folder": N_("Data folder"),
    "doctor_part.files": N_("Files"),
    "doctor_part.keys": N_("Keys"),
    "doctor_part.mail": N_("E-mail"),
    "doctor_part.postgres": N_("PostgreSQL"),
    "doctor_part.receiving": N_("Receiving"),
    "doctor_part.server_log": N_("PostgreSQL log"),
    "doctor_part.sign_ins": N_("Sign-ins"),
    "doctor_part.temporal": N_("Temporal"),
    "doctor_postgres": N_("%(version)s, clock %(ms)s ms, migrations up to date"),
    "doctor_postgres.clock": N_("%(version)s, clock %(ms)s ms"),
    "doctor_postgres.clock_step": N_(
        "Synchronise the clocks of both machines (NTP): windows and schedules depend on them."
    ),
    "doctor_postgres.newer": N_("%(version)s, clock %(ms)s ms, made by a newer release"),
    "doctor_postgres.newer_step": N_("Install that release, or restore a backup."),
    "doctor_postgres.pending": N_("%(version)s, clock %(ms)s ms, migrations missing"),
    "doctor_postgres.pending_step": N_("Run `whatsway migrate`."),
    "doctor_receiving": N_(
        "waiting: %(waiting)s, the oldest for %(age)s s; dead letters: %(dead)s; set aside: %(aside)s"
    ),
    "doctor_receiving.aside_step": N_(
        "Open Settings, Webhook log (/settings/webhooks), or run `whatsway webhook dead`: it says why, and `whatsway webhook replay` processes it again."
    ),
    "doctor_receiving.late_step": N_(
        "The worker processes deliveries: check that it is running, and check its log."
    ),
    "doctor_receiving.why": N_(
        "waiting: %(waiting)s, the oldest for %(age)s s; dead letters: %(dead)s; set aside: %(aside)s (%(why)s)"
    ),
    "doctor_server_log": N_("holds no customers' words"),
    "doctor_server_log.loud": N_("may hold customers' words"),
    "doctor_server_log.loud_step": N_(
        "Errors there may include names and texts: set %(settings)s as docs/operations.md says under Logs."
    ),
    "doctor_sign_ins": N_("in the last week: people %(people)s, addresses %(addresses)s"),
    "doctor_sign_ins.none": N_("nobody signed in during the last week"),
    "doctor_sign_ins.proxy": N_(
        "in the last week: people %(people)s, addresses %(addresses)s; the last one seems to come from %(ip)s, which is a proxy"
    ),
    "doctor_sign_ins.proxy_step": N_(
        "Let the proxy send X-Forwarded-For and set FORWARDED_ALLOW_IPS to its address as the app sees it (%(ip)s): until then, one person's wrong passwords can lock everyone out."
    ),
    "doctor_temporal": N_("%(address)s, namespace %(namespace)s"),
    "doctor_temporal.attributes": N_("%(where)s, search attributes missing"),
    "doctor_temporal.attributes_step": N_(
        "Add the search attributes %(names)s (Keyword) as docs/setup.md says."
    ),
    "doctor_temporal.refused": N_("%(where)s: %(reason)s"),
    "doctor_temporal.refused_step": N_(
        "Check TEMPORAL_ADDRESS (host:port), the TEMPORAL_TLS_… settings and that it is running."
    ),
    "doctor_temporal.namespace_step": N_(
        "Create the namespace as docs/setup.md says, or set TEMPORAL_NAMESPACE."
    ),
    "doctor_temporal.rights_step": N_(
        "Check TEMPORAL_API_KEY, or the client certificate, and what it may do there."
    ),
    "doctor_temporal.silent": N_("%(where)s: no answer"),
    "doctor_unknown": N_("not known (%(error)s)"),
    "doctor_unknown.step": N_("See PostgreSQL above."),
}
