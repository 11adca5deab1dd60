"""Files that came with messages, pictures from other servers, and files that we send."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import BIGINT
from sqlalchemy.orm import Mapped, mapped_column

from domain.media import MediaState
from store.tables.base import Base, CreatedAt, one_of


class MediaFileRow(Base):
    """The file of one message; its content is in the data folder under its SHA-256."""

    __tablename__ = "media_files"
    __table_args__ = (
        one_of("state", MediaState),
        Index("ix_media_files_due", "next_try_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_media_files_sha256", "sha256", postgresql_where=text("sha256 IS NOT NULL")),
        Index("ix_media_files_created_at", "created_at"),
    )

    message_id: Mapped[UUID] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[str] = mapped_column(server_default=MediaState.WAITING)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    next_try_at: Mapped[CreatedAt]
    sha256: Mapped[str | None]  # hex
    mime_type: Mapped[str] = mapped_column(server_default="")
    size: Mapped[int] = mapped_column(BIGINT, server_default="0")
    error: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    kept_at: Mapped[datetime | None]


class PictureRow(Base):
    """A picture from another server, by the SHA-256 of its address; without ``sha256`` it could not be fetched."""

    __tablename__ = "pictures"
    __table_args__ = (
        Index("ix_pictures_sha256", "sha256", postgresql_where=text("sha256 IS NOT NULL")),
        Index("ix_pictures_fetched_at", "fetched_at"),
    )

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    sha256: Mapped[str | None]  # hex, of the content
    mime_type: Mapped[str] = mapped_column(server_default="")
    fetched_at: Mapped[CreatedAt]


class OutgoingFileRow(Base):
    """A file that somebody chose to send; its content is in the data folder under its SHA-256."""

    __tablename__ = "outgoing_files"
    __table_args__ = (Index("ix_outgoing_files_named_at", "named_at"),)

    sha256: Mapped[str] = mapped_column(primary_key=True)  # hex
    mime_type: Mapped[str]
    size: Mapped[int] = mapped_column(BIGINT)
    created_at: Mapped[CreatedAt]
    named_at: Mapped[CreatedAt]  # when something that may send it was last seen to name it


class OutgoingFileIdRow(Base):
    """A file as uploaded to WhatsApp for one number, which keeps it for 30 days."""

    __tablename__ = "outgoing_file_ids"
    __table_args__ = (
        Index("ix_outgoing_file_ids_uploaded_at", "uploaded_at"),
        Index("ix_outgoing_file_ids_channel_id", "channel_id"),
    )

    sha256: Mapped[str] = mapped_column(
        ForeignKey("outgoing_files.sha256", ondelete="CASCADE"), primary_key=True
    )
    channel_id: Mapped[UUID] = mapped_column(
        ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True
    )
    phone_number_id: Mapped[str]  # of the number as it was connected then
    media_id: Mapped[str]
    uploaded_at: Mapped[CreatedAt]
