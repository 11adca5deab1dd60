"""TCP ports: whether one is free, finding one, and remembering which one a component uses."""

import errno
import random
import socket

from cli.problems import Problem

# Below the kernel's range for outgoing ports: within it, a client that keeps reconnecting to a dead server can end up
# connected to itself and block the port for the restart.
PICK_FROM = range(20_000, 31_000)
FORBIDDEN = (errno.EACCES, errno.EPERM)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """True when a server could listen on the port now."""
    return refusal(port, host) is None


def refusal(port: int, host: str = "127.0.0.1") -> OSError | None:
    """Why a server could not listen there; None if it could."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, UnicodeError) as error:  # a name that cannot even be resolved
        return error if isinstance(error, OSError) else socket.gaierror(str(error))
    return None


def pick(taken: set[int] | None = None) -> int:
    """A free port that is not in ``taken``."""
    chooser = random.SystemRandom()
    for _ in range(200):
        port = chooser.choice(PICK_FROM)
        if port not in (taken or set()) and is_free(port):
            return port
    raise Problem("No free TCP port was found on 127.0.0.1: close some programs and try again.")


def require_free(port: int, what: str, setting: str, host: str = "127.0.0.1") -> None:
    """Refuse to start when a port that people know by heart is taken."""
    refused = refusal(port, host)
    if refused is None:
        return
    if isinstance(refused, socket.gaierror) or refused.errno == errno.EADDRNOTAVAIL:
        raise Problem(f"{host} is not an address of this machine: correct HOST.")
    if refused.errno in FORBIDDEN:
        raise Problem(
            f"Port {port}, which {what} needs, may not be used by this account: choose another port "
            f"with {setting}, above 1023."
        )
    from cli import running  # reads data folders, so import it only for a refusal

    user = running.user_of(port)
    raise Problem(
        f"Port {port}, which {what} needs, is used by {user or 'another program'}: "
        f"{'use or stop that' if user else 'stop that program'}, or choose another port with {setting}."
    )
