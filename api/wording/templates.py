"""Sentences about templates."""

from api.wording.tables import N_, Table, counted

SENTENCES: Table = {
    "sync_not_started": N_("The background engine does not answer. Try again in a minute."),
    "template_category_fixed": N_("The category of an approved template cannot be changed."),
    "template_deleted": N_("This template was deleted at WhatsApp."),
    "template_no_channel": N_("This template no longer belongs to a connected channel."),
    "template_not_editable": N_("WhatsApp takes no changes to this template now."),
    "template_not_editable.why": N_("WhatsApp takes no changes to this template now. %(why)s"),
    "template_refused": N_("WhatsApp refused the change: %(detail)s"),
    "template_time": N_("“%(text)s” is not a date and time."),
    "template_unanswered": N_("WhatsApp did not answer. Sync the templates, then try again."),
    "slot_value": N_("%(label)s: %(problem)s"),
    "slot_value.code": counted(
        "A coupon code has at most %(code_limit)s letter, digit or sign, and no spaces.",
        "A coupon code has at most %(code_limit)s letters, digits and signs, and no spaces.",
        by="code_limit",
    ),
    "slot_value.ending": N_("Enter what comes after %(base)s, or the whole link starting with it."),
    "slot_value.latitude": N_("A latitude is a number from -90 to 90, as in 40.4168."),
    "slot_value.link": N_("Enter what comes after the link, or the whole link starting with it."),
    "slot_value.longitude": N_("A longitude is a number from -180 to 180, as in -3.7038."),
    "slot_value.media": N_(
        "Enter a link that starts with https://, or the id of an uploaded file."
    ),
    "slot_value.otp": counted(
        "A one-time code has at most %(otp_limit)s letter or digit, and no spaces.",
        "A one-time code has at most %(otp_limit)s letters and digits, and no spaces.",
        by="otp_limit",
    ),
    "slot_value.time": N_("Write the time as 2026-12-31 18:00."),
    "template_invalid": N_("WhatsApp would refuse this template."),
    "slot_value.empty": N_("%(label)s is empty."),
    "template_archived": N_("This template is archived. Restore it in WhatsApp Manager to use it."),
    "template_disabled": N_("WhatsApp switched this template off for good. Choose another one."),
    "template_header_unsupported": N_(
        "Templates with a %(header)s header cannot be sent from here."
    ),
    "template_in_appeal": N_("WhatsApp rejected this template, and an appeal is under review."),
    "template_limit_exceeded": N_(
        "Your account has too many templates, so this one cannot be used."
    ),
    "template_locked": N_("WhatsApp locked this template. Choose another one."),
    "template_not_approved": N_("WhatsApp has not approved this template."),
    "template_not_found": N_("This template does not exist."),
    "template_not_found.account": N_(
        "This number's account has no such template in this language."
    ),
    "template_paused": N_(
        "WhatsApp paused this template because people disliked it. It resumes by itself."
    ),
    "template_paused.unsaid": N_(
        "WhatsApp paused this template. Check in WhatsApp Manager whether it will resume."
    ),
    "template_pending": N_(
        "WhatsApp is still reviewing this template. It can be sent once it is approved."
    ),
    "template_pending_deletion": N_("This template is being deleted."),
    "template_products_unsupported": N_(
        "Templates that show products of a catalogue cannot be sent from here."
    ),
    "template_rejected": N_("WhatsApp rejected this template. Edit it or choose another one."),
    "slot.body": N_("Body %(variable)s"),
    "slot.button_code": N_("Button “%(button)s” code"),
    "slot.button_link": N_("Button “%(button)s” link ending"),
    "slot.card": N_("Card %(number)s · %(slot)s"),
    "slot.code": N_("Code"),
    "slot.header": N_("Header %(variable)s"),
    "slot.header_document": N_("Header document"),
    "slot.header_image": N_("Header image"),
    "slot.header_video": N_("Header video"),
    "slot.location_address": N_("Location address"),
    "slot.location_latitude": N_("Location latitude"),
    "slot.location_longitude": N_("Location longitude"),
    "slot.location_name": N_("Location name"),
    "slot.offer": N_("Offer ends at"),
}
