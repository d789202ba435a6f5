"""Answers trade calls: the room's only door. Who may do what is settled here, everything else is the upstream's."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from core.api_messages import openapi
from core.api_messages.protocol_catalogue import PROTOCOLS, Desk
from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.status import EventKind, Severity
from core.model.topics import Push, PushTarget
from core.model.trading import ModifyOperation, SecurityFirm, TradingEnvironment
from core.model.trading_status import AccountRow, TradingOverview
from core.model.translation import Translator
from core.monitoring.event_log import EventLog
from core.runtime.clock import Clock
from core.trading.lock_everything import LockEverything
from core.trading.order_replay_guard import OrderReplayGuard, PacketKey
from core.trading.trade_limits import TradeLimits
from core.trading.trade_push import TradePush
from core.trading.trade_unlock import FIRM_NAMES, TradeUnlock
from core.upstreams.upstream import TradingSource, Upstream

LIST_ACCOUNTS: Final = 2001
UNLOCK: Final = 2005
LISTEN: Final = 2008
PLACE, MODIFY, PLACE_COMBO = 2202, 2205, 2227
_REFRESHABLE: Final = frozenset({2101, 2102, 2201, 2211})
_MOST_ACCOUNTS: Final = 1_000
OPERATOR: Final = "operator"

# What is allowed while everything is locked: it takes orders back, it sends none.
_TAKES_BACK: Final = (ModifyOperation.CANCEL, ModifyOperation.DELETE)


class TradeDesk:
    """Locks, limits, replays and pushes of trade calls. Serves nothing when the upstream has no accounts."""

    def __init__(
        self,
        upstream: Upstream,
        lock_everything: LockEverything,
        *,
        clock: Clock,
        translator: Translator,
        events: EventLog,
        unlimited: bool = False,
    ) -> None:
        """Store. `lock_everything` outlives the desk: it is the gateway's."""
        source: object = upstream
        self._source = source if isinstance(source, TradingSource) else None
        self._upstream = upstream
        self._everything = lock_everything
        self._clock = clock
        self._translator = translator
        self._events = events
        self._limits = TradeLimits(unlimited=unlimited)
        self._unlock = TradeUnlock()
        self._push = TradePush()
        self._guard = OrderReplayGuard()
        self._accounts: dict[int, AccountRow] = {}
        self._lock_changes = 0
        self._own: dict[int, Callable[[Call], Reply | Awaitable[Reply]]] = {
            LIST_ACCOUNTS: upstream.ask,
            UNLOCK: self._unlock_call,
            LISTEN: self._listen_call,
            PLACE: self._order_call,
            MODIFY: self._order_call,
            PLACE_COMBO: self._order_call,
        }

    # -- calls

    def serves(self, proto_id: int) -> bool:
        """Whether this desk has an answer for the protocol."""
        if self._source is None:
            return False
        if proto_id in (UNLOCK, LISTEN):
            return True
        row = PROTOCOLS.get(proto_id)
        return row is not None and row.desk is Desk.TRADING and self._upstream.serves(proto_id)

    def answer(self, call: Call) -> Reply | Awaitable[Reply]:
        """Answer one call. Raises UserFacingError."""
        own = self._own.get(call.proto_id)
        if own is not None:
            return own(call)
        c2s = call.request.c2s
        account = self._account_of(c2s.header)
        refresh = call.proto_id in _REFRESHABLE and c2s.refreshCache
        self._limits.admit(call.proto_id, account.account_id, self._clock.monotonic(), refresh=refresh)
        return self._upstream.ask(call)

    def disconnected(self, target: PushTarget) -> None:
        """A client is gone; so is its list of accounts. Its orders stay."""
        self._push.forget(target)

    def is_heard(self, account_id: int) -> bool:
        """Whether any connection listens to an account."""
        return self._push.is_heard(account_id)

    def on_news(self, account_id: int, pushes: Sequence[Push]) -> None:
        """Orders and fills of an account changed; what they say is kept safe already."""
        self._push.deliver(account_id, pushes)

    async def stop(self) -> None:
        """Let orders that are on their way end, for a few seconds; may be called twice."""
        await self._guard.stop()

    def _order_call(self, call: Call) -> Reply | Awaitable[Reply]:
        """Place or change an order: once per packetID, and only where it is allowed."""
        c2s = call.request.c2s
        account = self._account_of(c2s.header)
        self._check_may_order(call, account)
        key = PacketKey(call.proto_id, c2s.packetID.connID, c2s.packetID.serialNo)
        answered = self._guard.known(key, call.body)
        if answered is not None:
            return answered
        pause = self._limits.admit(call.proto_id, account.account_id, self._clock.monotonic())
        return self._guard.first(key, call.body, lambda: self._asked(call, account, pause))

    async def _asked(self, call: Call, account: AccountRow, pause: float) -> Reply:
        try:
            if pause:
                await asyncio.sleep(pause)
                self._check_may_order(call, account)
            outcome = self._upstream.ask(call)
            return outcome if isinstance(outcome, Reply) else await outcome
        finally:
            self._limits.finished(call.proto_id, account.account_id)

    def _check_may_order(self, call: Call, account: AccountRow) -> None:
        takes_back = call.proto_id == MODIFY and call.request.c2s.modifyOrderOp in _TAKES_BACK
        if self._everything.is_on and not takes_back:
            raise UserFacingError("everything_locked")
        if account.disabled:
            raise UserFacingError("account_disabled", account=account.account_id)
        if account.environment is TradingEnvironment.REAL and not self._unlock.is_unlocked(account.firm):
            raise UserFacingError("trade_locked")

    def _account_of(self, header: Any) -> AccountRow:
        account = self._account(header.accID)
        if header.trdEnv != account.environment:
            raise UserFacingError("wrong_environment", account=header.accID, value=header.trdEnv)
        return account

    def _account(self, account_id: int) -> AccountRow:
        account = self._accounts.get(account_id)
        if account is None:
            # Only what never changes is looked at: environment, firm, whether it is disabled.
            self._accounts = {row.account_id: row for row in self.source.trading_accounts()}
            account = self._accounts.get(account_id)
            if account is None:
                raise UserFacingError("unknown_account", account=account_id)
        return account

    def _listen_call(self, call: Call) -> Reply:
        listed = call.request.c2s.accIDList
        if len(listed) > _MOST_ACCOUNTS:
            raise UserFacingError("too_many_items", count=len(listed), limit=_MOST_ACCOUNTS)
        accounts = frozenset(listed)
        for account_id in accounts:
            self._account(account_id)
        self._push.listen(call.client, accounts)
        response = openapi.Trd_SubAccPush.Response(retType=0)
        response.s2c.SetInParent()
        return Reply(response.SerializeToString())

    # -- locks

    def _unlock_call(self, call: Call) -> Reply | Awaitable[Reply]:
        self._limits.admit(UNLOCK, 0, self._clock.monotonic())
        c2s: openapi.Trd_UnlockTrade.C2S = call.request.c2s
        firms = self._firms(c2s.securityFirm)
        client = call.client.client_id or "unnamed"
        if not c2s.unlock:
            for firm in firms:
                self._lock_firm(firm, client)
            return _unlock_reply("")
        return self._unlock_and_reply(firms, c2s.pwdMD5, client)

    async def _unlock_and_reply(self, firms: Sequence[SecurityFirm], password_md5: str, client: str) -> Reply:
        changed = False
        refused: UserFacingError | None = None
        opened = False
        for firm in firms:
            try:
                changed = await self._unlock_firm(firm, password_md5, client) or changed
                opened = True
            except UserFacingError as error:
                refused = refused or error
        if refused is not None and not opened:
            raise refused
        return _unlock_reply("" if changed else self._translator("Trade is unlocked already."))

    async def _unlock_firm(self, firm: SecurityFirm, password_md5: str, by: str) -> bool:
        await self.source.check_trade_password(firm, password_md5)
        if not self._unlock.unlock(firm, by, self._clock.now()):
            return False
        self._lock_changed(Severity.INFO, "Trading of {firm} unlocked by {client}", firm=FIRM_NAMES[firm], client=by)
        return True

    def _lock_firm(self, firm: SecurityFirm, by: str) -> None:
        if self._unlock.lock(firm):
            self._lock_changed(Severity.INFO, "Trading of {firm} locked by {client}", firm=FIRM_NAMES[firm], client=by)

    def _lock_changed(self, severity: Severity, text: str, **facts: object) -> None:
        self._lock_changes += 1
        self._events.add(severity, EventKind.TRADING, text, source="Gatehouse", **facts)

    def _firms(self, number: int) -> tuple[SecurityFirm, ...]:
        """The firm with this number, all that have accounts of the real environment for 0."""
        firms = self._known_firms()
        if number == SecurityFirm.NONE and firms:
            return firms
        chosen = tuple(firm for firm in firms if firm == number)
        if not chosen:
            known = ", ".join(f"{int(firm)} {FIRM_NAMES[firm]}" for firm in firms)
            raise UserFacingError("unknown_firm", firm=number, known=known or "-")
        return chosen

    def _known_firms(self) -> tuple[SecurityFirm, ...]:
        real = [row.firm for row in self.source.trading_accounts() if row.environment is TradingEnvironment.REAL]
        return tuple(sorted({firm for firm in real if firm in FIRM_NAMES}))

    # -- the operator's controls

    @property
    def source(self) -> TradingSource:
        """The accounts behind this desk. Raises UserFacingError(trading_unavailable)."""
        if self._source is None:
            raise UserFacingError("trading_unavailable")
        return self._source

    async def unlock(self, firm: SecurityFirm, password: str, *, hashed: bool = False) -> None:
        """Unlock a firm, all of them for NONE, with the password or its MD5. Raises UserFacingError."""
        digest = password if hashed else hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()
        for chosen in self._firms(firm):
            await self._unlock_firm(chosen, digest, OPERATOR)

    def lock(self, firm: SecurityFirm) -> None:
        """Lock a firm again, all of them for NONE; may be called twice."""
        for chosen in self._firms(firm):
            self._lock_firm(chosen, OPERATOR)

    async def lock_everything(self, on: bool, *, cancel_open: bool = False) -> int:
        """Refuse every order, or no longer; gives how many open orders were cancelled. Raises UserFacingError."""
        was_on = self._everything.is_on
        try:
            await self._everything.switch(on)
        finally:
            if self._everything.is_on != was_on:
                severity = Severity.WARNING if self._everything.is_on else Severity.INFO
                text = "All trading is locked" if self._everything.is_on else "All trading is no longer locked"
                self._lock_changed(severity, text)
        return await self.source.cancel_open_orders(0) if on and cancel_open else 0

    async def reset_account(self, account_id: int) -> None:
        """Let an account begin anew. Raises UserFacingError."""
        await self.source.reset_account(account_id)
        self._lock_changed(Severity.WARNING, "Practice account {account} was reset", account=account_id)

    def overview(self) -> TradingOverview:
        """Locks, accounts and counts, for snapshots."""
        if self._source is None:
            return TradingOverview(locked_everything=self._everything.is_on)
        source = self._source
        accounts = tuple(source.trading_accounts())
        real = {row.firm for row in accounts if row.environment is TradingEnvironment.REAL}
        return TradingOverview(
            locks=self._unlock.rows(sorted(firm for firm in real if firm in FIRM_NAMES)),
            locked_everything=self._everything.is_on,
            accounts=accounts,
            open_orders=source.open_order_count(),
            real_orders=source.orders_today(TradingEnvironment.REAL),
            simulated_orders=source.orders_today(TradingEnvironment.SIMULATE),
            revision=source.trading_revision() + self._lock_changes,
        )


def _unlock_reply(text: str) -> Reply:
    """Success; a text is handed to the user by the SDK, so there is none but for what is worth saying."""
    response = openapi.Trd_UnlockTrade.Response(retType=0)
    if text:
        response.retMsg = text
    response.s2c.SetInParent()
    return Reply(response.SerializeToString())
