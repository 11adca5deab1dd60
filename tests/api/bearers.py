"""API tokens with chosen rights, and requests that use one."""

from datetime import UTC, datetime
from typing import Any

from api.state import AppState
from domain.actors import SYSTEM
from domain.permissions import GRANTS, Permission, Role
from domain.users import User
from services import tokens


def bearer(token: str) -> dict[str, str]:
    """The header of a program."""
    return {"Authorization": f"Bearer {token}"}


async def made(state: AppState, user: User, scopes: list[Permission], **more: Any) -> str:
    """The text of a token of this person."""
    values: dict[str, Any] = {"expires_in_days": None, "now": datetime.now(UTC)} | more
    async with state.sessions.begin() as session:
        token = await tokens.create(
            session,
            SYSTEM,
            user=user.id,
            allowed=GRANTS[Role.ADMIN],
            name="tests",
            scopes=[scope.value for scope in scopes],
            **values,
        )
    return token.secret
