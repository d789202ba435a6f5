"""The port every source of data implements, and the port it reports to.

The port suits a relay as well as a simulator: any protocol id goes through `ask` with the request's own bytes, the
wanted subscriptions are declared as a whole set, and pushes arrive as encoded bodies.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from core.model.calls import Call, Reply
from core.model.security import Security
from core.model.status import MarketStatus, UpstreamStatus
from core.model.topics import Push, Topic
from core.model.trading import Currency, SecurityFirm, TradingEnvironment
from core.model.trading_status import AccountBook, AccountRow, OrderStep, StatusCount


class UpstreamSink(Protocol):
    """What an upstream reports to. Every method returns at once and never raises."""

    def on_pushes(self, pushes: Sequence[Push]) -> None:
        """News for the subscribed topics, in order. Each body is a complete protobuf Response with retType 0."""

    def on_notice(self, push: Push) -> None:
        """News that belongs to no subscription (topic None), for every client that asked for notices."""

    def hears_trade_news(self, account_id: int) -> bool:
        """Whether anybody listens to an account; news for nobody need not be made."""

    def on_trade_news(self, account_id: int, pushes: Sequence[Push]) -> None:
        """Orders and fills of an account that changed, in order (topic None); what they say is already kept safe."""

    def congested(self) -> bool:
        """Whether a client reads too slowly; an upstream that makes its own time (practice at full speed) waits."""

    def on_status_changed(self) -> None:
        """`status()` or a market's state changed; the gateway will ask again."""


class Upstream(Protocol):
    """A source of market data."""

    @property
    def kind(self) -> str:
        """Stable name: practice, opend, replay."""

    def serves(self, proto_id: int) -> bool:
        """Whether `ask` can answer this protocol."""

    async def start(self, sink: UpstreamSink) -> None:
        """Connect or open; returns when business calls can be served. Raises UserFacingError."""

    async def stop(self) -> None:
        """Release everything within five seconds; may be called twice."""

    def ask(self, call: Call) -> Reply | Awaitable[Reply]:
        """Answer one call. Raises UserFacingError (also from the awaitable) for what the client did wrong."""

    def set_subscriptions(self, wanted: frozenset[Topic]) -> None:
        """Declare the whole set of topics wanted now. The upstream works out the difference.

        One security and type may be wanted for several hours (`Topic.session`); each has its own pushes.
        """

    def check_topic(self, topic: Topic) -> None:
        """Raise UserFacingError when this topic can never be subscribed (unknown security, no such data)."""

    def check_wanted(self, wanted: frozenset[Topic]) -> None:
        """Raise UserFacingError when these topics together are more than the source allows."""

    def current_push(self, topic: Topic) -> Push | None:
        """The present state of a topic as a push (first push after subscribing); None when nothing is known yet."""

    def security_name(self, security: Security) -> str | None:
        """The security's name, or None when the upstream does not know it."""

    def global_market_states(self) -> Mapping[str, int]:
        """QotMarketState numbers under the field names of GetGlobalState (marketHK, marketUS, ...)."""

    def markets(self) -> Sequence[MarketStatus]:
        """The market strip of the Overview."""

    def status(self) -> UpstreamStatus:
        """State of the link, for screens and GetGlobalState."""

    def history_quota_used(self) -> int:
        """Securities charged to the history K-line quota in the running window."""

    def now(self) -> float:
        """The upstream's present time in Unix seconds; a simulated one may differ from this computer's."""


@runtime_checkable
class SimulatedTime(Protocol):
    """What an upstream that makes its own time offers besides."""

    def set_speed(self, speed: float) -> None:
        """1, 5, 20 times real time, or 0 for as fast as possible. Raises UserFacingError."""

    def pause(self) -> None:
        """Stand still; may be called twice."""

    def resume(self) -> None:
        """Go on; may be called twice."""

    def step(self, seconds: float) -> None:
        """Let so much time pass at once. Raises UserFacingError."""


@runtime_checkable
class TradingSource(Protocol):
    """What an upstream that trades offers besides `ask`, which answers its trade protocols."""

    def trading_accounts(self) -> Sequence[AccountRow]:
        """All accounts, disabled ones among them; cheap."""

    def trading_revision(self) -> int:
        """A number that changes whenever an order, a fill or an account changes."""

    def open_order_count(self) -> int:
        """Orders of all accounts that may still be filled."""

    def orders_today(self, environment: TradingEnvironment) -> tuple[StatusCount, ...]:
        """Orders of the environment's accounts on their present trading day, by status; cheap."""

    def account_book(self, account_id: int, currency: Currency | None = None) -> AccountBook:
        """What a screen shows of one account. Raises UserFacingError(unknown_account).

        Funds are in `currency` where the account offers it, else in the account's own.
        """

    def order_steps(self, account_id: int, order_id: int) -> tuple[OrderStep, ...]:
        """The time line of one order, oldest first. Raises UserFacingError(unknown_account, unknown_order)."""

    async def check_trade_password(self, firm: SecurityFirm, password_md5: str) -> None:
        """Raise UserFacingError unless this is the firm's trade password (MD5, 32 lower-case hex digits)."""

    async def cancel_order(self, account_id: int, order_id: int) -> None:
        """Cancel one order as an operator. Raises UserFacingError."""

    async def cancel_open_orders(self, account_id: int) -> int:
        """Cancel every open order of an account, of all accounts for 0; gives how many."""

    async def reset_account(self, account_id: int) -> None:
        """Let an account begin anew with its opening balance. Raises UserFacingError."""
