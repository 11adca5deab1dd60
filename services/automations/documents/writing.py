"""Write the graph of an automation as its document."""

from typing import Any

from domain.automations.graphs import SCHEMA, Graph, Node, TriggerNode
from services.automations.documents.data import write_data


def write(graph: Graph) -> dict[str, Any]:
    """The document of a graph; reading it gives the same graph."""
    return {
        "schema": SCHEMA,
        "triggers": [_written(trigger) for trigger in graph.triggers],
        "nodes": [_written(node) for node in graph.nodes],
        "edges": [
            {"source": edge.source, "branch": edge.branch, "target": edge.target}
            for edge in graph.edges
        ],
        "settings": write_data(graph.settings),
    }


def _written(placed: Node | TriggerNode) -> dict[str, Any]:
    return {
        "id": placed.id,
        "type": placed.data.TYPE,
        "title": placed.title,
        "x": placed.x,
        "y": placed.y,
        "data": write_data(placed.data),
    }
