"""Contact names for the simulator's phone, which shows the business's names for people."""

from collections.abc import Awaitable, Callable, Sequence

Lookup = Callable[[Sequence[str]], Awaitable[dict[str, str]]]


def lookup(database_url: str) -> Lookup:
    """Finds names in the product's database; none while it is down or still empty."""
    from sqlalchemy.exc import SQLAlchemyError

    from services import demo
    from store.engine import Use, create_engine, create_sessions

    sessions = create_sessions(create_engine(database_url, pool_size=1, use=Use.COMMAND))

    async def find(digits: Sequence[str]) -> dict[str, str]:
        try:
            async with sessions() as session:
                return await demo.names(session, digits)
        except (SQLAlchemyError, OSError):
            return {}

    return find
