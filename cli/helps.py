"""The end of `--help`: the ports used by a start and the variables a command reads."""

from cli.environment import variable
from settings import Settings

_PORTS = (
    ("port", "the app"),
    ("temporal_ui_url", "Temporal's page"),
    ("simulator_url", "the simulator, in the demo"),
)
_OF_SIMULATOR = 8090


def ports() -> str:
    """The ports in use, and the variables that change them."""
    named = []
    for field, what in _PORTS:
        value = Settings.model_fields[field].default
        number = str(value or _OF_SIMULATOR).rpartition(":")[2]
        named.append(f"{number} {what} ({variable(field)})")
    return f"Ports: {', '.join(named)}."


def everything() -> str:
    """Ports and all variables."""
    names = ", ".join(variable(field).upper() for field in Settings.model_fields)
    return "\n\n".join((ports(), f"Variables, or lines of .env: {names}.", WHERE))


WHERE = "docs/settings.md explains each one."

INSTALLATION = (
    "Variables: WHATSWAY_DATA_DIR or DATABASE_URL select the installation; without them, the one running "
    "on this machine is used."
)
"""For commands that look for an installation."""
