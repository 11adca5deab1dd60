"""What needs no installation: the builder's test, and the size of its page."""

import gzip
import json
import time
from datetime import UTC, datetime
from typing import Any

from cli.bench.automations import graphs
from cli.bench.rates import percentile
from services.automations import documents, playing
from web import build_assets

ROUNDS = 20
PLAY_TARGET_MS = 1000
BUILDER = "src/builder/main.tsx"
BUILDER_TARGET_KB = 250


def play() -> dict[str, Any]:
    """Play forty nodes over thirty days, from the document to the transcript."""
    document = documents.write(graphs.month())
    turn: list[dict[str, Any]] = [{"kind": "next_wait"}, {"kind": "write", "text": "Yes, please"}]
    began_at = datetime(2027, 1, 1, 9, tzinfo=UTC)
    script = {"at": began_at.isoformat(), "actions": turn * graphs.ROUNDS}
    shown = playing.played(document, script)
    took: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        playing.played(document, script)
        took.append((time.perf_counter() - began) * 1000)
    p99 = round(percentile(took, 0.99), 1)
    return {
        "nodes": len(document["nodes"]),
        "days": (shown.now - began_at).days,
        "steps": len(shown.lit),
        "play_p50_ms": round(percentile(took, 0.5), 1),
        "play_p99_ms": p99,
        "within_target": p99 <= PLAY_TARGET_MS and shown.ended is not None,
    }


def builder() -> dict[str, Any]:
    """The JavaScript that only the builder's page loads; without built assets, nothing."""
    manifest = build_assets.DIST / "manifest.json"
    chunks = json.loads(manifest.read_text()) if manifest.exists() else {}
    if BUILDER not in chunks:
        return {"builder_gzip_kb": None, "within_target": None}
    size = sum(
        len(gzip.compress((build_assets.DIST / chunks[name]["file"]).read_bytes(), 9))
        for name in _loaded(chunks, BUILDER) - _loaded(chunks, "src/app.ts")
    )
    kilobytes = round(size / 1024, 1)
    return {"builder_gzip_kb": kilobytes, "within_target": kilobytes <= BUILDER_TARGET_KB}


def _loaded(chunks: dict[str, Any], name: str) -> set[str]:
    """A chunk with all that it imports."""
    found, ahead = set[str](), [name]
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += chunks[one].get("imports", ())
    return found
