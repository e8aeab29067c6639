"""Cards that customers have left with the stand-in, and payment intents that charge one while nobody is there."""

from . import objects_paid
from .cards import PAYING, decline_of, declined
from .desk import Desk
from .forms import Refused, hash_of, number, truth, wanted
from .objects import Object


class Drawing:
    """Payment methods and payment intents, the latter confirmed at once."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def cards(self, given: Object, id: str) -> list[Object]:
        """Those of a customer, the newest first."""
        customer = self.desk.found(id, "customer")
        left = self.desk.wallet(id)["cards"] if given.get("type") in (None, "card") else []
        return [self._card(each, id, customer["created"]) for each in left]

    def attach(self, given: Object, id: str) -> Object:
        """Leave a card; raises ``Refused`` (402) for one that is declined then already."""
        customer = self.desk.found(wanted(given, "customer"), "customer", "customer")
        self.desk.keep_card(customer, id)
        return self._card(id, customer["id"], self.desk.now())

    def create(self, given: Object) -> Object:
        """Charge a card that was left; raises ``Refused`` (402) where it is declined."""
        if not (truth(given.get("confirm", "")) and truth(given.get("off_session", ""))):
            raise Refused("the stand-in charges cards that were left, at once", param="confirm")
        customer, method = wanted(given, "customer"), wanted(given, "payment_method")
        if method not in self.desk.wallet(customer)["cards"]:
            raise Refused(f"No such PaymentMethod: '{method}'", code="resource_missing", param="payment_method")
        amount, currency = number(given, "amount"), wanted(given, "currency")
        kinds, metadata = given.get("payment_method_types") or ["card"], hash_of(given, "metadata")
        why = decline_of(method)
        if why is not None:
            tried = self.desk.decline(amount, currency, customer, kinds, metadata, why)
            raise declined(tried["last_payment_error"], tried)
        made = self.desk.take(amount, currency, customer, kinds, metadata, method)
        return self.desk.store.put(made | {"description": given.get("description")})

    def all(self, given: Object) -> list[Object]:
        """The payments of a customer, or of all, the newest first."""
        found = self.desk.store.all("payment_intent")
        return [each for each in found if given.get("customer") in (None, each["customer"])]

    def _card(self, method: str, customer: str, now: int) -> Object:
        brand, last4 = PAYING.get(method, ("visa", "0341"))
        return objects_paid.card(method, customer, now, brand, last4)
