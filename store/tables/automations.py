"""Automations: drafts, published versions, the triggers that act, runs and their steps, and what nodes write to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import BIGINT
from sqlalchemy.orm import Mapped, mapped_column

from domain.automations.states import Ending, WaitsFor
from domain.automations.status import AutomationStatus
from store.tables.base import Base, CreatedAt, Id, one_of


class AutomationRow(Base):
    """An automation: its draft, and which published version acts."""

    __tablename__ = "automations"
    __table_args__ = (
        one_of("status", AutomationStatus),
        Index("ix_automations_name_id", text("lower(name)"), "id"),
    )

    id: Mapped[Id]
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=AutomationStatus.DRAFT)
    archived_at: Mapped[datetime | None]
    draft: Mapped[dict[str, Any]]  # the document as drawn, whole or not
    revision: Mapped[int] = mapped_column(server_default="1")  # of the draft: one more at each save
    draft_at: Mapped[CreatedAt]
    draft_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    version: Mapped[int | None]  # the one that acts
    halted: Mapped[dict[str, Any] | None]  # which guard paused it, and whom it concerns
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]


class AutomationVersionRow(Base):
    """A published version; never changed."""

    __tablename__ = "automation_versions"

    automation_id: Mapped[UUID] = mapped_column(
        ForeignKey("automations.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True)
    graph: Mapped[dict[str, Any]]
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    published_at: Mapped[CreatedAt]


class AutomationTriggerRow(Base):
    """A trigger that acts: written when a version is published, gone when another is, or none acts."""

    __tablename__ = "automation_triggers"
    __table_args__ = (
        Index("ix_automation_triggers_type", "type"),
        Index(
            "ix_automation_triggers_next_at",
            "next_at",
            postgresql_where=text("next_at IS NOT NULL"),
        ),
    )

    automation_id: Mapped[UUID] = mapped_column(
        ForeignKey("automations.id", ondelete="CASCADE"), primary_key=True
    )
    trigger_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    type: Mapped[str]
    data: Mapped[dict[str, Any]]
    # Time and window triggers: everything up to ``done_until`` has started; looked at again at ``next_at``.
    done_until: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    missed_at: Mapped[datetime | None]  # a start that nothing could make in time: somebody decides


class AutomationHookRow(Base):
    """The secret address of a webhook trigger; it stays the same over versions."""

    __tablename__ = "automation_hooks"

    automation_id: Mapped[UUID] = mapped_column(
        ForeignKey("automations.id", ondelete="CASCADE"), primary_key=True
    )
    trigger_id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)  # of the token in the address
    token: Mapped[str]  # encrypted, to be shown again
    sample: Mapped[dict[str, Any] | None]  # the last payload, for mapping its values
    called_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class AutomationRunRow(Base):
    """One contact's way through one version; its workflow can be started again from here (law 7)."""

    __tablename__ = "automation_runs"
    __table_args__ = (
        one_of("waits", WaitsFor),
        one_of("ending", Ending),
        # Whatever starts a run names itself, so that nothing starts it twice.
        Index(
            "uq_automation_runs_automation_id_contact_id_cause",
            "automation_id", "contact_id", "cause",
            unique=True,
        ),
        Index(
            "ix_automation_runs_active_contact_id",
            "contact_id", "channel_id",
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_automation_runs_active_automation_id_node",
            "automation_id", "node",
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_automation_runs_due", "until",
            postgresql_where=text("ended_at IS NULL AND until IS NOT NULL"),
        ),
        Index("ix_automation_runs_automation_id_id", "automation_id", text("id DESC")),
        Index("ix_automation_runs_contact_id_id", "contact_id", text("id DESC")),
        Index(
            "ix_automation_runs_parent_id", "parent_id",
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
        {"postgresql_with": {"fillfactor": "80"}},
    )  # fmt: skip

    id: Mapped[Id]
    automation_id: Mapped[UUID] = mapped_column(ForeignKey("automations.id", ondelete="CASCADE"))
    version: Mapped[int]
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    trigger_id: Mapped[str]  # "" when started without one: by another automation
    cause: Mapped[
        str
    ]  # "entry:<journal id>", "time:<trigger>:<moment>", "hand:<key>", "hook:<key>", "run:<id>:<step>"
    entry_key: Mapped[str | None]  # the value of the trigger's re-entry key
    message_id: Mapped[UUID | None]  # that started it
    marketing: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[dict[str, Any]]  # domain.automations.states.State, without what has a column here
    answers: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    node: Mapped[str]
    step: Mapped[int] = mapped_column(server_default="1")
    waits: Mapped[str | None]
    until: Mapped[datetime | None]
    parent_id: Mapped[UUID | None]
    parent_step: Mapped[int | None]
    ending: Mapped[str | None]
    reason: Mapped[str] = mapped_column(server_default="")
    started_at: Mapped[CreatedAt]
    moved_at: Mapped[CreatedAt]  # of the last step
    ended_at: Mapped[datetime | None]


class AutomationStepRow(Base):
    """A step of a run: the node it entered, and the branch it left by."""

    __tablename__ = "automation_steps"
    __table_args__ = (
        Index("ix_automation_steps_automation_id_ended_at", "automation_id", "ended_at"),
    )

    run_id: Mapped[UUID] = mapped_column(
        ForeignKey("automation_runs.id", ondelete="CASCADE"), primary_key=True
    )
    step: Mapped[int] = mapped_column(primary_key=True)
    automation_id: Mapped[UUID]
    node: Mapped[str]
    type: Mapped[str]
    branch: Mapped[str | None]  # NULL: it is still there
    reason: Mapped[str] = mapped_column(server_default="")
    detail: Mapped[dict[str, Any] | None]
    started_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None]


