"""The templates a fresh simulator starts with: a believable shop, several languages, every state."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simulator.catalog import Catalog, Template

_FILE = Path(__file__).with_name("samples.json")
_FIRST_ID = 1_387_372_356_700_001
_QUALITY = {"APPROVED": "GREEN", "PAUSED": "RED"}
_PRODUCTS = """
coffee tea bread cheese olive_oil honey pasta wine chocolate flowers ceramics candles soap linen
baskets plants
"""


def _restock(product: str) -> dict[str, Any]:
    """One of many plain templates, so that the list has more than one page."""
    text = (
        f"Good news, {{{{1}}}}: our {product.replace('_', ' ')} is back in stock. "
        "Shall we put one aside for you?"
    )
    return {
        "name": f"restock_{product}",
        "language": "en_US",
        "category": "MARKETING",
        "status": "APPROVED",
        "components": [
            {"type": "BODY", "text": text, "example": {"body_text": [["Mara"]]}},
            {"type": "FOOTER", "text": "Reply STOP to opt out"},
            {
                "type": "BUTTONS",
                "buttons": [
                    {"type": "QUICK_REPLY", "text": "Yes please"},
                    {"type": "QUICK_REPLY", "text": "Not this time"},
                ],
            },
        ],
    }


def _records(public_url: str) -> Iterator[dict[str, Any]]:
    picture = f"{public_url.rstrip('/')}/_sim/sample/spring.png"
    yield from json.loads(_FILE.read_text("utf-8").replace("{picture}", picture))
    for product in _PRODUCTS.split():
        yield _restock(product)


def fill(catalog: Catalog, public_url: str) -> None:
    """Adds every sample to a catalog, with ids that stay the same across restarts."""
    updated = int(time.time()) - 86_400
    for place, record in enumerate(_records(public_url)):
        named = "_named_params" in json.dumps(record["components"])
        status = record["status"]
        catalog.put(
            Template(
                **record,
                id=str(_FIRST_ID + place),
                parameter_format="NAMED" if named else "POSITIONAL",
                quality=_QUALITY.get(status, "UNKNOWN"),
                rejected_reason="PROMOTIONAL" if status == "REJECTED" else "NONE",
                updated=updated,
            )
        )
