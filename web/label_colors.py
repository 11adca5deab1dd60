"""The colours of labels: their names, and the tones they are painted in."""

from services.conversations.labels import COLORS
from web.i18n import gettext


def color_names() -> dict[str, str]:
    """Each colour by name."""
    _ = gettext
    names = (
        _("Gray"), _("Red"), _("Orange"), _("Yellow"), _("Green"), _("Teal"), _("Blue"), _("Purple"), _("Pink"),
    )  # fmt: skip
    return dict(zip(COLORS, names, strict=True))
