"""Sentences about alerts."""

from api.wording.tables import N_, Table, counted

SENTENCES: Table = {
    "alert_automation_paused": N_("“%(name)s” was paused by a safety limit"),
    "alert_bad_signatures": counted(
        "%(count)s delivery with a wrong signature in ten minutes",
        "%(count)s deliveries with a wrong signature in ten minutes",
        by="count",
    ),
    "alert_campaign_held": N_("“%(name)s” is waiting for your decision"),
    "alert_campaign_paused": N_("“%(name)s” paused itself"),
    "alert_disk_full": N_("The disk of %(name)s is full"),
    "alert_disk_low": N_("The disk of %(name)s is nearly full"),
    "alert_gone": N_("This alert is no longer kept."),
    "alert_kind.automation_paused": N_("A safety limit paused an automation"),
    "alert_kind.bad_signatures": N_("Deliveries with a wrong signature"),
    "alert_kind.campaign_held": N_("A campaign is waiting for a decision"),
    "alert_kind.campaign_paused": N_("A campaign paused itself"),
    "alert_kind.disk_full": N_("A disk is full"),
    "alert_kind.disk_low": N_("A disk is nearly full"),
    "alert_kind.no_statuses": N_("No delivery updates from WhatsApp"),
    "alert_kind.number_quality": N_("The quality of a number is low"),
    "alert_kind.number_restricted": N_("A number is restricted"),
    "alert_kind.number_stopped": N_("A number cannot send"),
    "alert_kind.set_aside": N_("Updates from WhatsApp were set aside"),
    "alert_kind.template_stopped": N_("A template cannot be sent"),
    "alert_kind.temporal_away": N_("Temporal does not answer"),
    "alert_kind.token_ends": N_("An access token is about to expire"),
    "alert_kind.worker_away": N_("The worker is down"),
    "alert_mail": counted(
        "WhatsWay: %(count)s new alert", "WhatsWay: %(count)s new alerts", by="count"
    ),
    "alert_mail.text": N_("These need your attention:"),
    "alert_no_statuses": counted(
        "%(name)s sent %(count)s message, but WhatsApp sent no delivery update",
        "%(name)s sent %(count)s messages, but WhatsApp sent no delivery updates",
        by="count",
    ),
    "alert_number_quality": N_("The quality of %(name)s is low"),
    "alert_number_restricted": N_("%(name)s is restricted"),
    "alert_number_stopped": N_("%(name)s cannot send"),
    "alert_set_aside": counted(
        "%(count)s update from WhatsApp was set aside",
        "%(count)s updates from WhatsApp were set aside",
        by="count",
    ),
    "alert_step.automation_paused": N_(
        "Open it to see who is affected. Fix the cause, then resume it."
    ),
    "alert_step.bad_signatures": N_(
        "Compare the app secret of your numbers with the one at Meta. If they match, somebody else is posting to your address; none of it is accepted."
    ),
    "alert_step.campaign_held": N_("Open it, then start it or stop it."),
    "alert_step.campaign_paused": N_("Open it to see why and what to do, then resume it."),
    "alert_step.disk_full": N_(
        "Free up space. Sending and receiving resume by themselves; nothing is lost."
    ),
    "alert_step.disk_low": N_("Free up space before sending stops."),
    "alert_step.no_statuses": N_("Run this number's live check, then send yourself a message."),
    "alert_step.number_quality": N_(
        "Message only people who expect to hear from you; otherwise WhatsApp lowers your limit."
    ),
    "alert_step.number_restricted": N_("Open the number to see until when."),
    "alert_step.number_stopped": N_("Open the number to see what to do."),
    "alert_step.set_aside": N_("Open the webhook log to see why, and replay them."),
    "alert_step.template_stopped": N_(
        "Open the template to see why, and use another one meanwhile."
    ),
    "alert_step.temporal_away": N_("Start Temporal, or correct TEMPORAL_ADDRESS. Nothing is lost."),
    "alert_step.token_ends": N_(
        "Enter a system user's token that never expires, from Meta's business settings."
    ),
    "alert_step.worker_away": N_(
        "Start the worker. Messages and deliveries wait in the database; none are lost."
    ),
    "alert_template.disabled": N_("WhatsApp disabled it."),
    "alert_template.paused": N_("WhatsApp paused it after negative feedback."),
    "alert_template.rejected": N_("WhatsApp rejected it."),
    "alert_template_stopped": N_("The template “%(name)s” cannot be sent"),
    "alert_temporal_away": N_("Temporal does not answer"),
    "alert_token": N_("It stops working on %(at)s."),
    "alert_token.ended": N_("It stopped working on %(at)s."),
    "alert_token_ends": N_("The access token of %(name)s is about to expire"),
    "alert_worker_away": N_("The worker is down"),
}
