"""The kinds of messages by name, where a page has no text to show."""

from web.i18n import gettext


def kind_name(kind: str) -> str:
    """The name of a kind of message; one of another release is a message."""
    _ = gettext
    names = {
        "text": _("Text"), "image": _("Photo"), "video": _("Video"), "audio": _("Voice message"),
        "voice": _("Voice message"), "document": _("Document"), "sticker": _("Sticker"),
        "contacts": _("Contact card"), "location": _("Location"), "order": _("Order"),
        "reaction": _("Reaction"), "template": _("Template"), "interactive": _("Answer"),
        "button": _("Answer"),
    }  # fmt: skip
    return names.get(kind) or gettext("Message")
