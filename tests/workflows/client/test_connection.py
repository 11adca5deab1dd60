"""Connecting to an external Temporal: an API key is never sent in the clear."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from cli import environment
from cli.chaos import certificates
from cli.problems import Problem
from settings import Settings
from workflows.client import connect

pytestmark = pytest.mark.fault("D7")

CLIENT_HELLO = b"\x16\x03"
HTTP_2 = b"PRI * HTTP/2.0"


async def first_words(**changes: Any) -> bytes:
    """What a server hears first from us."""
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not heard.done():
            heard.set_result(await reader.read(100))
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        settings = Settings.model_construct(temporal_address=address, **changes)
        connecting = asyncio.create_task(connect(settings, lazy=False))
        said = await heard
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
    return said


async def test_without_anything_it_is_plain() -> None:
    assert (await first_words()).startswith(HTTP_2)


@pytest.mark.parametrize("name", ["ca", "name", "client", "key", "switch"])
async def test_whatever_asks_for_tls_gets_it(name: str, tmp_path: Path) -> None:
    file = certificates.make(str(tmp_path))
    changes: dict[str, dict[str, Any]] = {
        "ca": {"temporal_tls_server_ca_cert_path": file},
        "name": {"temporal_tls_server_name": "temporal.example.com"},
        "client": {"temporal_tls_client_cert_path": file, "temporal_tls_client_key_path": file},
        "key": {"temporal_api_key": SecretStr("secret")},
        "switch": {"temporal_tls": True},
    }
    assert (await first_words(**changes[name])).startswith(CLIENT_HELLO)


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("TEMPORAL_TLS_SERVER_CA_CERT_PATH", "does not point to a file"),
        ("TEMPORAL_TLS_CLIENT_KEY_PATH", "does not point to a file"),
    ],
)
def test_a_file_that_is_not_there_is_named(
    variable: str, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "nowhere.pem"))
    with pytest.raises(Problem, match=f"{variable}.*{words}"):
        environment.load()


def test_a_certificate_without_its_key_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = certificates.make(str(tmp_path))
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", str(file))
    with pytest.raises(Problem, match=r"TEMPORAL_TLS_CLIENT_KEY_PATH.*set together"):
        environment.load()
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_KEY_PATH", str(file))
    assert environment.load().has_temporal_tls


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:p@host:abc/db", "postgresql://u:se/cret@host/db", "postgresql://u@[::1/db",
     "mysql://u@host/db", "host/db", "postgresql://u@one:1,two:b/db"],
)  # fmt: skip
def test_an_address_of_a_database_that_nobody_can_read_is_one_sentence(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        with monkeypatch.context() as patched:
            patched.setenv(variable, url)
            with pytest.raises(Problem, match=f"{variable} is not usable") as problem:
                environment.load()
            assert "se/cret" not in str(problem.value)
            assert "'se'" not in str(problem.value)


@pytest.mark.parametrize(
    "url",
    ["postgres://u:p%2F@h/db", "postgresql://u@one:1,two:2/db?sslmode=require", "postgresql://[::1]:5/db",
     "postgresql:///db?host=%2Frun%2Fpostgresql", ""],
)  # fmt: skip
def test_addresses_as_libpq_takes_them_are_taken(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert environment.load().database_url == (url or None)
