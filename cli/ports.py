"""TCP ports: is one free, find one, and remember which one a component uses."""

import random
import socket

from cli.problems import Problem

# Below the range the kernel takes outgoing ports from: a client that keeps reconnecting to a dead
# server inside that range can end up connected to itself and hold the port against the restart.
PICK_FROM = range(20_000, 31_000)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """True when a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def pick(taken: set[int] | None = None) -> int:
    """A free port that nobody in ``taken`` has been promised."""
    chooser = random.SystemRandom()
    for _ in range(200):
        port = chooser.choice(PICK_FROM)
        if port not in (taken or set()) and is_free(port):
            return port
    raise Problem("No free TCP port was found on 127.0.0.1: close some programs and try again.")


def require_free(port: int, what: str, setting: str, host: str = "127.0.0.1") -> None:
    """Refuse to start when a port that people know by heart is taken."""
    if not is_free(port, host):
        from cli import running  # which looks into data folders, on the way to a refusal only

        user = running.user_of(port)
        raise Problem(
            f"Port {port}, which {what} needs, is used by {user or 'another program'}: "
            f"{'use or stop that' if user else 'stop that program'}, or choose another port with {setting}."
        )
