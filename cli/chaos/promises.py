"""Raised by a fault when something promised did not happen while it lasted."""


class PromiseBroken(Exception):
    """Says which promise in one sentence."""
