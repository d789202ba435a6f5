"""The tiny upstream with accounts: orders are accepted from a counter, answers are canned, nothing is matched."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Sequence

from fakes.tiny_upstream import TinyUpstream

from core.api_messages import openapi
from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.topics import Push
from core.model.trading import (
    AccountType,
    Currency,
    SecurityFirm,
    SimulatedAccountType,
    TradingEnvironment,
    TradingMarket,
)
from core.model.trading_status import AccountBook, AccountRow, FundsStatus, OrderStep

PASSWORD_MD5 = hashlib.md5(b"practice", usedforsecurity=False).hexdigest()
SIMULATED, REAL_HK, REAL_US, OLD = 3450309, 281756479345015383, 281756479345015384, 281756479345015300
PLACE, MODIFY = 2202, 2205


def account(account_id: int, firm: SecurityFirm = SecurityFirm.NONE, *, disabled: bool = False) -> AccountRow:
    """A row of the account list; accounts without a firm are simulated."""
    simulated = firm is SecurityFirm.NONE
    return AccountRow(
        account_id=account_id,
        environment=TradingEnvironment.SIMULATE if simulated else TradingEnvironment.REAL,
        label="Practice account",
        account_type=AccountType.CASH if simulated else AccountType.MARGIN,
        simulated_type=SimulatedAccountType.STOCK if simulated else SimulatedAccountType.NONE,
        firm=firm,
        markets=(TradingMarket.HK,),
        card_number="",
        disabled=disabled,
        currency=Currency.HKD,
        balance=1_000_000.0,
    )


class TradingUpstream(TinyUpstream):
    """Accounts of two firms, a simulated and a disabled one; keeps what it was asked to do."""

    def __init__(self) -> None:
        super().__init__(securities=1)
        self.accounts = [
            account(SIMULATED),
            account(REAL_HK, SecurityFirm.FUTU_HK),
            account(REAL_US, SecurityFirm.MOOMOO_US),
            account(OLD, SecurityFirm.FUTU_HK, disabled=True),
        ]
        self.orders = 0
        self.changes: list[int] = []
        self.cancelled: list[int] = []
        self.reset: list[int] = []
        self.refuse: str = ""
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.passwords = {SecurityFirm.FUTU_HK: PASSWORD_MD5, SecurityFirm.MOOMOO_US: PASSWORD_MD5}
        accounts = openapi.Trd_GetAccList.Response(retType=0)
        for row in self.accounts:
            accounts.s2c.accList.add(trdEnv=row.environment, accID=row.account_id, trdMarketAuthList=[1])
        self.replies[2001] = accounts.SerializeToString()

    def serves(self, proto_id: int) -> bool:
        return proto_id in (PLACE, MODIFY, 2201, 2101, 2111, 2223, 2227) or super().serves(proto_id)

    def ask(self, call: Call) -> Reply | Awaitable[Reply]:
        if call.proto_id in (PLACE, MODIFY, 2227):
            return self._order(call)
        if call.proto_id in self.replies:
            return super().ask(call)
        return Reply(b"\x08\x00")

    async def _order(self, call: Call) -> Reply:
        await self.may_answer.wait()
        if self.refuse:
            raise UserFacingError(self.refuse)
        if call.proto_id == MODIFY:
            self.changes.append(call.request.c2s.modifyOrderOp)
            changed = openapi.Trd_ModifyOrder.Response(retType=0)
            changed.s2c.header.CopyFrom(call.request.c2s.header)
            changed.s2c.orderID = call.request.c2s.orderID
            return Reply(changed.SerializeToString())
        self.orders += 1
        placed = openapi.Trd_PlaceOrder.Response(retType=0)
        placed.s2c.header.CopyFrom(call.request.c2s.header)
        placed.s2c.orderIDEx = str(self.orders)
        return Reply(placed.SerializeToString())

    def push_orders(self, account_id: int, *bodies: bytes) -> None:
        """Send order pushes of an account."""
        assert self.sink is not None
        self.sink.on_trade_news(account_id, [Push(None, 2208, body) for body in bodies])

    # -- TradingSource

    def trading_accounts(self) -> Sequence[AccountRow]:
        return self.accounts

    def trading_revision(self) -> int:
        return self.orders

    def open_order_count(self) -> int:
        return self.orders

    def orders_today(self) -> int:
        return self.orders

    def account_book(self, account_id: int) -> AccountBook:
        self._known(account_id)
        funds = FundsStatus(Currency.HKD, 1.0, 1.0, 0.0, 1.0, 0.0, 1, 0.0, 0.0, 1.0)
        return AccountBook(account_id, self.now(), funds)

    def order_steps(self, account_id: int, order_id: int) -> tuple[OrderStep, ...]:
        self._known(account_id)
        return ()

    async def check_trade_password(self, firm: SecurityFirm, password_md5: str) -> None:
        if self.passwords[firm] != password_md5:
            raise UserFacingError("wrong_trade_password", left=4, minutes=10)

    async def cancel_order(self, account_id: int, order_id: int) -> None:
        self._known(account_id)
        self.cancelled.append(order_id)

    async def cancel_open_orders(self, account_id: int) -> int:
        self.cancelled.append(account_id)
        return 3

    async def reset_account(self, account_id: int) -> None:
        self._known(account_id)
        self.reset.append(account_id)

    def _known(self, account_id: int) -> None:
        if all(row.account_id != account_id for row in self.accounts):
            raise UserFacingError("unknown_account", account=account_id)
