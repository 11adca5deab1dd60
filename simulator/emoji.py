"""Whether a text contains an emoji, for places where Meta allows none."""

import re

# Pictographs and their joiners; letters, digits and keyboard symbols are not emoji.
_EMOJI = re.compile(
    "[\u203c\u2049\u2139"
    "\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\ufe0f\u20e3\U0001f000-\U0001faff]"
)


def has_emoji(text: str) -> bool:
    """Whether there is one."""
    return _EMOJI.search(text) is not None
