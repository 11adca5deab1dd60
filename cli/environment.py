"""Settings for a command, and the environment for its children."""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr, ValidationError

from api.validation import sentence
from api.wording import say
from cli.problems import Problem
from settings import Settings

ROOT = Path(__file__).resolve().parent.parent


def load() -> Settings:
    """The settings from the environment and `.env`; an invalid one becomes one sentence."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else "a setting"
        own = first["type"] == "value_error"
        why = f"{first['ctx']['error']}." if own else say(sentence(first))
        raise Problem(
            f"The setting {name} is not usable: {why} Correct it in the environment or in .env; "
            "docs/settings.md explains each one."
        ) from error


def variable(field: str) -> str:
    """The environment variable behind a settings field."""
    alias = Settings.model_fields[field].validation_alias
    return str(alias) if alias else field.upper()


def variables(settings: Settings) -> dict[str, str]:
    """The settings as environment variables for a child process."""
    environment = {}
    for field in Settings.model_fields:
        value = getattr(settings, field)
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        if value is not None:
            environment[variable(field)] = str(value)
    return environment


def for_child(settings: Settings, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment with exactly these settings, and the project importable."""
    ours = {variable(field) for field in Settings.model_fields}
    inherited = {name: value for name, value in os.environ.items() if name.upper() not in ours}
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **inherited,
        **variables(settings),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        **(extra or {}),
    }
