"""Part of `whatsway doctor`: the release, and the ports needed for a start."""

from cli import ports, running
from cli.addresses import SIMULATOR_URL, port_of
from cli.datafolder import DataFolder
from cli.findings import Finding
from services.releases import UPDATE, VERSION
from settings import Settings


def release(data: DataFolder) -> Finding:
    """Which release is installed, and whether it is the one running."""
    found = running.on(data)
    if found is not None and found.version not in {"", VERSION}:
        detail = f"{VERSION} is installed, {found.version} runs"
        return Finding("WhatsWay", False, detail, "Stop it and start it again.")
    return Finding("WhatsWay", True, VERSION, f"Update: {UPDATE}")


def wanted(settings: Settings) -> list[tuple[str, int, str]]:
    """The ports needed for a start."""
    return [
        ("Port of the app", settings.port, "PORT"),
        ("Port of the Temporal page", port_of(settings.temporal_ui_url), "TEMPORAL_UI_URL"),
        (
            "Port of the simulator",
            port_of(settings.simulator_url or SIMULATOR_URL),
            "SIMULATOR_URL",
        ),
    ]


def look(name: str, port: int, setting: str) -> Finding:
    """Whether a start could use the port."""
    refused = ports.refusal(port)
    if refused is None:
        return Finding(name, True, f"{port} is free")
    if refused.errno in ports.FORBIDDEN:
        step = f"Choose another one with {setting}, above 1023."
        return Finding(name, False, f"{port} may not be used by this account", step)
    user = running.user_of(port)
    step = f"{'Use' if user else 'Stop the program that uses'} it, or choose another one with {setting}."
    return Finding(name, False, f"{port} is in use{f' by {user}' if user else ''}", step)
