"""Which system account PostgreSQL runs as: it refuses to run as root."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from cli.problems import Problem

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """A system account by number."""

    user: int
    group: int


def unprivileged() -> Account | None:
    """The account to switch to, or None when we already run without privileges."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise Problem(
        "PostgreSQL refuses to run as root and there is neither a postgres nor a nobody account: "
        "run WhatsWay as an ordinary user, or set DATABASE_URL to your own PostgreSQL."
    )


def let_pass(target: Path, account: Account | None) -> None:
    """Let the account reach a path below folders such as /root: search permission, nothing more."""
    if account is None:
        return
    for folder in target.resolve().parents:
        details = folder.stat()
        by_group = details.st_gid == account.group and details.st_mode & stat.S_IXGRP
        if details.st_uid != account.user and not by_group and not details.st_mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(details.st_mode) | stat.S_IXOTH)


def let_in(folder: Path, account: Account | None) -> None:
    """Let the account traverse our folder through its group, keeping others out."""
    if account is None:
        return
    os.chown(folder, -1, account.group)
    folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXGRP)


def let_read(tree: Path, account: Account | None) -> None:
    """Let the account read and run a program's files that a strict umask protects."""
    if account is None or tree.stat().st_mode & stat.S_IXOTH:
        return
    for path in (tree, *tree.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        executable = stat.S_IXOTH if mode & stat.S_IXUSR else 0
        path.chmod(mode | stat.S_IROTH | executable)


def give(path: Path, account: Account | None) -> None:
    """Change the owner of a folder and everything in it to the account."""
    if account is None:
        return
    for entry in (path, *path.rglob("*")):
        os.chown(entry, account.user, account.group, follow_symlinks=False)
