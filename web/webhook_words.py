"""Reasons of the webhook log in words, each with what can be done about it."""

from web.i18n import gettext


def reason_words(code: str) -> str:
    """A reason as a sentence."""
    _ = gettext
    return reasons().get(code, _("It could not be processed. Hand it in again after an update."))


def reasons() -> dict[str, str]:
    """Every reason as a sentence, with what can be done about it."""
    _ = gettext
    return {
        "not_json": _("The delivery is not JSON, so nobody can tell what it said."),
        "not_a_webhook": _("It does not have the form of a WhatsApp delivery."),
        "unreadable": _("It has a form that this version cannot read. Hand it in again after an update."),
        "not_applied": _("It was read but could not be stored. Hand it in again after an update."),
        "no_id": _("It has no id, so it cannot be told from a repetition."),
        "no_sender": _("It names no sender, so it belongs to no conversation."),
        "no_number": _("It names no number of yours, so it belongs to no channel."),
        "unknown_kind": _("WhatsApp sent a kind of message that this version does not know."),
        "unknown_status": _("WhatsApp sent a status that this version does not know."),
        "unknown_field": _("WhatsApp sent news of a kind that this version does not know."),
        "not_used": _("WhatsApp sent news that this version does not use."),
        "meta_error": _("WhatsApp reported an error of its own, about no message."),
        "other_number": _("It is about a number that is not connected here. Connect it, then hand this in again."),
        "other_account": _("It is about a WhatsApp account that is not connected here."),
        "foreign_signature": _("It was signed with the app secret of another channel, so it changed nothing. Check the app secrets."),
        "no_effect": _("It named nothing of yours, or said what was known already."),
    }  # fmt: skip
