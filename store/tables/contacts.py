"""People who get messages, their groups, custom fields and imports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import BIGINT
from sqlalchemy.orm import Mapped, mapped_column

from domain.contacts import FieldType, ImportStatus
from store.tables.base import Base, CreatedAt, Id, one_of


class ContactRow(Base):
    """A person; ``phone`` is E.164, ``phone_key`` is the form all variants of a number share."""

    __tablename__ = "contacts"
    __table_args__ = (Index("ix_contacts_name_id", text("lower(name)"), "id"),)

    id: Mapped[Id]
    phone: Mapped[str | None]
    phone_key: Mapped[str | None] = mapped_column(unique=True)
    phone_at: Mapped[
        datetime | None
    ]  # when WhatsApp reported it, by Meta's time; NULL = from the team
    bsuid: Mapped[str | None] = mapped_column(
        unique=True
    )  # the newest at last contact; all are in contact_identities
    name: Mapped[str] = mapped_column(server_default="")
    language: Mapped[str | None]
    timezone: Mapped[str | None]
    fields: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    source: Mapped[str] = mapped_column(
        server_default="manual"
    )  # manual, import, campaign, inbound, api, demo
    marketing_opt_out_at: Mapped[datetime | None]  # no marketing after this; utility is allowed
    marketing_agreed_at: Mapped[datetime | None]  # NULL without an opt-out: never asked
    blocked_at: Mapped[datetime | None]  # nothing may be sent
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class IdentityRow(Base):
    """A person's user id, or a number besides the one in ``contacts``; ``until`` is when it stopped being theirs.

    ``kind`` is ``user`` or ``phone`` (then ``value`` is the phone key); NULL ``until``: still theirs.
    """

    __tablename__ = "contact_identities"
    __table_args__ = (one_of("kind", ("phone", "user")),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), index=True
    )
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]


class MovedRow(Base):
    """A contact or conversation that was merged into another, so that old links still work."""

    __tablename__ = "moved_ids"

    old_id: Mapped[UUID] = mapped_column(primary_key=True)
    new_id: Mapped[UUID] = mapped_column(index=True)
    at: Mapped[CreatedAt] = mapped_column(index=True)


class GroupRow(Base):
    """A named set of contacts."""

    __tablename__ = "groups"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[CreatedAt]


class GroupMemberRow(Base):
    """One contact in one group."""

    __tablename__ = "group_members"

    group_id: Mapped[UUID] = mapped_column(
        ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True
    )
    contact_id: Mapped[UUID] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class CustomFieldRow(Base):
    """A field the team added to contacts; values live in ``contacts.fields`` under ``key``."""

    __tablename__ = "custom_fields"
    __table_args__ = (one_of("type", FieldType),)

    key: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]
    type: Mapped[str] = mapped_column(server_default=FieldType.TEXT)
    options: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    created_at: Mapped[CreatedAt]


class ImportRow(Base):
    """One import of a file: its mapping, its dry run and what it did."""

    __tablename__ = "imports"
    __table_args__ = (
        one_of("status", ImportStatus),
        Index(
            "ix_imports_working", "id", postgresql_where=text("status IN ('running', 'checking')")
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    file_name: Mapped[str]
    file_path: Mapped[str]  # relative to the data folder; removed when done
    status: Mapped[str] = mapped_column(server_default=ImportStatus.UPLOADED)
    options: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    mapping: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    error: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    finished_at: Mapped[datetime | None]


class ImportErrorRow(Base):
    """One of a file's first lines that did not become a contact unchanged, with the reason."""

    __tablename__ = "import_errors"
    __table_args__ = (Index("ix_import_errors_import_id_line", "import_id", "line"),)

    id: Mapped[int] = mapped_column(BIGINT, Identity(), primary_key=True)
    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"))
    line: Mapped[int]
    column: Mapped[str]
    code: Mapped[str]
    message: Mapped[str]
    raw: Mapped[str]
    imported: Mapped[bool] = mapped_column(
        server_default=text("false")
    )  # the row became a contact, without this value
