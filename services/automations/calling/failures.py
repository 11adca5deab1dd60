"""Why a call failed."""

from domain.automations.reasons import Reason


class CallFailed(Exception):
    """No usable answer came; ``again``: another try may get one. ``status`` is that of the answer, 0 without one."""

    def __init__(self, reason: Reason, *, again: bool = False, status: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.again, self.status = reason, again, status
