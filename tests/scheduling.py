"""Which tests share a worker: those of a file, and all journeys, which share one running demo.

The `xdist_group` mark would say this, but pytest-xdist 3.8 writes it where pytest 9.2 no longer looks.
"""

from typing_extensions import override
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

JOURNEYS = "tests/e2e/"


class ByFile(LoadScopeScheduling):  # type: ignore[misc] # the base class has no types
    """Keeps a file together, and the whole folder of journeys."""

    @override
    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return JOURNEYS if path.startswith(JOURNEYS) else path
