"""What a stack runs, and where: its ports, kept across restarts, and the addresses people use."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from cli import ports
from cli.datafolder import DataFolder
from cli.problems import Problem
from settings import Settings

SIMULATOR_URL = "http://127.0.0.1:8090"
STARTED = "started.json"
ADDRESSES = ("port", "public_url", "temporal_ui_url", "simulator_url")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a stack runs besides PostgreSQL."""

    api: bool = True
    worker: bool = True
    simulator: bool = False
    temporal: bool = True
    migrate: bool = True
    workers: int = 1
    """Worker processes, named worker, worker-2, …"""


@dataclass(frozen=True, slots=True)
class Urls:
    """Where a person or a client finds things."""

    app: str
    docs: str
    temporal_ui: str
    simulator: str
    phone: str


class Ports:
    """The internal ports, kept across restarts so that clients find them again."""

    def __init__(self, data: DataFolder) -> None:
        self._data = data
        self._before: dict[str, int] = data.read("ports.json")
        self._now: dict[str, int] = {}

    def internal(self, name: str) -> int:
        """The previous port if free, or else a new one."""
        port = self._before.get(name)
        if not isinstance(port, int) or not ports.is_free(port):
            port = ports.pick(set(self._now.values()))
        self._now[name] = port
        return port

    def remember(self) -> None:
        """Keep them for the next start."""
        self._data.write("ports.json", {**self._before, **self._now})


def require_ports(settings: Settings, parts: Parts) -> None:
    """Refuse a start if the usual ports are taken."""
    if parts.api:
        ports.require_free(settings.port, "the app", "PORT", settings.host)
    if parts.temporal and settings.temporal_address is None:
        port = port_of(settings.temporal_ui_url)
        ports.require_free(port, "the Temporal page", "TEMPORAL_UI_URL")
    if parts.simulator:
        port = port_of(settings.simulator_url or SIMULATOR_URL)
        ports.require_free(port, "the simulator", "SIMULATOR_URL")


def as_started(settings: Settings, data: DataFolder) -> Settings:
    """The settings with the running stack's addresses, as its shell may have had others."""
    written = data.read(STARTED)
    known = {name: written[name] for name in ADDRESSES if written.get(name)}
    return settings.model_copy(update=known)


def port_of(url: str) -> int:
    """The port of an address; raises Problem if there is none."""
    parts = urlsplit(url)
    try:
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        port = None
    if port is None:
        raise Problem(f"{url} is not a usable address: write it like http://127.0.0.1:8090.")
    return port