class AutomationInboxRow(Base):
    """A message that came for a run; kept for its next wait until the run takes it."""

    __tablename__ = "automation_inbox"

    run_id: Mapped[UUID] = mapped_column(
        ForeignKey("automation_runs.id", ondelete="CASCADE"), primary_key=True
    )
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[CreatedAt]
    taken_at: Mapped[datetime | None]


class AutomationCountRow(Base):
    """How often a branch of a node was taken in an hour: steps of full hours, added up once."""

    __tablename__ = "automation_counts"

    automation_id: Mapped[UUID] = mapped_column(
        ForeignKey("automations.id", ondelete="CASCADE"), primary_key=True
    )
    node: Mapped[str] = mapped_column(primary_key=True)
    branch: Mapped[str] = mapped_column(primary_key=True)  # "" for a run that ended there
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    runs: Mapped[int] = mapped_column(BIGINT)


class AutomationSecretRow(Base):
    """A secret value for headers of requests, by the name nodes use."""

    __tablename__ = "automation_secrets"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]  # encrypted
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[CreatedAt]


class LabelRow(Base):
    """A label for conversations."""

    __tablename__ = "labels"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    color: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]


class ConversationLabelRow(Base):
    """A label on a conversation."""

    __tablename__ = "conversation_labels"
    __table_args__ = (Index("ix_conversation_labels_label_id", "label_id"),)

    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    label_id: Mapped[UUID] = mapped_column(
        ForeignKey("labels.id", ondelete="CASCADE"), primary_key=True
    )
    at: Mapped[CreatedAt]


class NoteRow(Base):
    """A note of the team in a conversation; customers never see it."""

    __tablename__ = "notes"
    __table_args__ = (
        Index("ix_notes_conversation_id_id", "conversation_id", text("id DESC")),
        Index(
            "uq_notes_run_id_step", "run_id", "step", unique=True,
            postgresql_where=text("run_id IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE")
    )
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    run_id: Mapped[UUID | None]  # an automation wrote it, at this step
    step: Mapped[int | None]
    text: Mapped[str]
    created_at: Mapped[CreatedAt]
