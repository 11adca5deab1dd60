"""Everyone the business has messaged or heard from, by column, so that half a million stay small."""

from array import array
from collections import OrderedDict
from typing import NamedTuple

from simulator.identifiers import user_id
from simulator.personas import Persona, name_of, persona_of, username_of
from simulator.phone_numbers import country_of

STOPPED, RESUMED, HELD_BY_PERSON, PHONE_KNOWN = 1, 2, 4, 8

_RECENT = 2_000


class Profile(NamedTuple):
    """A customer as webhooks show them."""

    name: str
    user_id: str
    username: str | None
    phone_visible: bool


class People:
    """Customers by index; the index is what every other table stores."""

    __slots__ = (
        "_index",
        "_recent",
        "accepted",
        "contacts",
        "doubles",
        "flags",
        "last",
        "names",
        "numbers",
        "personas_on",
        "unique",
        "windows",
    )

    def __init__(self) -> None:
        self.personas_on = True
        self.numbers: list[str] = []
        self._index: dict[str, int] = {}
        self.flags = bytearray()
        self.accepted = array("I")
        self.last = array("i")
        self.names: dict[int, str] = {}
        self.contacts: dict[int, str] = {}
        self.windows: dict[int, float] = {}
        self._recent: OrderedDict[int, None] = OrderedDict()
        self.unique = 0
        self.doubles = 0

    def find(self, digits: str) -> int | None:
        """The index of a known number."""
        return self._index.get(digits)

    def obtain(self, digits: str) -> int:
        """The index of a number, added if new."""
        index = self._index.get(digits)
        if index is None:
            index = len(self.numbers)
            self._index[digits] = index
            self.numbers.append(digits)
            self.flags.append(0)
            self.accepted.append(0)
            self.last.append(-1)
        return index

    def count_accepted(self, index: int) -> None:
        """Counts one accepted send; the second to the same person is a duplicate."""
        count = self.accepted[index] + 1
        self.accepted[index] = count
        if count == 1:
            self.unique += 1
        elif count == 2:
            self.doubles += 1

    def touch(self, index: int) -> None:
        """Moves a customer to the top of the recent list."""
        recent = self._recent
        recent[index] = None
        recent.move_to_end(index)
        if len(recent) > _RECENT:
            recent.popitem(last=False)

    def persona(self, index: int) -> Persona:
        """The customer's behaviour."""
        return persona_of(self.numbers[index]) if self.personas_on else Persona.ORDINARY

    def name(self, index: int) -> str:
        """The profile name: as typed in here, the business's name for them, or an invented one."""
        return self.names.get(index) or self.contacts.get(index) or name_of(self.numbers[index])

    def profile(self, index: int) -> Profile:
        """Names and ids as webhooks show them."""
        digits = self.numbers[index]
        name = self.name(index)
        hidden = self.persona(index) is Persona.USERNAME_ONLY
        return Profile(
            name,
            user_id(digits, country_of(digits)),
            username_of(name) if hidden else None,
            not hidden or bool(self.flags[index] & PHONE_KNOWN),
        )

    def marketing_stopped(self, index: int) -> bool:
        """Whether the customer turned marketing off, by hand or by persona."""
        flags = self.flags[index]
        if flags & (STOPPED | RESUMED):
            return bool(flags & STOPPED)
        return self.persona(index) is Persona.STOPPED_MARKETING

    def set_marketing(self, index: int, *, stopped: bool) -> None:
        """Turns marketing off or on again."""
        cleared = self.flags[index] & ~(STOPPED | RESUMED)
        self.flags[index] = cleared | (STOPPED if stopped else RESUMED)

    def window_opened(self, index: int, number: int, moment: float) -> None:
        """Remembers the last inbound message to one business number."""
        self.windows[index << 8 | number] = moment

    def window_open(self, index: int, number: int, now: float) -> bool:
        """Whether free-form messages may go to the customer from that number."""
        return now - self.windows.get(index << 8 | number, 0.0) < 86_400

    def search(self, query: str, limit: int) -> list[int]:
        """Customers by name or number, most recently active first."""
        digits = "".join(character for character in query if character.isdecimal())
        words = query.strip().lower()
        found: list[int] = []
        for index in reversed(self._recent):
            if not words or self._matches(index, words, digits):
                found.append(index)
                if len(found) >= limit:
                    return found
        if len(digits) >= 3:
            seen = set(found)
            for index, number in enumerate(self.numbers):
                if digits in number and index not in seen:
                    found.append(index)
                    if len(found) >= limit:
                        break
        return found

    def _matches(self, index: int, words: str, digits: str) -> bool:
        return bool(digits and digits in self.numbers[index]) or words in self.name(index).lower()
