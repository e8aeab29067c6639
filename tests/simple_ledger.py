"""The ledger as a handful of numbers in memory: what the real one is compared with. One account, no database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class SimpleGrant:
    """``expires``: when; ``expired``: that time has passed; ``away``: what was taken back, None if nothing."""

    name: str
    remaining: int
    expires: datetime = FOR_EVER
    expired: bool = False
    away: int | None = None


@dataclass
class SimpleLedger:
    """``holds``: by id, what each has of which grant (by its position)."""

    grants: list[SimpleGrant] = field(default_factory=list)
    holds: dict[str, dict[int, int]] = field(default_factory=dict)
    earned: int = 0
    spent: int = 0

    @property
    def held(self) -> int:
        return sum(sum(parts.values()) for parts in self.holds.values())

    @property
    def available(self) -> int:
        """What is not held: also what has expired, until somebody sweeps."""
        return sum(each.remaining for each in self.grants)

    @property
    def spendable(self) -> int:
        return sum(each.remaining for each in self.grants if not each.expired)

    def give(self, name: str, amount: int, expires: datetime = FOR_EVER) -> None:
        self.grants.append(SimpleGrant(name, amount, expires))
        self.earned += amount

    def named(self, name: str) -> SimpleGrant:
        return next(each for each in self.grants if each.name == name)

    def hold(self, hold_id: str, amount: int) -> bool:
        """Take from the soonest to expire; False, and nothing is taken, where there is too little."""
        if amount > self.spendable:
            return False
        parts = self.holds.setdefault(hold_id, {})
        for position in self._order(range(len(self.grants))):
            grant = self.grants[position]
            part = 0 if grant.expired else min(amount, grant.remaining)
            if part:
                grant.remaining -= part
                parts[position] = parts.get(position, 0) + part
                amount -= part
        return True

    def carve(self, parent: str, child: str, amount: int) -> bool:
        """Out of a hold, and what that lacks anew; False where there is too little."""
        part = min(amount, self.size(parent))
        if part < amount and not self.hold(child, amount - part):
            return False
        into = self.holds.setdefault(child, {})
        for position, moved in self._off(parent, part).items():
            into[position] = into.get(position, 0) + moved
        return True

    def charge(self, hold_id: str, amount: int) -> None:
        self._off(hold_id, amount)
        self.spent += amount

    def end(self, hold_id: str, used: int) -> None:
        """Charge ``used``; the rest goes back, to the last to expire first. What goes to an expired grant is lost."""
        parts = self.holds.pop(hold_id)
        self.spent += used
        back = sum(parts.values()) - used
        for position in reversed(self._order(parts)):
            part = min(back, parts[position])
            back -= part
            grant = self.grants[position]
            if grant.away is not None:
                grant.away += part
                self.spent += part
            elif grant.expired:
                self.spent += part
            else:
                grant.remaining += part

    def expire(self, name: str, at: datetime) -> None:
        """Its time passes; nobody has swept yet."""
        grant = self.named(name)
        grant.expires, grant.expired = at, True

    def sweep(self) -> None:
        for grant in self.grants:
            if grant.expired:
                self.spent += grant.remaining
                grant.remaining = 0

    def take_back(self, name: str) -> int:
        """What is left of a grant goes, once; what is held of it goes once it is released."""
        grant = self.named(name)
        if grant.away is not None:
            return 0
        grant.away, grant.remaining = grant.remaining, 0
        self.spent += grant.away
        return grant.away

    def give_again(self, name: str, expires: datetime) -> int:
        """All of that comes back, to be spent until another time."""
        grant = self.named(name)
        if grant.away is None:
            return 0
        amount, grant.away, grant.expires = grant.away, None, expires
        grant.remaining += amount
        self.earned += amount
        return amount

    def size(self, hold_id: str) -> int:
        return sum(self.holds[hold_id].values())

    def _off(self, hold_id: str, amount: int) -> dict[int, int]:
        """Parts that leave a hold, those of the soonest to expire first."""
        parts, gone = self.holds[hold_id], {}
        for position in self._order(parts):
            gone[position] = min(amount, parts[position])
            parts[position] -= gone[position]
            amount -= gone[position]
        return gone

    def _order(self, positions: "range | dict[int, int]") -> list[int]:
        return sorted(positions, key=lambda position: (self.grants[position].expires, position))
