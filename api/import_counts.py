"""The results for an import's rows, as programs see them."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from api.wording.fields import KeptWords


class CountsOut(BaseModel):
    """The results: new + updated + unchanged + duplicate + invalid + unclear = rows.

    ``unclear`` rows have two numbers, or one that can be read in two ways. ``countries`` counts people by ISO code;
    ``surprising`` are those that the rest of the file does not suggest. ``partial`` rows are imported without a value
    that does not fit its field. ``agreed`` and ``opted_out`` count people for whom the file says yes and no,
    ``left_alone`` those whose earlier opt-out it does not lift, and ``consent_unclear`` those with an unclear answer,
    who get no marketing; for all others it says nothing.
    """

    model_config = ConfigDict(from_attributes=True)

    rows: int
    new: int
    updated: int
    unchanged: int
    duplicate: int
    invalid: int
    unclear: int
    countries: dict[str, int]
    surprising: list[str]
    grouped: int
    partial: int
    agreed: int
    opted_out: int
    left_alone: int
    consent_unclear: int
    percent: int


class ReasonOut(BaseModel):
    """One kind of problem: a stable code, an example sentence, the number of rows."""

    code: str
    message: KeptWords
    rows: int
    imported: bool

    @classmethod
    def of(cls, reason: tuple[str, str, int, bool]) -> Self:
        """The reason as programs see it."""
        code, message, rows, imported = reason
        return cls(code=code, message=message, rows=rows, imported=imported)
