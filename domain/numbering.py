"""How a file writes numbers without a plus sign: clear numbers are the evidence for unclear ones."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from domain.phone import Phone

CLEAR_VOTES = 3
"""How many different numbers prove how a file is written; fewer may be coincidence."""

CONTRADICTION = 0.02
"""The share of contrary votes that counts as mistakes in the file."""

SOME_VOTES = 10
"""How many numbers with two readings each settle together which one applies."""

MANY_VOTES = 100
RARE = 0.1
"""How large a group of doubtful mobiles may be, as a share of the file's clear numbers."""

_DISTINCT = 200


class Written(StrEnum):
    """Whether numbers without a plus sign carry their country's code."""

    UNSAID = ""
    NATIONAL = "national"
    INTERNATIONAL = "international"


class Doubt(StrEnum):
    """Why digits are ambiguous on their own: which of the two readings is a mobile number."""

    INTERNATIONAL = "international"
    NATIONAL = "national"
    BOTH = "both"
    NEITHER = "neither"
    NO_COUNTRY = "no_country"
    EITHER = "either"
    BROKEN = "broken"
    ELSEWHERE = "elsewhere"
    LANDLINE = "landline"


@dataclass(slots=True)  # not frozen: there is one per row
class Found:
    """A number with only one reading; ``vote`` is how its file seems to be written."""

    phone: Phone
    vote: Written = Written.UNSAID


@dataclass(slots=True)
class Doubtful:
    """Digits that are a number in the country and, read as starting with a country code, another one.

    ``national`` is None when no country was given: then only the file tells whether codes are present, and with EITHER
    the digits are also some country's mobile number without its code. ``international`` is None for a landline that
    begins with its country's code, which may also be a number with its code that lost a digit. With ELSEWHERE the only
    reading is a non-mobile number abroad: a local number without its area code looks like one. With LANDLINE the only
    reading is a landline in the country: mobile numbers of other countries look like one.
    """

    national: Phone | None
    international: Phone | None
    doubt: Doubt

    @property
    def group(self) -> tuple[Doubt, str]:
        """What is decided together: the doubt, and the country of the reading with a code."""
        return self.doubt, self.international.region if self.international else ""

    @property
    def known(self) -> Phone:
        """The national number, or the only reading there is."""
        phone = self.national or self.international
        assert phone is not None
        return phone

    def taken(self, written: Written) -> Phone | None:
        """The number if the digits are written this way."""
        if written is Written.NATIONAL:
            return self.national
        return self.international if written is Written.INTERNATIONAL else None


