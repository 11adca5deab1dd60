"""What somebody deletes on the pages leaves ten seconds later, so that it can be taken back."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

THINGS: dict[str, tuple[Any, str, str]] = {
    "contact_id": (sa.Uuid(), "contacts", "id"),
    "group_id": (sa.Uuid(), "groups", "id"),
    "field_key": (sa.String(), "custom_fields", "key"),
    "campaign_id": (sa.Uuid(), "campaigns", "id"),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "leaving",
        sa.Column("id", sa.BIGINT(), sa.Identity(), nullable=False),
        sa.Column("deletion_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, kind) for name, (kind, _, _) in THINGS.items()),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.{key}"], name=f"fk_leaving_{name}_{table}", ondelete="CASCADE"
            )
            for name, (_, table, key) in THINGS.items()
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_leaving_user_id_users", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_leaving"),
        sa.CheckConstraint(
            "num_nonnulls(contact_id, group_id, field_key, campaign_id) = 1",
            name="ck_leaving_one_thing",
        ),
    )
    for column in THINGS:
        op.create_index(
            f"uq_leaving_{column}", "leaving", [column], unique=True,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )  # fmt: skip
    op.create_index("ix_leaving_deletion_id", "leaving", ["deletion_id"])
    op.create_index("ix_leaving_due_at", "leaving", ["due_at"])


def downgrade() -> None:
    op.drop_table("leaving")
