"""Old messages are checked against the origins of 0005, beside the traffic; safe to repeat."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE messages VALIDATE CONSTRAINT ck_messages_origin")


def downgrade() -> None:
    """Nothing: a checked constraint is the same constraint."""
