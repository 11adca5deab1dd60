"""`whatsway doctor`: each dependency with ok or fail and the next step, and memory use."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from cli import (
    console,
    environment,
    memory,
    port_checks,
    probe,
    system_checks,
    temporal_checks,
)  # fmt: skip
from cli import running as stacks
from cli.addresses import SIMULATOR_URL, as_started, port_of
from cli.datafolder import DataFolder
from cli.findings import Finding, show
from cli.problems import Problem
from cli.system_checks import finding
from settings import Settings


@dataclass(frozen=True, slots=True)
class Patient:
    """What is checked: the settings, the data folder, and the children if the stack is running."""

    settings: Settings
    data: DataFolder
    running: bool
    pids: dict[str, int]
    restarts: dict[str, int]
    supervisor: int

    @classmethod
    def of(cls, settings: Settings) -> "Patient":
        """Check the data folder of these settings, or of the running stack if they name none."""
        settings = stacks.followed(settings)
        data = DataFolder(settings.data_dir)
        running = data.is_in_use()
        settings = as_started(settings, data) if running else settings
        written = data.read("pids.json") if running else {}
        rows = written.get("components", {})
        pids = {name: row["pid"] for name, row in rows.items() if row.get("pid")}
        restarts = {name: row["restarts"] for name, row in rows.items()}
        return cls(
            settings, data, running, pids, restarts, written.get("supervisor", {}).get("pid", 0)
        )


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object instead of a table.")
    ] = False,
) -> None:
    """Check every dependency and the stack, if running; exit code 1 if something fails."""
    patient = Patient.of(environment.load())
    findings = asyncio.run(examine(patient))
    sizes = memory.in_megabytes(patient.pids, patient.supervisor) if patient.running else {}
    if as_json:
        rows = [asdict(finding) for finding in findings]
        print(json.dumps({"findings": rows, "memory_mb": sizes, "restarts": patient.restarts}))
    else:
        elsewhere = "" if patient.running else stacks.elsewhere(patient.data)
        show(findings, sizes, running=patient.running, elsewhere=elsewhere)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


async def examine(patient: Patient) -> list[Finding]:
    """Every check, in the order things depend on each other."""
    findings: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            findings.append(await check(patient))
        except Problem as problem:
            findings.append(Finding(name, False, "failed", str(problem)))
    url = database_url(patient)
    if url is not None:
        built_in = patient.data.read("ports.json") if "temporal" in patient.pids else {}
        waiting = await temporal_checks.backlog(patient.settings, built_in.get("temporal"))
        findings += await system_checks.look(url, patient.settings.data_dir.expanduser(), waiting)
    if patient.running:
        findings += [await answers(patient, *row) for row in surfaces(patient)]
    else:
        findings += [port_checks.look(*row) for row in port_checks.wanted(patient.settings)]
    return findings


async def release(patient: Patient) -> Finding:
    """Which release is installed, and whether it is the one running."""
    return port_checks.release(patient.data)


async def python(_: Patient) -> Finding:
    """The interpreter."""
    ok = sys.version_info >= (3, 11)
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", ok, version, "" if ok else "Use Python 3.11 or newer.")


async def assets(_: Patient) -> Finding:
    """The pages' scripts and styles."""
    folder = environment.ROOT / "web" / "static" / "dist"
    ok = folder.is_dir() and any(folder.iterdir())
    return Finding(
        "Page assets", ok, "built" if ok else "missing", "" if ok else "Run `make setup`."
    )


async def data_folder(patient: Patient) -> Finding:
    """Readable, writable and with free space."""
    from services import checks

    return finding(await asyncio.to_thread(checks.data_folder, patient.data.path))


async def postgres(patient: Patient) -> Finding:
    """The configured or built-in server, its version, migrations and clock."""
    url = database_url(patient)
    if url is None and is_away(patient):
        step = "Set DATABASE_URL here too, to the same value as where WhatsWay was started."
        return Finding("PostgreSQL", True, "your own server, not checked", step)
    if url is None:
        from cli.embedded.postgres import MAJOR, installation

        return Finding("PostgreSQL", True, f"built in, {MAJOR} ({installation()}), not running")
    return await system_checks.on_database("postgres", url, patient.settings)


