"""The rate graph of a campaign: its line, and events as labels that never overlap."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from services.campaigns.progress.pace import Marker, RatePoint
from web.campaigns import words
from web.i18n import gettext as _

UNMARKED = ("launched", "started", "retry_made")
CLOSE_S = 1


def chart(points: list[RatePoint], happened: list[Marker]) -> Callable[[], dict[str, Any]]:
    """The data of the rate graph; called during rendering, so in the viewer's language."""
    begin, end = (points[0].at, points[-1].at) if points else (None, None)
    shown = [
        item
        for item in happened
        if begin and end and begin <= item.at <= end and item.kind not in UNMARKED
    ]

    def data() -> dict[str, Any]:
        return {
            "x": [int(point.at.timestamp()) for point in points],
            "series": [
                {
                    "label": _("Accepted by WhatsApp"),
                    "values": [round(point.per_second, 1) for point in points],
                    "tone": "primary",
                }
            ],
            "markers": [
                {"x": int(group[0].at.timestamp()), "label": label(group)}
                for group in together(shown)
            ],
        }

    return data


def together(happened: Sequence[Marker]) -> list[list[Marker]]:
    """Events within a second of the previous one share its label."""
    groups: list[list[Marker]] = []
    for item in happened:
        if groups and (item.at - groups[-1][-1].at).total_seconds() <= CLOSE_S:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def label(group: Sequence[Marker]) -> str:
    """What happened and who did it; a person who did several things is named once."""
    said = []
    for by, items in groupby(group, key=lambda item: item.by):
        deeds = ", ".join(words.marker(item.kind, item.per_second) for item in items)
        said.append(f"{deeds} · {by}" if by else deeds)
    return ", ".join(said)
