"""Commands with heavy modules, imported when used rather than whenever `whatsway` starts."""

import importlib
from collections.abc import Callable
from typing import Any

import typer

# Everything after the command's name, including `--help`, goes to the forwarded command.
CONTEXT: dict[str, Any] = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "help_option_names": [],
}


def forwarded(target: str, summary: str) -> Callable[[typer.Context], None]:
    """A stand-in for the command function ``module:name``."""
    module, _, name = target.partition(":")

    def command(context: typer.Context) -> None:
        inner = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        inner.command()(getattr(importlib.import_module(module), name))
        inner(context.args, prog_name=context.command_path)

    command.__doc__ = summary
    return command
