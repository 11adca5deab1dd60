"""Which WhatsWay stacks run on this machine, so that a command in another terminal finds them."""

import hashlib
import os
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from typing_extensions import override

from cli.datafolder import PRIVATE, DataFolder, read_json, write_json
from cli.problems import Problem
from services.releases import VERSION
from settings import Settings

NOTE = "running.json"
"""A file in a data folder's run folder: how to reach its stack."""


@dataclass(frozen=True, slots=True)
class Running:
    """A running stack; ``database`` and ``temporal`` say whether it has its own."""

    folder: str
    app: str
    mode: str = "production"
    port: int = 0
    temporal_ui: str = ""
    simulator: str = ""
    database: bool = True
    temporal: bool = True
    version: str = ""

    @override
    def __str__(self) -> str:
        """Its name in sentences."""
        kind = "demo" if self.mode == "demo" else "WhatsWay"
        return f"the {kind} at {self.app} (data in {self.folder})"

    @property
    def ports(self) -> set[int | None]:
        """The ports it uses."""
        return {
            self.port,
            *(urlsplit(url).port for url in (self.temporal_ui, self.simulator) if url),
        }


def announce(
    data: DataFolder,
    settings: Settings,
    *,
    database: bool,
    temporal: bool,
    serves: bool = True,
    everywhere: bool = True,
) -> None:
    """Record a start in the data folder and, with ``everywhere``, where other terminals look."""
    note = Running(
        folder=str(data.path),
        app=settings.public_url.rstrip("/") if serves else "",
        mode=settings.environment,
        port=settings.port,
        temporal_ui=settings.temporal_ui_url,
        simulator=settings.simulator_url or "",
        database=database,
        temporal=temporal,
        version=VERSION,
    )
    data.write(NOTE, asdict(note))
    if not everywhere:
        return
    place = _place()
    try:
        place.mkdir(mode=PRIVATE, exist_ok=True)
        if _is_ours(place):
            name = hashlib.sha256(note.folder.encode()).hexdigest()[:16]
            write_json(place / f"{name}.json", {"folder": note.folder})
    except OSError:  # then only WHATSWAY_DATA_DIR finds it
        return


def on(data: DataFolder) -> Running | None:
    """The stack currently using this folder."""
    found = _read(data.read(NOTE)) if data.is_in_use() else None
    return found and replace(found, folder=str(data.path))


def everywhere() -> list[Running]:
    """Every running stack of this account on this machine, by folder."""
    place = _place()
    if not _is_ours(place):
        return []
    folders = {str(read_json(path).get("folder") or "") for path in place.glob("*.json")}
    found = (on(DataFolder(Path(folder))) for folder in sorted(folders - {""}))
    return [running for running in found if running is not None]


def followed(settings: Settings) -> Settings:
    """The settings of the stack running on their folder or, without a folder, of any running stack."""
    data = DataFolder(settings.data_dir)
    here = on(data)
    if here is not None:
        return joined(settings, here)
    others = everywhere()
    if len(others) != 1 or _is_named(settings) or data.postgres.exists() or data.is_in_use():
        return settings
    print(f"Found {others[0]}.", file=sys.stderr)
    return joined(settings, others[0])


def meant(settings: Settings) -> Settings:
    """Like ``followed``; raises Problem if there is no installation, or more than one.

    This prevents an empty database next to the running one.
    """
    settings = followed(settings)
    data = DataFolder(settings.data_dir)
    if on(data) is not None:
        return settings
    if data.is_in_use():
        raise Problem(f"WhatsWay is just starting on {data.path}: try again in a moment.")
    others, is_made = everywhere(), data.postgres.exists()
    if is_made and (_is_named(settings) or not others):
        return settings
    raise Problem(_which(data, others, is_made=is_made))


def forget(data: DataFolder) -> None:
    """Remove an earlier stack's record: until the next one is ready it cannot be reached."""
    (data.run / NOTE).unlink(missing_ok=True)


def joined(settings: Settings, running: Running) -> Settings:
    """The settings with the running stack's folder and addresses."""
    return settings.model_copy(
        update={
            "data_dir": Path(running.folder),
            "environment": running.mode,
            "port": running.port,
            "public_url": running.app or settings.public_url,
            "temporal_ui_url": running.temporal_ui,
            "simulator_url": running.simulator or None,
        }
    )


def elsewhere(data: DataFolder) -> str:
    """A sentence about stacks running on other folders; "" if there are none."""
    others = [running for running in everywhere() if running.folder != str(data.path)]
    return _choices(others) if others else ""


def user_of(port: int) -> str:
    """Who uses a port, as far as we know."""
    return next((str(running) for running in everywhere() if port in running.ports), "")


def _which(data: DataFolder, others: list[Running], *, is_made: bool) -> str:
    what = (
        f"The WhatsWay in {data.path} does not run" if is_made else f"No WhatsWay is in {data.path}"
    )
    if others:
        own = f" Or WHATSWAY_DATA_DIR={data.path} for the one here." if is_made else ""
        return f"{what}. {_choices(others)}{own}"
    return (
        f"{what}, and none runs on this machine. Set WHATSWAY_DATA_DIR to the folder of yours, "
        "or start one with `whatsway up` or `whatsway demo`."
    )


def _choices(others: list[Running]) -> str:
    named = "; ".join(f"WHATSWAY_DATA_DIR={running.folder} for {running}" for running in others)
    return f"Running on this machine, set one of: {named}." if others[1:] else f"Set {named}."


def _is_named(settings: Settings) -> bool:
    return "data_dir" in settings.model_fields_set


def _place() -> Path:
    return Path(tempfile.gettempdir()) / f"whatsway-{os.getuid()}"


def _is_ours(place: Path) -> bool:
    """Ignore records that others could have written."""
    try:
        state = place.lstat()
    except OSError:
        return False
    return place.is_dir() and not place.is_symlink() and state.st_uid == os.getuid()


def _read(note: dict[str, Any]) -> Running | None:
    try:
        return Running(**note)
    except TypeError:  # from an earlier or later release
        return None
