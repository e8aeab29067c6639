"""Automatic tax, from a fixed table: enough to try every path with, and no advice to anybody."""

from fractions import Fraction
from typing import Any

from . import objects_offers as shapes
from .amounts import Tax
from .forms import Refused, hash_of, wanted
from .objects import Object, new_id
from .store import Store

RATES = {
    "AT": "20", "AU": "10", "CH": "8.1", "CN": "6", "DE": "19", "ES": "21", "FR": "20", "GB": "20", "IT": "22",
    "JP": "10", "KR": "10", "KW": "0", "NL": "21", "SG": "9", "US": "8.875",
}  # fmt: skip
"""Percent, by country in which this stand-in's seller is registered."""
EU = frozenset(["AT", "DE", "ES", "FR", "IT", "NL"])
ADDED = frozenset(["usd", "cad"])
"""Currencies in which a tax comes on top unless a price says otherwise (Stripe: ``inferred_by_currency``)."""
KINDS = {"eu_vat": "VAT", "gb_vat": "VAT", "cn_tin": "TIN", "jp_trn": "TRN", "us_ein": "EIN", "au_abn": "ABN",
         "ch_vat": "VAT", "sg_gst": "GST", "kr_brn": "BRN"}  # fmt: skip
NOWHERE = (
    "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax."
)


def place_of(customer: Object) -> str | None:
    """The country in which a customer is taxed, if it is known."""
    return (customer["address"] or {}).get("country")


def standing_of(store: Store, customer: Object) -> Object:
    """The part ``tax`` of a customer, which is there for those who ask for it."""
    country = place_of(customer)
    state = "unrecognized_location" if country is None else "supported" if country in RATES else "not_collecting"
    location = None if country is None else {"country": country, "source": "billing_address", "state": None}
    return {"automatic_tax": state, "ip_address": None, "location": location, "provider": "stripe"}


def tax_of(store: Store, customer: Object, currency: str, behavior: str) -> Tax:
    """The tax on what a customer buys; raises ``Refused`` where nobody knows where that is."""
    country = place_of(customer)
    if country is None:
        raise Refused(NOWHERE, code="customer_tax_location_invalid")
    inclusive = currency not in ADDED if behavior == "unspecified" else behavior == "inclusive"
    reason, percent = "standard_rated", RATES.get(country)
    if percent is None:
        reason, percent = "not_collecting", "0"
    elif country in EU and any(each["type"] == "eu_vat" for each in ids_of(store, customer["id"])):
        reason, percent = "reverse_charge", "0"
    return Tax(Fraction(percent) / 100, inclusive, _rate(store, country, percent, inclusive), reason)


def ids_of(store: Store, customer_id: str) -> list[Object]:
    """The tax ids that a customer has left."""
    return [each for each in store.all("tax_id") if each["customer"] == customer_id]


def add_id(store: Store, customer: Object, given: dict[str, Any], now: int) -> Object:
    """One more; raises ``Refused`` for a kind that is not known."""
    kind, value = wanted(given, "type"), wanted(given, "value")
    if kind not in KINDS:
        raise Refused(f"Invalid type: {kind}", param="type")
    if not value.isascii() or len(value) < 5:
        raise Refused(f"Invalid value for {kind}.", code="tax_id_invalid", param="value")
    return store.put(shapes.tax_id(kind, value, customer["id"], now))


def address_of(given: dict[str, Any]) -> Object | None:
    """A customer's address from a form; None where it names none."""
    found = hash_of(given, "address")
    if not found:
        return None
    country = found.get("country")
    if country is not None and not (len(country) == 2 and country.isascii() and country.isupper()):
        raise Refused(f"Country '{country}' is unknown. Try using a 2-character alphanumeric country code instead.",
                      param="address[country]")  # fmt: skip
    names = ("city", "country", "line1", "line2", "postal_code", "state")
    return {name: found.get(name) for name in names}


def _rate(store: Store, country: str, percent: str, inclusive: bool) -> str:
    key = f"rate:{country}:{percent}:{inclusive}"
    known = store.fact(key)
    if known is None:
        known = str(store.put(shapes.tax_rate(new_id("txr"), country, percent, inclusive))["id"])
        store.remember(key, known)
    return known
