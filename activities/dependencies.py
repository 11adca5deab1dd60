"""What activities need of the world, made once by the worker."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.vault import Vault
from whatsapp.client import CloudApi


@dataclass(frozen=True)
class Dependencies:
    """The database, the secrets, the Cloud API and the data folder.

    ``sessions`` make transactions; in ``statements`` every statement is a transaction of its own.
    """

    sessions: async_sessionmaker[AsyncSession]
    statements: async_sessionmaker[AsyncSession]
    database_url: str
    vault: Vault
    api: CloudApi
    data_dir: Path
