"""Reasons of the webhook log in words, each with what can be done about it."""

from web.i18n import gettext


def reason_words(code: str) -> str:
    """A reason as a sentence."""
    _ = gettext
    return reasons().get(
        code, _("News from WhatsApp could not be processed. Hand it in again after an update.")
    )


def reasons() -> dict[str, str]:
    """Every reason as a sentence, with what can be done about it."""
    _ = gettext
    return {
        "not_json": _("A delivery came that is not JSON, so nobody can tell what it said."),
        "not_a_webhook": _("A delivery came that does not have the form of WhatsApp's."),
        "unreadable": _("WhatsApp sent news in a form that this version cannot read. Hand it in again after an update."),
        "not_applied": _("News from WhatsApp was read but could not be stored. Hand it in again after an update."),
        "no_id": _("A message or a status came without an id, so it cannot be told from a repetition."),
        "no_sender": _("A message came without a sender, so it belongs to no conversation."),
        "no_number": _("News came that names no number of yours, so it belongs to no channel."),
        "unknown_kind": _("WhatsApp sent a kind of message that this version does not know."),
        "unknown_status": _("WhatsApp sent a status that this version does not know."),
        "unknown_field": _("WhatsApp sent news of a kind that this version does not know."),
        "not_used": _("WhatsApp sent news that this version does not use."),
        "meta_error": _("WhatsApp reported an error of its own, about no message."),
        "other_number": _("WhatsApp sent news about a number that is not connected here. Connect the number, then hand the news in again."),
        "other_account": _("WhatsApp sent news about an account that is not connected here."),
        "foreign_signature": _("News came that was signed with the app secret of another channel, so it changed nothing. Check the app secrets."),
        "no_effect": _("WhatsApp sent news that named nothing of yours, or said what was known already."),
    }  # fmt: skip
