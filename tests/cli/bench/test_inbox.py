"""The benchmark of the inbox, tiny, on a real stack: it fills what it says, and finds far pages by their links."""

from typing import Any

import pytest
from sqlalchemy import text

from cli.bench.inbox import command, filling, visits
from cli.bench.inbox.filling import Sizes
from cli.bench.scene import Scene

SIZES = Sizes(conversations=130, messages=900, longest=160)


async def test_a_full_inbox_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    there: dict[str, Any] = {}
    fill, addresses = filling.fill, visits.addresses

    async def filled(scene: Scene, *arguments: Any, **named: Any) -> filling.Filled:
        made = await fill(scene, *arguments, **named)
        async with scene.sessions() as session:
            there["messages"] = await session.scalar(text("SELECT count(*) FROM messages"))
            there["threads"] = await session.scalar(text("SELECT count(*) FROM conversations"))
            of_longest = "SELECT count(*) FROM messages m JOIN conversations USING (contact_id)"
            about = {"id": made.longest}
            counted = text(f"{of_longest} WHERE conversations.id = :id")
            there["longest"] = await session.scalar(counted, about)
        return made

    async def found(*arguments: Any) -> Any:
        there["places"] = await addresses(*arguments)
        return there["places"]

    monkeypatch.setattr(filling, "fill", filled)
    monkeypatch.setattr(visits, "addresses", found)
    figures = await command.measure(SIZES, 2, 3, 40, 1, quiet=True)
    assert (there["threads"], there["messages"], there["longest"]) == (130, 900, 160)
    far = [there["places"][f"{name}, page 3"][0] for name in ("list", "search", "longest thread")]
    assert [place.partition("?")[0].endswith(("/list", "/messages")) for place in far] == [True] * 3
    assert {len(places) for places in there["places"].values()} == {1, 2}
    assert (figures["conversations"], figures["messages"]) == (130, 900)
    assert all(figures[f"{kind}_p95_ms"] > 0 for kind in command.KINDS)
    assert (figures["inbound"]["lost"], figures["inbound"]["push_lost"]) == (0, 0)
    assert 0 < figures["push_p50_ms"] <= figures["push_p99_ms"]


def test_the_slowest_page_of_a_kind_counts() -> None:
    took = {"list": [0.1, 0.1], "list, page 9": [0.3], "longest thread": [0.2], "search": [0.4]}
    assert command.slowest(took) == {"list_p95_ms": 300, "thread_p95_ms": 200, "search_p95_ms": 400}


def test_links_are_followed_as_pages_write_them() -> None:
    button = '<button class="button conversations-more" hx-get="/inbox/list?q=a&amp;shown=80">'
    assert visits.further(f"<div>{button}") == "/inbox/list?q=a&shown=80"
    assert visits.further('<button data-earlier hx-get="/inbox/1/messages?before=2">') is not None
    assert visits.further('<a class="conversation" href="/inbox/1">') is None
