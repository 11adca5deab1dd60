"""The compose file has the production shape, and nothing secret has a default in it."""

import re

from cli.environment import ROOT, variable
from settings import Settings

COMPOSE = (ROOT / "docker-compose.yml").read_text()
SECRETS = ("POSTGRES_PASSWORD", "SESSION_SECRET", "ENCRYPTION_KEYS")


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
