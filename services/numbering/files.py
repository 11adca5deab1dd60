"""The numbers of one file, read one by one and settled after the last."""

from dataclasses import dataclass

from domain.errors import Invalid
from domain.numbering import Doubt, Doubtful, Evidence, Found, Written
from domain.phone import Phone
from domain.sentences import Sentence
from services import phones
from services.numbering import cells, reasons


@dataclass(frozen=True, slots=True)
class Decision:
    """How one group's doubtful numbers are read; UNSAID leaves them unclear."""

    doubt: Doubt
    region: str
    written: Written
    said: Written = Written.UNSAID

    @property
    def reason(self) -> Sentence:
        """Why a number stays unclear, with {national} and {other} for its two readings."""
        return reasons.pattern(self.doubt, self.region, self.said)

    def sentence(self, known: Phone | str, other: Phone | None) -> Sentence:
        """Why this number stays unclear."""
        return reasons.of_group(self.doubt, self.region, self.said, known, other)


class FileNumbers:
    """Reads a file's numbers and keeps, only as counts, what they show about it.

    ``unclear`` counts cells that stay ambiguous whatever the file shows: those with two numbers.
    """

    def __init__(self, region: str | None, said: Written = Written.UNSAID) -> None:
        self._region = region or None
        self.evidence = Evidence(said)
        self.unclear = 0

    def read(self, cell: str, country: str = "") -> Found | Doubtful:
        """What a cell contains; raises Invalid when it is not a number.

        ``country`` is the row's country, as a name or a code.
        """
        try:
            found = phones.read_beside(cell, country, self._region)
        except Invalid as invalid:
            self.unclear += invalid.code in phones.UNCLEAR
            if self._region is None and not cell.lstrip().startswith("+"):
                self.evidence.add_unreadable(cells.digits_of(cell))
            if invalid.code == "phone_country" and phones.lacks_country(cell, self._region):
                raise Invalid("phone_country.file") from None
            raise
        if (
            isinstance(found, Found)
            and not country
            and phones.landline_of(found, cell, self._region)
        ):
            found = Doubtful(found.phone, None, Doubt.LANDLINE)
        self.evidence.add(found)
        return found

    def settle(self, read: Found | Doubtful) -> Phone | None:
        """The number, judged by the file so far; None while it is unclear."""
        if isinstance(read, Found):
            return read.phone
        return read.taken(self.evidence.decide(read.group))

    def decisions(self) -> list[Decision]:
        """How each group of doubtful numbers is read; call it after all rows were read."""
        return [self.decision(doubt, region) for doubt, region in self.evidence.doubts]

    def decision(self, doubt: Doubt, region: str) -> Decision:
        """How one group of doubtful numbers is read."""
        return Decision(doubt, region, self.evidence.decide((doubt, region)), self.evidence.said)
