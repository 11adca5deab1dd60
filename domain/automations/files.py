"""The files that an automation sends."""

from collections.abc import Iterator

from domain import outgoing_files
from domain.automations.contents import Content, Media
from domain.automations.graphs import Graph
from domain.automations.nodes import CustomReply, Data, SendTemplate, UserReply


def named(graph: Graph) -> frozenset[str]:
    """The contents that a graph's steps send, by SHA-256."""
    return outgoing_files.links(link for node in graph.nodes for link in _links(node.data))


def _links(data: Data) -> Iterator[str]:
    match data:
        case SendTemplate():
            yield from (data.values or {}).values()
        case CustomReply():
            yield from _of_contents(*data.messages)
        case UserReply() if data.ask is not None:
            yield from _of_contents(data.ask)
        case _:
            return


def _of_contents(*contents: Content) -> Iterator[str]:
    yield from (one.link for one in contents if isinstance(one, Media))
