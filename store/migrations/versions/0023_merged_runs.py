"""A run can end because its contact was merged with another one who was in the same automation."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BEFORE = (
    "completed", "goal", "handed_over", "failed", "stopped", "opted_out", "restarted", "removed",
)  # fmt: skip


def upgrade() -> None:
    """Allow the ending."""
    _allow(*BEFORE, "merged")


def downgrade() -> None:
    """Runs that ended so count as stopped."""
    op.execute("UPDATE automation_runs SET ending = 'stopped' WHERE ending = 'merged'")
    _allow(*BEFORE)


def _allow(*endings: str) -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE automation_runs DROP CONSTRAINT ck_automation_runs_ending")
    names = ", ".join(f"'{one}'" for one in endings)
    op.execute(
        f"ALTER TABLE automation_runs ADD CONSTRAINT ck_automation_runs_ending CHECK (ending IN ({names}))"
    )
