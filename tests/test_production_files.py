"""The compose file has the production shape, and nothing secret has a default in it."""

import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from typing_extensions import override

from cli import serving
from cli.embedded.postgres import installation
from cli.environment import ROOT, variable
from settings import Settings
from tests.postgres import ThrowawayPostgres

COMPOSE = (ROOT / "docker-compose.yml").read_text()
SECRETS = (
    "POSTGRES_PASSWORD", "APP_DB_PASSWORD", "TEMPORAL_DB_PASSWORD", "SESSION_SECRET", "ENCRYPTION_KEYS",
)  # fmt: skip
HANDED_OVER = """
    CREATE TABLE executions (id serial PRIMARY KEY, data text);
    CREATE VIEW listed AS SELECT id FROM executions;
    CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
"""


def services() -> dict[str, str]:
    """The text of each service by name."""
    section = COMPOSE.split("\nservices:\n", 1)[1].split("\nconfigs:\n", 1)[0]
    parts = re.split(r"^  ([a-z-]+):\n", section, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_part_of_production_is_there_with_a_health_check() -> None:
    found = services()
    assert {"postgres", "temporal", "temporal-ui", "migrate", "api", "worker"} <= found.keys()
    for name in ("postgres", "temporal", "api", "worker"):
        assert "healthcheck:" in found[name], name


def test_the_parts_wait_for_what_they_need() -> None:
    found = services()
    assert "condition: service_completed_successfully" in found["api"]
    assert "depends_on: *after_setup" in found["worker"]
    assert "condition: service_healthy" in found["migrate"]


def test_secrets_are_required_and_have_no_default() -> None:
    for name in SECRETS:
        uses = re.findall(r"\$\{" + name + r"([^}]*)\}", COMPOSE)
        assert uses, name
        assert all(use.startswith(":?") for use in uses), name


def test_only_loopback_is_published() -> None:
    published = re.findall(r'ports: \["([^"]+)"\]', COMPOSE)
    assert published
    assert all(address.startswith("127.0.0.1:") for address in published)


def test_every_variable_that_is_passed_on_is_a_setting() -> None:
    block = COMPOSE.split("&environment\n", 1)[1].split("\n  volumes:", 1)[0]
    passed = set(re.findall(r"^    ([A-Z_]+):", block, flags=re.MULTILINE))
    assert passed <= {variable(field) for field in Settings.model_fields}


def test_the_image_is_not_root_and_takes_locked_packages() -> None:
    image = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER whatsway$", image, flags=re.MULTILINE)
    assert "--require-hashes -r requirements.txt" in image
    packages = set(re.findall(r"^COPY ([a-z]+) \1$", image, flags=re.MULTILINE))
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert folders <= packages


@pytest.mark.fault("C9")
def test_every_container_is_limited() -> None:
    hardened = COMPOSE.split("&hardened\n", 1)[1].split("\n\n", 1)[0]
    for line in ("no-new-privileges:true", "cap_drop: [ALL]", "mem_limit:", "cpus:", "pids_limit:"):
        assert line in hardened
    assert "<<: *hardened" in COMPOSE.split("&whatsway\n", 1)[1].split("\nservices:", 1)[0]
    for name, service in services().items():
        assert "*hardened" in service or "*whatsway" in service, name


@pytest.mark.fault("C9")
def test_no_container_keeps_files_in_the_memory_it_needs() -> None:
    sizes = re.findall(r"/[a-z/]+:size=(\d+)([mg])", COMPOSE)
    assert sizes
    assert all(unit == "m" and int(size) <= 64 for size, unit in sizes)


@pytest.mark.fault("C9")
def test_uploads_on_their_way_lie_in_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    serving.keep_on_disk(tmp_path / "data")
    folder = tmp_path / "data" / "tmp"
    assert tempfile.gettempdir() == str(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    with tempfile.SpooledTemporaryFile(max_size=10) as file:
        file.write(b"more than that")
        assert list(folder.iterdir()) == []  # nothing is left by whatever dies
    monkeypatch.setattr(tempfile, "tempdir", None)
    (tmp_path / "file").touch()
    serving.keep_on_disk(tmp_path / "file")
    assert tempfile.tempdir is None


@pytest.mark.fault("C9")
def test_every_image_has_a_version_and_can_be_pinned() -> None:
    images = re.findall(r"^ +image: (.+)$", COMPOSE, flags=re.MULTILINE)
    assert len(images) > 5
    for image in images:
        assert re.fullmatch(r"\$\{[A-Z_]+_IMAGE:-[a-z/-]+:[a-z0-9.-]+\}", image), image


@pytest.mark.fault("C9")
def test_only_the_migration_knows_the_owner() -> None:
    knowing = [name for name, text in services().items() if "${POSTGRES_PASSWORD" in text]
    assert set(knowing) == {"postgres", "temporal-roles", "migrate"}
    assert "POSTGRES_PASSWORD" not in COMPOSE.split("&environment\n", 1)[1].split("\nservices:")[0]


@pytest.fixture
def server() -> Iterator[ThrowawayPostgres]:
    """Its own server: roles are shared by all databases of a server."""
    made = ThrowawayPostgres()
    made.start()
    yield made
    made.stop()


def of(server: ThrowawayPostgres, role: str, name: str) -> str:
    return f"postgresql://{role}@127.0.0.1:{server.port}/{name}"


@pytest.mark.fault("C9")
def test_temporal_gets_a_role_of_its_own(server: ThrowawayPostgres, tmp_path: Path) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE whatsway SUPERUSER LOGIN")
        connection.execute("CREATE ROLE whatsway_app LOGIN")
        for name in ("whatsway", "temporal"):  # the second as an earlier release made it
            connection.execute(f"CREATE DATABASE {name} OWNER whatsway".encode())
    with psycopg.connect(of(server, "whatsway", "temporal"), autocommit=True) as connection:
        connection.execute(HANDED_OVER)
    script = tmp_path / "roles.sql"
    content = COMPOSE.split("temporal_roles:\n    content: |\n", 1)[1].split("\nvolumes:", 1)[0]
    script.write_text(textwrap.dedent(content))
    address = urlsplit(server.url)
    environment = {
        "PGHOST": str(address.hostname), "PGPORT": str(address.port), "PGUSER": "whatsway",
        "PGDATABASE": "whatsway", "TEMPORAL_DB_PASSWORD": "it's", "PATH": os.defpath,
    }  # fmt: skip
    psql = [str(installation() / "bin" / "psql"), "--no-psqlrc", "--set=ON_ERROR_STOP=1"]
    for _ in range(2):  # it runs at every start
        subprocess.run(
            [*psql, f"--file={script}"], env=environment, check=True, capture_output=True
        )
    for name in ("temporal", "temporal_visibility"):
        with psycopg.connect(of(server, "temporal", name)) as connection:
            connection.execute("CREATE TABLE more (n int)")
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(of(server, "whatsway_app", name))
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(of(server, "temporal", "whatsway"))
    with psycopg.connect(of(server, "temporal", "temporal")) as connection:
        connection.execute("ALTER TABLE executions ADD COLUMN more text")
        connection.execute("DROP FUNCTION one()")
        connection.execute("DROP VIEW listed")
        row = connection.execute(
            "SELECT rolsuper FROM pg_roles WHERE rolname = 'temporal'"
        ).fetchone()
        assert row == (False,)


class Osv(BaseHTTPRequestHandler):
    """Knows one bad version of one package."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        body = json.dumps({"results": [self.known(query) for query in asked]}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def known(self, query: dict[str, Any]) -> dict[str, Any]:
        return {"vulns": [{"id": "GHSA-1"}]} if query["package"]["name"] == "htmx.org" else {}

    @override
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def audit(url: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OSV_URL": url}
    command = [sys.executable, str(ROOT / ".ci" / "audit")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.fault("C9")
def test_the_scan_of_packages_finds_and_says() -> None:
    away = audit("http://127.0.0.1:1/")
    assert (away.returncode, "NOT RUN" in away.stdout) == (0, True)
    service = HTTPServer(("127.0.0.1", 0), Osv)
    Thread(target=service.serve_forever, daemon=True).start()
    found = audit(f"http://127.0.0.1:{service.server_port}/")
    service.shutdown()
    service.server_close()
    assert found.returncode == 1
    assert "audit: npm htmx.org" in found.stdout
    assert "GHSA-1" in found.stdout
