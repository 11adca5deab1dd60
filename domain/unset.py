"""The mark for a part that a change leaves as it is, where None would clear it."""

from enum import Enum
from typing import Final


class Unset(Enum):
    """The type of the mark: a part is ``str | None | Unset``."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
