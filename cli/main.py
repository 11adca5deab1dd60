"""The command `whatsway`: one place that knows every command."""

import os
import sys
from typing import Annotated

import typer

from cli import backups, demo, doctor, helps, keys, processes, tokens, up, users, webhooks
from cli.datafolder import OTHERS
from cli.forwarding import CONTEXT, forwarded
from cli.problems import Problem
from services.releases import UPDATE, VERSION

app = typer.Typer(
    name="whatsway",
    help="WhatsApp campaigns and inbox on your own machine.",
    epilog=helps.everything(),
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up", epilog=helps.everything())(up.up)
app.command("demo", epilog=helps.everything())(demo.demo)
app.command("api", epilog=helps.everything())(processes.api)
app.command("worker", epilog=helps.everything())(processes.worker)
app.command("simulator", epilog=helps.everything())(processes.simulator)
app.command("migrate", epilog=helps.INSTALLATION)(processes.migrate)
app.command("demo-seed", hidden=True)(demo.demo_seed)
app.command("doctor", epilog=helps.INSTALLATION)(doctor.doctor)
app.command("backup", epilog=helps.INSTALLATION)(backups.backup)
app.command("restore", epilog=helps.INSTALLATION)(backups.restore)
for group in (users.app, tokens.app, keys.app, webhooks.app):
    for registered in group.registered_commands:
        registered.epilog = helps.INSTALLATION
app.add_typer(users.app, name="user", epilog=helps.INSTALLATION)
app.add_typer(tokens.app, name="token", epilog=helps.INSTALLATION)
app.add_typer(keys.app, name="keys", epilog=helps.INSTALLATION)
app.add_typer(webhooks.app, name="webhook", epilog=helps.INSTALLATION)

bench = typer.Typer(help="Benchmarks on a throwaway stack.", no_args_is_help=True)
for name, target, summary in (
    ("campaign", "cli.bench.campaigns:campaign", "Send one campaign and print what it took."),
    ("lanes", "cli.bench.lanes:lanes", "Reply during a campaign and print how long that took."),
    (
        "pages",
        "cli.bench.pages:pages",
        "Open the pages during a campaign and print how long they took.",
    ),
    ("control", "cli.bench.controls:control", "Pause, throttle and stop; print how long it took."),
    (
        "launch",
        "cli.bench.launches:launch",
        "Launch large campaigns; print when the first message was sent.",
    ),
    ("import", "cli.bench.imports:import_contacts", "Import a messy file and print what it took."),
    (
        "automations",
        "cli.bench.automations.command:automations",
        "Let automations answer, wait and survive a crash; print what it took.",
    ),
    (
        "webhooks",
        "cli.bench.webhooks.command:webhooks",
        "Post signed webhooks; print how soon they were applied, and what was lost.",
    ),
    (
        "inbox",
        "cli.bench.inbox.command:inbox",
        "Open the pages of a full inbox and print how long they took.",
    ),
):
    bench.command(name, context_settings=CONTEXT)(forwarded(target, summary))
app.add_typer(bench, name="bench")
app.command("chaos", context_settings=CONTEXT)(
    forwarded(
        "cli.chaos.run:chaos", "Kill every component during a campaign and count the messages."
    )
)


@app.callback()
def everyone(
    version: Annotated[
        bool, typer.Option("--version", help="Print the release and how to upgrade.")
    ] = False,
) -> None:
    """WhatsApp campaigns and inbox on your own machine."""
    if version:
        print(f"whatsway {VERSION}\nUpdate: {UPDATE}")
        raise typer.Exit


def main() -> None:
    """Run a command; problems a person can fix end in one sentence and exit code 2."""
    os.umask(OTHERS)  # uploads, logs and keys are private
    try:
        app()
    except Problem as problem:
        print(f"whatsway: {problem}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
