"""Why an effect cannot be done."""

from domain.automations.reasons import Reason


class EffectFailed(Exception):
    """What a node is to do cannot be done, now or later."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason
