"""Play a document in the builder's test: nothing is stored, and nothing leaves the building."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.graphs import Graph
from domain.automations.play import JumpTo, PlayIn, PlayOut, play
from domain.calendars import Calendar
from domain.errors import Invalid
from domain.ids import parse_id
from services import calendars, clock
from services.automations import documents, hours, zones
from services.calendars import Stored
from store.campaigns.spoken import said

YEARS = range(1970, 3000)
"""In which a test can begin: it never gets to where the calendar ends."""


async def show(
    session: AsyncSession, document: Mapping[str, Any], script: Mapping[str, Any]
) -> PlayOut:
    """What happens in a test, with the working hours of this installation."""
    return played(document, script, await calendars.every(session))


def played(
    document: Mapping[str, Any], script: Mapping[str, Any], known: Sequence[Stored] = ()
) -> PlayOut:
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
    graph = documents.read(document).graph
    return play(graph, wanted, day, _calendars(graph, wanted, known))


def _calendars(graph: Graph, script: PlayIn, known: Sequence[Stored]) -> Mapping[str, Calendar]:
    """The working hours the graph names; the number's are those of its trigger's first number."""
    began = next((one.data for one in graph.triggers if one.id == script.trigger), None)
    listens = began.channels if began else ()
    return hours.among(known, graph.calendars, parse_id(listens[0]) if listens else None)


def _moments(script: PlayIn) -> Iterator[tuple[str, datetime]]:
    yield "at", script.at
    if script.window_until is not None:
        yield "window_until", script.window_until
    for place, action in enumerate(script.actions):
        if isinstance(action, JumpTo):
            yield f"actions.{place}.moment", action.moment
