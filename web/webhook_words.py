"""The webhook log's reasons in words, each with what can be done about it."""

from web.i18n import gettext


def reason_words(code: str) -> str:
    """A reason as a sentence."""
    _ = gettext
    return reasons().get(
        code,
        _("An update from WhatsApp could not be processed. Replay it after upgrading WhatsWay."),
    )


def reasons() -> dict[str, str]:
    """Every reason as a sentence, with what can be done about it."""
    _ = gettext
    return {
        "not_json": _("A delivery arrived that is not JSON, so it could not be read."),
        "not_a_webhook": _("A delivery arrived that does not look like one of WhatsApp's."),
        "unreadable": _("WhatsApp sent an update in a form this version cannot read. Replay it after upgrading WhatsWay."),
        "not_applied": _("An update from WhatsApp was read but could not be stored. Replay it after upgrading WhatsWay."),
        "no_id": _("A message or a status arrived without an id, so it cannot be told apart from a duplicate."),
        "no_sender": _("A message arrived without a sender, so it belongs to no conversation."),
        "no_number": _("An update arrived that names none of your numbers, so it belongs to no channel."),
        "unknown_kind": _("WhatsApp sent a kind of message this version does not know."),
        "unknown_status": _("WhatsApp sent a status this version does not know."),
        "unknown_field": _("WhatsApp sent a kind of update this version does not know."),
        "not_used": _("WhatsApp sent an update this version does not use."),
        "meta_error": _("WhatsApp reported an internal error, not about any message."),
        "other_number": _("WhatsApp sent an update about a number that is not connected here. Connect the number, then replay the update."),
        "other_account": _("WhatsApp sent an update about an account that is not connected here."),
        "foreign_signature": _("An update arrived that was signed with another channel's app secret, so it changed nothing. Check the app secrets."),
        "no_effect": _("WhatsApp sent an update that named nothing of yours, or told us nothing new."),
    }  # fmt: skip
