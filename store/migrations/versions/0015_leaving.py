"""What somebody deletes on the pages leaves some seconds later, so that it can be taken back."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

THINGS: dict[str, tuple[Any, str, str]] = {
    "group_id": (sa.Uuid(), "groups", "id"),
    "field_key": (sa.String(), "custom_fields", "key"),
    "campaign_id": (sa.Uuid(), "campaigns", "id"),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "deletions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("ip", sa.String(), nullable=False),
        *(sa.Column(name, kind) for name, (kind, _, _) in THINGS.items()),
        sa.Column("contact_id", sa.Uuid()),
        sa.Column("contacts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("begun", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.{key}"], name=f"fk_deletions_{name}_{table}", ondelete="CASCADE"
            )
            for name, (_, table, key) in THINGS.items()
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_deletions_user_id_users", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deletions"),
        *(sa.UniqueConstraint(name, name=f"uq_deletions_{name}") for name in THINGS),
        sa.CheckConstraint(
            "num_nonnulls(group_id, field_key, campaign_id) <= 1", name="ck_deletions_one_thing"
        ),
    )
    op.create_table(
        "leaving",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("deletion_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name="fk_leaving_contact_id_contacts",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contact_id", name="pk_leaving"),
    )  # fmt: skip
    op.create_index("ix_leaving_deletion_id", "leaving", ["deletion_id"])


def downgrade() -> None:
    op.drop_table("leaving")
    op.drop_table("deletions")
