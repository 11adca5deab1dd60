"""The installation under attack, prepared for its faults: small disks, another host."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cli.bench.opening import open_scene
from cli.bench.scene import Scene
from cli.chaos import disks, networks
from cli.problems import Problem


def require(kinds: Sequence[str]) -> None:
    """Report what cannot be done on this machine instead of passing without it."""
    for kind, why_not in (("disk", disks.why_not), ("failover", networks.why_not)):
        reason = why_not() if kind in kinds else None
        if reason is not None:
            raise Problem(f"Faults of the kind {kind} cannot be made here: {reason}.")


@asynccontextmanager
async def arena(recipients: int, kinds: Sequence[str], **more: Any) -> AsyncIterator[Scene]:
    """A scene; removed at the end with its disks and hosts."""
    require(kinds)
    async with AsyncExitStack() as parts:
        folder = parts.enter_context(_folder())
        data = folder / "data"
        host = None
        if "disk" in kinds:
            await parts.enter_async_context(disks.small_disks(data))
        if "failover" in kinds:
            host = await parts.enter_async_context(networks.other_host())
        scene = await parts.enter_async_context(
            open_scene(
                recipients, folder=data, log_path=folder / "simulator.journal",
                detour=host.detour if host else None, **more,
            )
        )  # fmt: skip
        scene.host = host
        yield scene


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that PostgreSQL, which may run as another account, can traverse."""
    with TemporaryDirectory(prefix="whatsway-chaos-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        (folder / "data").mkdir()
        yield folder
