"""What a fault raises when something that was promised did not happen while it lasted."""


class PromiseBroken(Exception):
    """Says which promise in one sentence."""
