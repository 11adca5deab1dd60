"""`whatsway user`: create people, list them, reset a password."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli import database, environment
from cli.problems import Problem

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from domain.users import User

app = typer.Typer(help="The people on the team.", no_args_is_help=True)
ACTOR_LABEL = "command line"


@app.command()
def create(
    email: Annotated[str, typer.Argument(help="The address to sign in with.")],
    role: Annotated[str, typer.Option(help="admin, manager or agent.")] = "agent",
    name: Annotated[str, typer.Option(help="As the team sees it; default: from the address.")] = "",
) -> None:
    """Create a person and print a generated password once."""
    asyncio.run(_create(email, role, name or email.partition("@")[0]))


@app.command("list")
def show() -> None:
    """Everybody, with role and last sign-in."""
    asyncio.run(_show())


@app.command("reset-password")
def reset_password(email: Annotated[str, typer.Argument(help="Whose password.")]) -> None:
    """Print a new password once and sign the person out everywhere."""
    asyncio.run(_reset_password(email))


async def _create(email: str, role: str, name: str) -> None:
    from domain.actors import Actor
    from domain.permissions import Role
    from services import users

    if role not in set(Role):
        raise Problem(f"{role} is not a role: choose {', '.join(Role)}.")
    async with database.transaction(environment.load()) as session:
        actor = Actor(ACTOR_LABEL)
        user, password = await users.create(session, actor, email=email, name=name, role=Role(role))
    print(f"{user.email} can sign in as {user.role} with the password {password}")
    print("It is shown only once: share it securely and have it changed under Profile.")


async def _show() -> None:
    from services import users

    async with database.transaction(environment.load()) as session:
        people = await users.everyone(session)
    for user in people:
        seen = f"{user.last_login_at:%Y-%m-%d %H:%M} UTC" if user.last_login_at else "never"
        state = "" if user.is_active else ", deactivated"
        print(f"{user.email:40} {user.role:8} last sign-in {seen}{state}")
    if not people:
        print("Nobody yet: whatsway user create you@example.com --role admin")


async def _reset_password(email: str) -> None:
    from domain.actors import Actor
    from services import users

    async with database.transaction(environment.load()) as session:
        user = await by_email(session, email)
        password = await users.reset_password(
            session, Actor(ACTOR_LABEL), user.id, datetime.now(UTC)
        )
    print(f"{user.email} can sign in with the password {password}")
    print("It is shown only once. This person was signed out everywhere.")


async def by_email(session: "AsyncSession", email: str) -> "User":
    """A person on the team by address; raises Problem."""
    from services import users

    wanted = email.strip().lower()
    team = await users.everyone(session)
    for user in team:
        if user.email == wanted:
            return user
    if not team:
        raise Problem(
            "The team has no members yet: whatsway user create you@example.com --role admin"
        )
    people = ", ".join(user.email for user in team[:5]) + (", …" if team[5:] else "")
    raise Problem(
        f"Nobody on the team has the address {email}. In the team: {people}. "
        "`whatsway user list` shows everyone."
    )
