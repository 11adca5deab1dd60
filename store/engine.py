"""The database engine, sessions, and the address in the form the driver wants."""

from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)


def driver_url(database_url: str) -> str:
    """``postgres://`` or ``postgresql://`` in, SQLAlchemy's psycopg address out."""
    _, _, rest = database_url.partition("://")
    return f"postgresql+psycopg://{rest}"


def libpq_url(database_url: str) -> str:
    """The plain address that psycopg itself takes."""
    _, _, rest = database_url.partition("://")
    return f"postgresql://{rest}"


def create_engine(database_url: str, pool_size: int = 10) -> AsyncEngine:
    """An engine that notices a restarted server and keeps statements prepared."""
    return create_async_engine(
        driver_url(database_url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=10,
        hide_parameters=True,  # values may be personal; they have no place in an error
        connect_args={"prepare_threshold": 3, "connect_timeout": 5},
    )


def create_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions that keep attributes readable after commit."""
    return async_sessionmaker(engine, expire_on_commit=False)
