"""What the ledger tells."""

from pydantic import BaseModel, ConfigDict


class Balance(BaseModel):
    """Credits of an account: ``available`` = ``balance`` - ``held``; the totals are over all time."""

    model_config = ConfigDict(frozen=True)

    balance: int
    held: int
    available: int
    total_earned: int
    total_spent: int
