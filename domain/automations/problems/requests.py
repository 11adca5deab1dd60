"""Problems of HTTP requests: addresses, headers, and what is taken from the answer."""

import json
import re
from collections.abc import Iterator, Mapping

from domain.automations.nodes import HttpRequest
from domain.automations.problems import values
from domain.automations.problems.contents import address
from domain.automations.problems.found import Fix, Problem, error, warning
from domain.sentences import Sentence

LONGEST_TIMEOUT_S = 30
MOST_RETRIES = 5
MOST_HEADERS = 20

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OURS = frozenset({"host", "content-length", "connection", "transfer-encoding"})
"""Headers that the call itself makes."""


def check(at: str, data: HttpRequest, *, local: bool) -> Iterator[Problem]:
    """Everything about one request; plain http only stops one where calls may not be ``local``."""
    yield from address(at, data.url, "url")
    if data.url.lower().startswith("http://"):
        problem = warning if local else error
        yield problem(at, Sentence("automation_address.plain"), "url", Fix.USE_HTTPS)
    if not 1 <= data.timeout_s <= LONGEST_TIMEOUT_S:
        sentence = Sentence("automation_range", least=1, most=LONGEST_TIMEOUT_S)
        yield error(at, sentence, "timeout_s")
    if not 0 <= data.retries <= MOST_RETRIES:
        yield error(at, Sentence("automation_range", least=0, most=MOST_RETRIES), "retries")
    yield from _headers(at, data)
    yield from _picks(at, data)


def _headers(at: str, data: HttpRequest) -> Iterator[Problem]:
    if len(data.headers) > MOST_HEADERS:
        yield error(at, Sentence("automation_headers", most=MOST_HEADERS), "headers")
    seen = set()
    for place, header in enumerate(data.headers):
        name = header.name.lower()
        if not _HEADER.fullmatch(header.name) or name in _OURS or name in seen:
            yield error(at, Sentence("automation_header"), f"headers.{place}.name")
        if "\n" in header.value or "\r" in header.value:
            yield error(at, Sentence("automation_header.lines"), f"headers.{place}.value")
        seen.add(name)


def _picks(at: str, data: HttpRequest) -> Iterator[Problem]:
    for place, pick in enumerate(data.picks):
        yield from values.needed(at, pick.path, f"picks.{place}.path")
        yield from values.needed(at, pick.save_as, f"picks.{place}.save_as")
        yield from values.save_as(at, pick.save_as, f"picks.{place}.save_as")
    if data.recorded and not _is_json(data.recorded):
        yield warning(at, Sentence("automation_recorded"), "recorded")


def _is_json(text: str) -> bool:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, Mapping | list)