def database_url(patient: Patient) -> str | None:
    """Where a database can be queried now, or None."""
    if patient.settings.database_url is not None:
        return patient.settings.database_url
    if "postgres" not in patient.pids:
        return None
    from cli.embedded.postgres import EmbeddedPostgres

    return EmbeddedPostgres(patient.data, int(patient.data.read("ports.json")["postgres"])).url


def is_away(patient: Patient) -> bool:
    """Whether the stack runs on a database with an address unknown here."""
    found = stacks.on(patient.data)
    return database_url(patient) is None and found is not None and not found.database


def on_database(key: str, name: str) -> Callable[[Patient], Awaitable[Finding]]:
    """A check that needs the database, which may not be reachable from here."""

    async def check(patient: Patient) -> Finding:
        url = database_url(patient)
        if url is None:
            away = is_away(patient)
            why = "DATABASE_URL is not set here" if away else "the database is not running"
            return Finding(name, True, f"not checked: {why}")
        settings = temporal_checks.with_keys(patient.settings, patient.data)
        return await system_checks.on_database(key, url, settings)

    return check


receiving = on_database("receiving", "Receiving")
keys = on_database("keys", "Keys")
files = on_database("files", "Files")
sign_ins = on_database("sign_ins", "Sign-ins")


async def server_log(patient: Patient) -> Finding:
    """Whether the database logs what customers wrote."""
    if database_url(patient) is None and not is_away(patient):
        return Finding("PostgreSQL log", True, "built in, holds no customers' words")
    return await on_database("server_log", "PostgreSQL log")(patient)


async def temporal(patient: Patient) -> Finding:
    """The configured or built-in server."""
    if patient.settings.temporal_address is not None:
        from workflows import checks

        return finding(await checks.temporal(patient.settings))
    from cli.embedded.temporal import version_line

    found = stacks.on(patient.data)
    if found is not None and not found.temporal:
        step = "Set TEMPORAL_ADDRESS here too, to the same value as where WhatsWay was started."
        return Finding("Temporal", True, "your own server, not checked", step)
    version = await version_line()
    state = "running" if "temporal" in patient.pids else "not running"
    return Finding("Temporal", True, f"built in, {version}, {state}")


async def channels(patient: Patient) -> Finding:
    """Which addresses channels may call."""
    from services import checks

    return finding(checks.channels(patient.settings))


async def mail(patient: Patient) -> Finding:
    """Whether alerts can be sent."""
    from services import checks

    return finding(await checks.mail(patient.settings))


CHECKS: dict[str, Callable[[Patient], Awaitable[Finding]]] = {
    "WhatsWay": release,
    "Python": python,
    "Page assets": assets,
    "Data folder": data_folder,
    "PostgreSQL": postgres,
    "PostgreSQL log": server_log,
    "Receiving": receiving,
    "Temporal": temporal,
    "Keys": keys,
    "Files": files,
    "Sign-ins": sign_ins,
    "Channels": channels,
    "E-mail": mail,
}


def surfaces(patient: Patient) -> list[tuple[str, str, int, str]]:
    """What serves HTTP in a running stack: name, component, port, path."""
    settings = patient.settings
    rows = [
        ("App", "api", settings.port, "/ready"),
        ("Temporal page", "temporal", port_of(settings.temporal_ui_url), "/"),
        ("Simulator", "simulator", port_of(settings.simulator_url or SIMULATOR_URL), "/_sim/stats"),
    ]
    return [row for row in rows if row[1] in patient.pids]


async def answers(patient: Patient, name: str, component: str, port: int, path: str) -> Finding:
    """Whether a running part answers."""
    ok = await probe.http_ok(port, path)
    count = patient.restarts.get(component, 0)
    detail = f"http://127.0.0.1:{port}" + (f", restarted {count} times" if count else "")
    log = patient.data.logs / f"{component}.log"
    return Finding(name, ok, detail, "" if ok else f"Look into {console.relative(log)}.")
