"""What people say of models, and comparisons: one input through several of them."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from .base import Created, Id, Table


class ModelRating(Table):
    """One to five stars by somebody for whom the model has worked."""

    __tablename__ = "model_ratings"
    __table_args__ = (CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),)

    model: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    stars: Mapped[int]
    created_at: Mapped[Created]


class Comparison(Table):
    """Jobs of one tool with the same inputs, each with a model of its own; they name it and are its truth."""

    __tablename__ = "comparisons"
    __table_args__ = (Index("ix_comparisons_account", "account_id", "id"),)

    id: Mapped[Id]
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    tool_id: Mapped[str]
    created_at: Mapped[Created]