@dataclass(slots=True)
class Evidence:
    """What the numbers of one file say together about the ambiguous ones.

    Only mobile numbers show how a file is written, and clearly only those with a single reading. Digits that are a
    mobile number in just one reading lean to it, and follow a clear file. Digits that are a mobile number in both
    readings lean neither way: they follow a large file without any contradiction, and only where they are rare in it.
    The country's landlines are accepted next to as many of its mobiles: a file without those is from another country.
    ``said`` is what a person says about the file; it decides wherever the file does not contradict it.
    """

    said: Written = Written.UNSAID
    votes: Counter[Written] = field(default_factory=Counter)
    clear: Counter[Written] = field(default_factory=Counter)
    regions: Counter[str] = field(default_factory=Counter)
    doubts: Counter[tuple[Doubt, str]] = field(default_factory=Counter)
    either: int = 0
    _seen: set[str] = field(default_factory=set)

    def add(self, read: Found | Doubtful) -> None:
        """Count a number; repeats among a file's first numbers count once."""
        if isinstance(read, Found):
            if read.vote:
                self._vote(read.vote, read.phone, clear=True)
            return
        self.doubts[read.group] += 1
        if read.doubt is Doubt.NATIONAL and read.national:
            self._vote(Written.NATIONAL, read.national)
        elif read.doubt in _CODED and read.international:
            clear = read.doubt is Doubt.NO_COUNTRY
            self._vote(Written.INTERNATIONAL, read.international, clear=clear)
        elif read.doubt is Doubt.EITHER and read.international:
            self.either += self._is_new(read.international)

    def add_unreadable(self, digits: str) -> None:
        """Without a country, digits that are not a number with a code suggest national numbers."""
        if 7 <= len(digits) <= 12:
            self.votes[Written.NATIONAL] += 1

    def _vote(self, vote: Written, phone: Phone, *, clear: bool = False) -> None:
        if not self._is_new(phone):
            return
        self.votes[vote] += 1
        self.clear[vote] += clear
        if vote is Written.INTERNATIONAL:
            self.regions[phone.region] += 1

    def _is_new(self, phone: Phone) -> bool:
        if len(self._seen) < _DISTINCT:
            if phone.key in self._seen:
                return False
            self._seen.add(phone.key)
        return True

    def verdict(self) -> Written:
        """How the file is written; UNSAID when it shows neither or both."""
        for way, other in _WAYS.items():
            if self.votes[way] and self.votes[other] <= CONTRADICTION * self.votes[way]:
                return way
        return Written.UNSAID

    def decide(self, group: tuple[Doubt, str]) -> Written:
        """How a group's digits are read; UNSAID leaves them unclear."""
        doubt, region = group
        if self.said:
            return self.said if self._may_be(self.said, doubt) else Written.UNSAID
        if doubt is Doubt.LANDLINE:
            few = self.doubts[group] < max(CLEAR_VOTES, self.clear[Written.NATIONAL] + 1)
            return Written.NATIONAL if few else Written.UNSAID
        if doubt is Doubt.EITHER:
            return self._either()
        way = self.verdict()
        if not way or doubt is Doubt.NO_COUNTRY:
            return Written.UNSAID if doubt is _IMPOSSIBLE.get(way) else way
        if doubt is Doubt.BOTH:
            return self._both(way, region)
        if doubt is Doubt.NATIONAL:
            return way if way is Written.NATIONAL and self._few(group) else Written.UNSAID
        agrees = doubt in _AGREEING[way] and self.votes[way] >= CLEAR_VOTES
        return way if agrees else Written.UNSAID

    def _either(self) -> Written:
        """With codes, if enough numbers support it and none contradicts it."""
        support = self.votes[Written.INTERNATIONAL] + self.either
        sure = self.clear[Written.INTERNATIONAL] >= CLEAR_VOTES or support >= SOME_VOTES
        contradicted = self.votes[Written.NATIONAL] > CONTRADICTION * support
        return Written.INTERNATIONAL if sure and not contradicted else Written.UNSAID

    def _may_be(self, said: Written, doubt: Doubt) -> bool:
        """Whether what a person says holds for a group: neither group nor file contradicts it."""
        if doubt in _CONTRARY[said]:
            return False
        if doubt is not Doubt.BOTH and doubt is not Doubt.NEITHER:
            return True
        return self.votes[_WAYS[said]] <= CONTRADICTION * self.votes[said]

    def _few(self, group: tuple[Doubt, str]) -> bool:
        """Whether a group that leans to the country is no larger than chance would make it.

        Many of one country are its landlines with a code, and a small file may hold some.
        """
        clear = self.clear[Written.NATIONAL]
        return clear >= MANY_VOTES and self.doubts[group] <= RARE * clear

    def _both(self, way: Written, region: str) -> Written:
        support = self.regions[region] if way is Written.INTERNATIONAL else self.votes[way]
        clear = support >= MANY_VOTES and not self.votes[_WAYS[way]]
        rare = self.doubts[Doubt.BOTH, region] <= RARE * support
        return way if clear and rare else Written.UNSAID


_WAYS = {
    Written.NATIONAL: Written.INTERNATIONAL,
    Written.INTERNATIONAL: Written.NATIONAL,
}
_CODED = frozenset({Doubt.INTERNATIONAL, Doubt.NO_COUNTRY})
_IMPOSSIBLE = {Written.NATIONAL: Doubt.NO_COUNTRY, Written.INTERNATIONAL: Doubt.BROKEN}
_CONTRARY = {
    Written.NATIONAL: frozenset(Doubt) - {Doubt.NATIONAL, Doubt.BOTH, Doubt.LANDLINE},
    Written.INTERNATIONAL: frozenset({Doubt.NATIONAL, Doubt.BROKEN, Doubt.LANDLINE}),
}
"""Doubts that nothing a person says can settle. Without a code only a mobile is believed: nearly any digits are a
landline somewhere, so a number with its code would pass as one too.
"""

_AGREEING = {
    Written.NATIONAL: {Doubt.BROKEN},
    Written.INTERNATIONAL: {Doubt.INTERNATIONAL, Doubt.ELSEWHERE},
}
