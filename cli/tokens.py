"""`whatsway token`: API tokens for programs."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from cli import database, environment
from cli.problems import Problem
from cli.users import ACTOR_LABEL, by_email

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from domain.users import User

app = typer.Typer(help="API tokens for programs.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the token is for.")],
    email: Annotated[
        str, typer.Option(help="Whose token it is; it can do what this person can.")
    ] = "",
    scope: Annotated[
        list[str] | None, typer.Option(help="Repeatable, or separated by commas; default: all.")
    ] = None,
    days: Annotated[int, typer.Option(help="Days until it expires; 0 for never.")] = 365,
) -> None:
    """Create a token and print it once."""
    scopes = [part.strip() for text in scope or [] for part in text.split(",") if part.strip()]
    asyncio.run(_create(name, email, scopes, days))


@app.command("list")
def show() -> None:
    """Every live token: id, first characters, owner, scopes, last use."""
    asyncio.run(_show())


@app.command()
def revoke(token: Annotated[UUID, typer.Argument(help="The id that `token list` shows.")]) -> None:
    """Revoke a token."""
    asyncio.run(_revoke(token))


async def _create(name: str, email: str, scopes: list[str], days: int) -> None:
    from domain.actors import Actor
    from services import tokens

    if not 0 <= days <= tokens.LONGEST_DAYS:
        raise Problem(f"--days {days}: choose 1 to {tokens.LONGEST_DAYS} days, or 0 for never.")
    async with database.transaction(environment.load()) as session:
        user = await _owner(session, email)
        allowed = tokens.grantable(user)
        _check_scopes(scopes, {permission.value for permission in allowed}, user)
        made = await tokens.create(
            session,
            Actor(ACTOR_LABEL, user.id),
            user=user.id,
            allowed=frozenset(allowed),
            name=name,
            scopes=scopes or [permission.value for permission in allowed],
            expires_in_days=days or None,
            now=datetime.now(UTC),
        )
    print(made.secret)
    until = f"until {made.expires_at:%Y-%m-%d}" if made.expires_at else "until it is revoked"
    print(f"Shown only now; valid {until}; id {made.id}; send it as Authorization: Bearer TOKEN")


async def _owner(session: "AsyncSession", email: str) -> "User":
    """The person who will own the token; raises Problem naming the candidates."""
    from services import users

    if email.strip():
        user = await by_email(session, email)
        if user.is_active:
            return user
        raise Problem(f"{user.email} is deactivated: choose someone else.")
    people = [user.email for user in await users.everyone(session) if user.is_active]
    if not people:
        raise Problem(
            "The team has no members yet: whatsway user create you@example.com --role admin"
        )
    several = f" (or {', '.join(people[1:5])})" if people[1:] else ""
    raise Problem(f"Say whose token it is: --email {people[0]}{several}.")


def _check_scopes(scopes: list[str], allowed: set[str], user: "User") -> None:
    """Refuse unknown scopes, or ones beyond the person's rights, naming the valid ones."""
    from domain.permissions import Permission

    wrong = [scope for scope in scopes if scope not in allowed]
    if not wrong:
        return
    known = {permission.value for permission in Permission}
    if unknown := [scope for scope in wrong if scope not in known]:
        said = f"There is no scope {', '.join(unknown)}"
    else:
        said = f"{user.email} is {user.role} and may not give {', '.join(wrong)}"
    raise Problem(f"{said}: choose among {', '.join(sorted(allowed))}.")


async def _show() -> None:
    from services import tokens, users

    async with database.transaction(environment.load()) as session:
        listed = await tokens.list_for(session, None)
        owners = {user.id: user.email for user in await users.everyone(session)}
    for token in listed:
        used = f"{token.last_used_at:%Y-%m-%d %H:%M} UTC" if token.last_used_at else "never"
        owner = owners.get(token.user_id, "?")
        print(f"{token.id}  {token.prefix}…  {owner}  {token.name}  last used {used}")
        print(f"    {', '.join(token.scopes)}")
    if not listed:
        print("No tokens yet: whatsway token create my-program --email you@example.com")


async def _revoke(token_id: UUID) -> None:
    from domain.actors import Actor
    from services import tokens

    async with database.transaction(environment.load()) as session:
        now = datetime.now(UTC)
        await tokens.revoke(session, Actor(ACTOR_LABEL), token_id, now=now, user_id=None)
    print("Revoked.")
