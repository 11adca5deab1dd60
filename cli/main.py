"""The command `whatsway`: one place that knows every command."""

import sys

import typer

from cli import demo, doctor, processes, tokens, up, users
from cli.problems import Problem

app = typer.Typer(
    name="whatsway",
    help="WhatsApp campaigns, automations and inbox on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up")(up.up)
app.command("demo")(demo.demo)
app.command("api")(processes.api)
app.command("worker")(processes.worker)
app.command("simulator")(processes.simulator)
app.command("migrate")(processes.migrate)
app.command("demo-seed", hidden=True)(demo.demo_seed)
app.command("doctor")(doctor.doctor)
app.add_typer(users.app, name="user")
app.add_typer(tokens.app, name="token")


def main() -> None:
    """Run a command; what a person can repair is one sentence and exit code 2."""
    try:
        app()
    except Problem as problem:
        print(f"whatsway: {problem}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
