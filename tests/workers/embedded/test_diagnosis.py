"""What the doctor says of payments: nobody takes the stand-in for Stripe."""

from typing import Any

import pytest

from models.settings import Settings
from workers.embedded.diagnosis import _payments

LIVE = {"stripe_secret_key": "sk_live_1", "stripe_webhook_secret": "whsec_1"}


@pytest.mark.parametrize(
    ("keys", "state", "words"),
    [
        ({}, "warning", "stand-in"),
        ({"stripe_secret_key": "sk_live_1"}, "warning", "webhooks"),
        (LIVE, "ok", "live"),
        ({**LIVE, "stripe_secret_key": "sk_test_1"}, "ok", "no money moves"),
        ({**LIVE, "stripe_api_base": "http://x.invalid"}, "ok", "http://x.invalid"),
    ],
)
def test_who_takes_the_money_is_named(keys: dict[str, Any], state: str, words: str) -> None:
    found = _payments(Settings(**{"stripe_secret_key": None, **keys}))
    assert found.state == state and words in found.found
    assert found.advice if state == "warning" else not found.advice
