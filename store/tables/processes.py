"""Running processes of this installation and what they can reach."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, CreatedAt


class ProcessRow(Base):
    """One worker or API process; updated every few seconds, deleted a day after its last heartbeat."""

    __tablename__ = "processes"
    __table_args__ = ({"postgresql_with": {"fillfactor": "50"}},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    host: Mapped[str]
    version: Mapped[str]  # the newest migration it knows
    started_at: Mapped[CreatedAt]
    seen_at: Mapped[CreatedAt]
    ahead_ms: Mapped[int] = mapped_column(
        server_default="0"
    )  # its clock, compared with the database's
    looks: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """{name: {ok, since, ms, said}}: database, temporal, disk, whatsapp:<channel id>, first_channel:<mark>."""
