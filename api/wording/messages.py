"""Sentences about messages."""

from api.wording.tables import FIRST_FIELD, N_, Table, counted

SENTENCES: Table = {
    "caption_too_long": counted(
        "A caption holds %(caption_limit)s character.",
        "A caption holds %(caption_limit)s characters.",
        by="caption_limit",
    ),
    "channel_needed": N_("Say with channel_id which of your numbers sends this message."),
    "client_id_invalid": counted(
        "A client id has 1 to %(client_id_limit)s plain character.",
        "A client id has 1 to %(client_id_limit)s plain characters.",
        by="client_id_limit",
    ),
    "client_id_missing": N_("Reload the page and try again."),
    "client_id_taken": N_("This message is being sent already. Reload the page."),
    "client_id_taken.other": N_("This client id belongs to a message to somebody else."),
    "contact_mismatch": N_("This conversation is with another contact."),
    "conversation_id_invalid": N_("Send the id of a conversation."),
    "conversation_not_found": N_("This conversation does not exist. It may have been deleted."),
    "file_empty": N_("This file is empty. Choose another one."),
    "file_gone": N_("This file is no longer here. Choose it again."),
    "file_large": N_("WhatsApp takes at most %(most)s here. This file has %(size)s."),
    "file_large.still": N_(
        "WhatsApp takes at most %(most)s for a sticker that does not move. This one has %(size)s."
    ),
    "file_name": N_("A file's name has no slashes. Rename the file, then choose it again."),
    "file_type.audio": N_(
        "Choose an AAC, AMR, MP3, M4A or OGG file. WhatsApp takes no other audio."
    ),
    "file_type.document": N_(
        "Choose a PDF, text, Word, Excel or PowerPoint file. WhatsApp takes no other documents."
    ),
    "file_type.image": N_("Choose a JPEG or PNG file. WhatsApp takes no other images."),
    "file_type.sticker": N_("Choose a WebP file. WhatsApp takes no other stickers."),
    "file_type.video": N_("Choose an MP4 or 3GP file. WhatsApp takes no other videos."),
    "group_read_only": N_("You can read this group here. Answer it in the WhatsApp app."),
    "media_gone": N_("WhatsApp no longer has this file. It keeps files for 7 to 30 days."),
    "media_gone.address": N_("WhatsApp gave no address for this file."),
    "media_id": N_("A media id has digits only."),
    "media_link": N_("The link must start with https://."),
    "media_not_found": N_("This message has no file."),
    "media_source": N_("Send either the id of uploaded media or a link."),
    "media_too_large": N_("This file is too large to show here."),
    "media_unreachable": N_("WhatsApp did not answer. Try again."),
    "message_not_found": N_("This message does not exist."),
    "not_failed": N_("This message has not failed, so it is not sent again."),
    "not_inbound": N_("Only WhatsApp can report the states of messages you sent."),
    "not_retryable": N_("Only messages written in the inbox can be sent again."),
    "reply_to_unknown": N_("The message to quote is not in this conversation."),
    "send_incomplete": N_("Send conversation_id, text and client_id."),
    "status_not_settable": N_(
        "Only inbound messages can be marked, as read. States of sent messages are reported by WhatsApp's webhooks and cannot be set."
    ),
    "text_empty": N_("Write something first."),
    "text_too_long": counted(
        "A message holds %(text_limit)s character; this one has %(length)s.",
        "A message holds %(text_limit)s characters; this one has %(length)s.",
        by="text_limit",
    ),
    "limit_range.conversations": counted(
        "Ask for 1 to %(page_limit)s conversation at a time.",
        "Ask for 1 to %(page_limit)s conversations at a time.",
        by="page_limit",
    ),
    "limit_range.messages": counted(
        "Ask for 1 to %(page_limit)s message at a time.",
        "Ask for 1 to %(page_limit)s messages at a time.",
        by="page_limit",
    ),
    "message_part": N_("A message of type %(kind)s needs the object %(part)s."),
    "message_recipient": N_("Give either contact_id or to."),
    "media_kind": N_("Send one of %(kinds)s."),
    "variables_missing": N_("Fill every variable of the template."),
    "variables_wrong": FIRST_FIELD,
    "budget_spent": N_(
        "Your business has reached its daily limit of new people. Try again tomorrow."
    ),
    "channel_disconnected": N_("This WhatsApp number is disconnected. Reconnect it to send."),
    "channel_display_name": N_(
        "WhatsApp has not approved the display name of this number. Wait for the review, or choose another."
    ),
    "channel_not_registered": N_(
        "This number is not registered with WhatsApp. Register it in WhatsApp Manager."
    ),
    "channel_payment": N_(
        "WhatsApp has a problem with your payment method. Check it in WhatsApp Manager."
    ),
    "channel_policy": N_("WhatsApp restricted your account. WhatsApp Manager says why."),
    "channel_spam_limit": N_(
        "Too many people blocked or reported this number. Its page says what to do."
    ),
    "channel_token": N_(
        "WhatsApp no longer accepts the access token of this number. Enter a new one on its page."
    ),
    "contact_blocked": N_("This contact is blocked. Unblock them to write again."),
    "contact_deleted": N_("This contact was deleted."),
    "message_cause": N_("%(cause)s."),
    "message_unconfirmed": N_(
        "WhatsApp did not confirm this message. It may have arrived, so it is not sent again automatically."
    ),
    "opted_out": N_("This contact stopped marketing messages. Other templates can still be sent."),
    "restricted": N_(
        "WhatsApp is restricting this number for now: it can only reply to people who wrote recently."
    ),
    "restricted_replies": N_(
        "WhatsApp is limiting replies from this number for now. See its page."
    ),
    "restricted_utility": N_(
        "WhatsApp is limiting utility templates from this number for now. See its page."
    ),
    "same_person": N_("This person is in the campaign twice and gets it once."),
    "template": N_("WhatsApp does not accept messages with this template now. Choose another one."),
    "us_marketing": N_("WhatsApp does not deliver marketing to US numbers."),
    "window_closed": N_(
        "More than 24 hours passed since the customer last wrote. Send a template."
    ),
}
