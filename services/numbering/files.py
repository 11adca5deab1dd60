"""The numbers of one file, read one after the other and settled when the last one is seen."""

from dataclasses import dataclass

from domain.errors import Invalid
from domain.numbering import Doubt, Doubtful, Evidence, Found, Written
from domain.phone import Phone
from domain.sentences import Sentence
from services import phones
from services.numbering import cells, reasons


@dataclass(frozen=True, slots=True)
class Decision:
    """How the doubtful numbers of one group are read; UNSAID leaves them unclear."""

    doubt: Doubt
    region: str
    written: Written
    said: Written = Written.UNSAID

    @property
    def reason(self) -> Sentence:
        """Why a number stays unclear, with {national} and {other} in place of its two readings."""
        return reasons.pattern(self.doubt, self.region, self.said)

    def sentence(self, known: Phone | str, other: Phone | None) -> Sentence:
        """Why this number stays unclear."""
        return reasons.of_group(self.doubt, self.region, self.said, known, other)


class FileNumbers:
    """Reads the numbers of a file and remembers, in counts only, what they say about it.

    ``unclear`` counts cells of which nobody can tell the number whatever the file shows: those with two.
    """

    def __init__(self, region: str | None, said: Written = Written.UNSAID) -> None:
        self._region = region or None
        self.evidence = Evidence(said)
        self.unclear = 0

    def read(self, cell: str, country: str = "") -> Found | Doubtful:
        """What a cell holds; Invalid when it is no number.

        ``country`` is what the row says of the country, as a name or a code.
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
        """The number by what is known of the file so far; None while it is unclear."""
        if isinstance(read, Found):
            return read.phone
        return read.taken(self.evidence.decide(read.group))

    def decisions(self) -> list[Decision]:
        """How each group of doubtful numbers is read; ask when all rows are read."""
        return [self.decision(doubt, region) for doubt, region in self.evidence.doubts]

    def decision(self, doubt: Doubt, region: str) -> Decision:
        """How one group of doubtful numbers is read."""
        return Decision(doubt, region, self.evidence.decide((doubt, region)), self.evidence.said)
