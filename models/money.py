"""Amounts of money: whole numbers of a currency's minor unit, never fractions of it.

Decimals are those of ISO 4217; payment providers charge currencies of three decimals in tens of their thousandths.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]

NO_DECIMALS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"]
)
THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "JP¥"}


def decimals(currency: str) -> int:
    """Digits after the point: 0, 2 or 3."""
    return 0 if currency in NO_DECIMALS else 3 if currency in THREE_DECIMALS else 2


class Money(BaseModel):
    """``amount`` minor units of ``currency`` (ISO 4217, upper case); below zero for what is given back."""

    model_config = ConfigDict(frozen=True)

    amount: int
    currency: Currency

    def __str__(self) -> str:
        """As people write it: ``¥68.00``, ``JP¥1,500``, ``KWD 3.000``."""
        digits = decimals(self.currency)
        whole, part = divmod(abs(self.amount), 10**digits)
        number = f"{whole:,}" + (f".{part:0{digits}d}" if digits else "")
        sign = "-" if self.amount < 0 else ""
        return f"{sign}{SYMBOLS.get(self.currency) or self.currency + ' '}{number}"
