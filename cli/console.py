"""What `up` and `demo` print: a few timestamped lines and the links."""

import os
import shutil
import sys
from datetime import datetime
from pathlib import Path

from cli.addresses import Urls


def say(text: str) -> None:
    """One event."""
    print(f"{datetime.now().astimezone():%H:%M:%S}  {text}", flush=True)


def links(urls: Urls, rows: list[tuple[str, str]]) -> None:
    """The table of addresses printed after a start."""
    width = max(len(name) for name, _ in rows)
    print()
    for name, value in rows:
        print(f"  {bold(name.ljust(width))}  {value}")
    print(f"\n  Ctrl-C stops it. Starting again continues where it was. ({urls.app})\n", flush=True)


def own() -> str:
    """How to run this program from here: by name if the shell finds it, or else by path."""
    here, found = Path(sys.executable).with_name("whatsway"), shutil.which("whatsway")
    if not here.exists() or (found is not None and Path(found).samefile(here)):
        return "whatsway"
    return relative(here)


def relative(path: Path) -> str:
    """A path as a person would type it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def bold(text: str) -> str:
    """Bold on a terminal, plain in a file."""
    return f"\x1b[1m{text}\x1b[0m" if sys.stdout.isatty() and "NO_COLOR" not in os.environ else text
