"""Built files by their source name, read from Vite's manifest."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from web.build_assets import DIST

BASE_URL = "/static/dist/"
_SOURCES = {".ts": "src/", ".tsx": "src/", ".css": "styles/"}


class AssetsMissing(RuntimeError):
    """The pages' assets were not built, or not for this version of the templates."""


@lru_cache(maxsize=4)
def _read(name: str, built_at: float) -> dict[str, Any]:  # noqa: ARG001 - part of the cache key
    content: dict[str, Any] = json.loads((DIST / name).read_text(encoding="utf-8"))
    return content


def read_built(name: str) -> dict[str, Any]:
    """A JSON file of the build, read once per build."""
    path: Path = DIST / name
    try:
        return _read(name, path.stat().st_mtime)
    except FileNotFoundError:
        raise AssetsMissing(
            "The pages' assets are not built: run `python -m web.build_assets`."
        ) from None


def asset(entry: str) -> str:
    """The URL of a built entry: ``asset("app.ts")``, ``asset("app.css")``."""
    return BASE_URL + str(_built(entry)["file"])


def imported(entry: str) -> list[str]:
    """The URLs of what an entry imports, for the browser to fetch beside it rather than after it."""
    manifest = read_built("manifest.json")
    return [BASE_URL + str(manifest[part]["file"]) for part in _built(entry).get("imports", ())]


def _built(entry: str) -> dict[str, Any]:
    source = _SOURCES.get(Path(entry).suffix, "") + entry
    built: dict[str, Any] | None = read_built("manifest.json").get(source)
    if built is None:
        raise AssetsMissing(f"The build has no entry {entry}; it is missing in vite.config.js.")
    return built
