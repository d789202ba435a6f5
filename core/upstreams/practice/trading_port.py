"""The TradingSource side of the practice source: passes on to its trading part."""

from __future__ import annotations

from collections.abc import Sequence

from core.model.errors import UserFacingError
from core.model.trading import SecurityFirm
from core.model.trading_status import AccountBook, AccountRow, OrderStep
from core.upstreams.practice.practice_trading import PracticeTrading


class TradingPort:
    """What the gateway asks of a source that trades; a practice source without a broker has no accounts."""

    trading: PracticeTrading | None = None

    def trading_accounts(self) -> Sequence[AccountRow]:
        """All accounts, disabled ones among them."""
        return self.trading.account_rows() if self.trading else ()

    def trading_revision(self) -> int:
        """A number that changes whenever an order, a fill or an account changes."""
        return self.trading.revision if self.trading else 0

    def open_order_count(self) -> int:
        """Orders of all accounts that may still be filled."""
        return self.trading.open_order_count if self.trading else 0

    def orders_today(self) -> int:
        """Orders of all accounts on their present trading day."""
        return self.trading.orders_today() if self.trading else 0

    def account_book(self, account_id: int) -> AccountBook:
        """What a screen shows of one account. Raises UserFacingError(unknown_account)."""
        return self._trading().account_book(account_id)

    def order_steps(self, account_id: int, order_id: int) -> tuple[OrderStep, ...]:
        """The time line of one order. Raises UserFacingError(unknown_account, unknown_order)."""
        return self._trading().order_steps(account_id, order_id)

    async def check_trade_password(self, firm: SecurityFirm, password_md5: str) -> None:
        """Raise UserFacingError unless this is the practice trade password."""
        self._trading().check_password(firm, password_md5)

    async def cancel_order(self, account_id: int, order_id: int) -> None:
        """Cancel one order as an operator. Raises UserFacingError."""
        await self._trading().cancel_order(account_id, order_id)

    async def cancel_open_orders(self, account_id: int) -> int:
        """Cancel every open order of an account, of all accounts for 0; gives how many."""
        return await self._trading().cancel_open_orders(account_id)

    async def reset_account(self, account_id: int) -> None:
        """Let an account begin anew with its opening balance. Raises UserFacingError."""
        await self._trading().reset_account(account_id)

    def _trading(self) -> PracticeTrading:
        if self.trading is None:
            raise UserFacingError("trading_unavailable")
        return self.trading
