"""One installation for several measures, one after the other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType

import pytest

from cli.bench.scene import Scene

on_one = pytest.mark.asyncio(loop_scope="module")


def share(scene: Scene, monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
    """Whoever opens an installation in these modules gets the one that runs."""

    @asynccontextmanager
    async def same(*_: object, **__: object) -> AsyncIterator[Scene]:
        yield scene

    for module in modules:
        monkeypatch.setattr(module, "open_scene", same)
