"""Small automations as documents, for tests that need one."""

from typing import Any

Document = dict[str, Any]


def node(at: str, kind: str, **data: Any) -> Document:
    """A node, or a trigger."""
    return {"id": at, "type": kind, "title": at.title(), "x": 0, "y": 0, "data": data}


def edge(source: str, target: str, branch: str = "next") -> Document:
    """A connection."""
    return {"source": source, "branch": branch, "target": target}


def document(
    triggers: list[Document], nodes: list[Document], edges: list[Document], **settings: Any
) -> Document:
    """A whole automation."""
    return {
        "schema": 1, "triggers": triggers, "nodes": nodes, "edges": edges, "settings": settings,
    }  # fmt: skip


def waiting(trigger: str = "manual", **data: Any) -> Document:
    """Waits for a reply, then for an hour, and ends; sends nothing."""
    return document(
        [node("start", trigger, **data)],
        [
            node("ask", "user_reply", accepts="any", save_as="answer"),
            node("gap", "time_gap", until="duration", wait={"amount": 1, "unit": "hours"}),
            node("over", "end"),
        ],
        [edge("start", "ask"), edge("ask", "gap", "answered"), edge("gap", "over")],
    )
