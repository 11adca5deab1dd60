"""Play a document in the builder's test: nothing is stored, and nothing leaves the building."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import ValidationError

from domain.automations.play import PlayIn, PlayOut, play
from domain.errors import Invalid
from services import clock
from services.automations import documents, zones
from store.campaigns.spoken import said


def played(document: Mapping[str, Any], script: Mapping[str, Any]) -> PlayOut:
    """What happens in a test; without a moment it begins now. Raises Invalid for a script that cannot be read."""
    given = {"at": clock.now(), **script, "our_zone": str(zones.ours())}
    try:
        wanted: PlayIn = documents.read_data(PlayIn, given)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise Invalid("play_script", field=f"play.{place}"[:200]) from None
    if wanted.at.tzinfo is None:
        raise Invalid("play_script", field="play.at")
    day = partial(said, "date", language=wanted.person.language)
    return play(documents.read(document).graph, wanted, day)
