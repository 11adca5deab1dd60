"""Raw connections to the application, for requests that no client would make."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.wires import Wire


@pytest.fixture
def wire(address: str) -> Iterator[Wire]:
    """Connections that the test opens and this closes."""
    port = urlsplit(address).port
    assert port is not None
    wire = Wire(port)
    yield wire
    wire.close()
