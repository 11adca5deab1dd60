"""Signatures that programs append to a message and the person did not write."""

import re

_LOOKED_AT = 400
"""The most characters of a message that is examined."""

# What programs append: "Sent from my iPhone", "-- " and what follows.
_SIGNATURE = re.compile(
    r"""\s*\n\s*(?:
        --\s*\n.* | (?:sent\ (?:from|via|with)|get\ outlook|enviado\ (?:desde|con|do|de|pelo|a\ partir)
        |envoy[ée]\ (?:de|depuis|avec)|gesendet\ (?:von|mit)|von\ meinem|inviato\ (?:da|con)|verzonden\ (?:vanaf|met)
        |wys[łl]ano\ z|skickat\ fr[åa]n|sendt\ fra|dikirim\ dari|отправлено\ (?:с|из)|надіслано\ з
        |[^\n]*(?:から送信|tarafından\ gönderildi|\w*[dt][ae]n\ gönderildi))[^\n]*
    )\s*\Z""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)


def unsigned(text: str) -> str:
    """The message without its signature; long messages unchanged."""
    if "\n" not in text or len(text) > _LOOKED_AT:
        return text
    return _SIGNATURE.sub("", text.strip())
