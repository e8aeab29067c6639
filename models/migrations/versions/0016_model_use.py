"""Jobs name their model; ratings; comparisons."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "model_ratings",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_model_ratings_stars")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_model_ratings_user_id")),
        sa.PrimaryKeyConstraint("model", "user_id", name=op.f("pk_model_ratings")),
    )
    op.create_table(
        "comparisons",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("tool_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_comparisons_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparisons")),
    )
    op.create_index("ix_comparisons_account", "comparisons", ["account_id", "id"])
    op.add_column("jobs", sa.Column("model", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("comparison_id", sa.Text(), nullable=True))
    op.create_foreign_key(op.f("fk_jobs_comparison_id"), "jobs", "comparisons", ["comparison_id"], ["id"])
    named = sa.text("model IS NOT NULL")
    op.create_index("ix_jobs_model", "jobs", ["model", "completed_at"], postgresql_where=named)
    op.create_index("ix_jobs_model_ended", "jobs", ["completed_at", "model"], postgresql_where=named)
    compared = sa.text("comparison_id IS NOT NULL")
    op.create_index("ix_jobs_comparison", "jobs", ["comparison_id"], postgresql_where=compared)


def downgrade() -> None:
    op.drop_index("ix_jobs_comparison", "jobs")
    op.drop_index("ix_jobs_model_ended", "jobs")
    op.drop_index("ix_jobs_model", "jobs")
    op.drop_constraint(op.f("fk_jobs_comparison_id"), "jobs")
    op.drop_column("jobs", "comparison_id")
    op.drop_column("jobs", "model")
    op.drop_table("comparisons")
    op.drop_table("model_ratings")
