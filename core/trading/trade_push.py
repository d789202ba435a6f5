"""Which connection hears about which account's orders and fills (2008), and the way of that news (2208, 2218)."""

from __future__ import annotations

from collections.abc import Sequence

from core.model.topics import Push, PushTarget


class TradePush:
    """The accounts each connection listed last. A connection that listed nothing hears nothing."""

    def __init__(self) -> None:
        self._accounts: dict[PushTarget, frozenset[int]] = {}
        self._hearers: dict[int, tuple[PushTarget, ...]] = {}

    def listen(self, target: PushTarget, accounts: frozenset[int]) -> None:
        """Replace the whole list of a connection; an empty one ends its pushes."""
        before = self._accounts.pop(target, frozenset())
        if accounts:
            self._accounts[target] = accounts
        for account in before | accounts:
            hearers = tuple(other for other, listed in self._accounts.items() if account in listed)
            if hearers:
                self._hearers[account] = hearers
            else:
                self._hearers.pop(account, None)

    def forget(self, target: PushTarget) -> None:
        """The connection is gone; may be called twice."""
        self.listen(target, frozenset())

    def accounts_of(self, target: PushTarget) -> frozenset[int]:
        """What a connection listed last."""
        return self._accounts.get(target, frozenset())

    def is_heard(self, account_id: int) -> bool:
        """Whether anybody listed an account."""
        return account_id in self._hearers

    def deliver(self, account_id: int, pushes: Sequence[Push]) -> None:
        """Offer news of an account, encoded once, in order, to everybody who listed it."""
        for target in self._hearers.get(account_id, ()):
            for push in pushes:
                target.offer(push)
