"""Play a document in the builder's test: nothing is stored, and nothing leaves the building."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import ValidationError

from domain.automations.play import JumpTo, PlayIn, PlayOut, play
from domain.errors import Invalid
from services import clock
from services.automations import documents, zones
from store.campaigns.spoken import said

YEARS = range(1970, 3000)
"""In which a test can begin: it never gets to where the calendar ends."""


def played(document: Mapping[str, Any], script: Mapping[str, Any]) -> PlayOut:
    """What happens in a test; without a moment it begins now. Raises Invalid for a script that cannot be read."""
    given = {"at": clock.now(), **documents.fitted(script), "our_zone": str(zones.ours())}
    try:
        wanted: PlayIn = documents.read_data(PlayIn, given)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise Invalid("play_script", field=f"play.{place}"[:200]) from None
    odd = [place for place, moment in _moments(wanted) if moment.year not in YEARS]
    if odd or wanted.at.tzinfo is None:
        raise Invalid("play_script", field=f"play.{next(iter(odd), 'at')}")
    day = partial(said, "date", language=wanted.person.language)
    return play(documents.read(document).graph, wanted, day)


def _moments(script: PlayIn) -> Iterator[tuple[str, datetime]]:
    yield "at", script.at
    if script.window_until is not None:
        yield "window_until", script.window_until
    for place, action in enumerate(script.actions):
        if isinstance(action, JumpTo):
            yield f"actions.{place}.moment", action.moment
