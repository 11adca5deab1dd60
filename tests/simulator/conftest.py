"""One fresh simulator per test."""

from collections.abc import AsyncIterator

import pytest

from tests.simulator.harness import Sim, simulator


@pytest.fixture
async def sim() -> AsyncIterator[Sim]:
    """A quick simulator without faults."""
    async with simulator() as running:
        yield running
