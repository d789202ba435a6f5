"""Everything that lives from sign-in to sign-out: source, desks, dispatcher, server. Built once, used once."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from core.api_messages import openapi
from core.dispatch.dispatcher import Dispatcher
from core.dispatch.session_calls import SessionCalls, init_connect_reply
from core.login.account import Account
from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.status import EventKind, ProgramStatus, Severity
from core.model.topics import Push, TargetGroup
from core.model.translation import Translator
from core.monitoring.event_log import EventLog
from core.monitoring.traffic_counters import RateMeter, TrafficCounters
from core.quotes.push_fanout import PushFanout
from core.quotes.push_throttle import PushThrottle
from core.quotes.quote_desk import QuoteDesk
from core.quotes.subscription_hub import MINIMUM_LIFE_SECONDS, SubscriptionHub
from core.runtime.background_tasks import BackgroundTasks
from core.runtime.clock import Clock
from core.servers.client_connection import ClientConnection
from core.servers.connection_table import ConnectionTable
from core.servers.push_carrier import PushCarrierOverConnections
from core.servers.tcp_api_server import KEEP_ALIVE_SECONDS, SessionDefaults, TcpApiServer
from core.trading.lock_everything import LockEverything
from core.trading.trade_desk import TradeDesk
from core.upstreams.upstream import Upstream

log = logging.getLogger(__name__)

NOTIFY: Final = 1003
_NOTIFY_PROGRAM_STATUS: Final = 2


class Serving:
    """The service behind the servers (ApiService) and the sink of the upstream (UpstreamSink)."""

    def __init__(
        self,
        *,
        account: Account,
        upstream: Upstream,
        clock: Clock,
        translator: Translator,
        events: EventLog,
        address: str,
        port: int,
        defaults: SessionDefaults,
        push_period: float,
        lock_everything: LockEverything,
        program_status: Callable[[], tuple[ProgramStatus, str]],
        is_ready: Callable[[], bool],
        unlimited: bool = False,
    ) -> None:
        self.account = account
        self.upstream = upstream
        self.traffic = TrafficCounters()
        self.table = ConnectionTable()
        self.rates: dict[int, tuple[RateMeter, RateMeter]] = {}
        self._clock = clock
        self._events = events
        self._program_status = program_status
        self._carrier = PushCarrierOverConnections(self.table)
        self.fanout = PushFanout(self._carrier, PushThrottle(push_period) if push_period else None)
        self.hub = SubscriptionHub(account.subscription_quota, 0.0 if unlimited else MINIMUM_LIFE_SECONDS)
        self._quotes = QuoteDesk(self.hub, self.fanout, upstream, clock)
        self.trading = TradeDesk(
            upstream, lock_everything, clock=clock, translator=translator, events=events, unlimited=unlimited
        )
        self._session_calls = SessionCalls(
            account=account, upstream=upstream, clock=clock, program_status=program_status
        )
        self._dispatcher = Dispatcher(
            self._session_calls,
            self._quotes,
            self.trading,
            clock=clock,
            translator=translator,
            is_ready=is_ready,
            upstream_kind=upstream.kind,
            unlimited=unlimited,
        )
        self.server = TcpApiServer(self, self.table, clock, address=address, port=port, defaults=defaults)
        self._tasks = BackgroundTasks("serving")

    async def start(self) -> None:
        """Reserve the port, start the source, then listen: a client that gets in can be served."""
        self.server.bind()
        await self.upstream.start(self)
        await self.server.start()
        self._tasks.start(self._count_every_second(), "count traffic")

    async def stop(self) -> None:
        """The reverse, each step within its time limit; may be called twice."""
        await self._tasks.stop()
        await self.server.stop()
        await self.trading.stop()
        self._quotes.stop()
        self.fanout.stop()
        await self.upstream.stop()

    # -- ApiService

    def answer(self, call: Call) -> Reply | Awaitable[Reply]:
        return self._dispatcher.answer(call)

    def refusal(self, error: UserFacingError) -> Reply:
        return self._dispatcher.refusal(error)

    def open_session(self, *, connection_id: int, aes_key: str, aes_iv: str | None) -> Reply:
        return init_connect_reply(
            self._session_calls,
            connection_id=connection_id,
            aes_key=aes_key,
            aes_iv=aes_iv,
            keep_alive_seconds=KEEP_ALIVE_SECONDS,
        )

    def opened(self, connection: ClientConnection) -> None:
        self.rates[connection.connection_id] = (RateMeter(), RateMeter())
        self._events.add(
            Severity.INFO,
            EventKind.CONNECTION,
            "Client {client} connected from {peer} ({language})",
            source=f"#{connection.connection_id}",
            client=connection.client_id or "unnamed",
            peer=connection.peer,
            language=connection.session.language or "?",
        )

    def closed(self, connection: ClientConnection, reason: str) -> None:
        self._count_requests(connection)
        self.rates.pop(connection.connection_id, None)
        self._quotes.disconnected(connection)
        self.trading.disconnected(connection)
        expected = reason in ("closed by client", "gateway stopped", "closed by operator")
        self._events.add(
            Severity.INFO if expected else Severity.WARNING,
            EventKind.CONNECTION,
            "Client {client} disconnected: {reason}",
            source=f"#{connection.connection_id}",
            client=connection.client_id or "unnamed",
            reason=reason,
        )

    # -- UpstreamSink

    def on_pushes(self, pushes: Sequence[Push]) -> None:
        self.fanout.on_pushes(pushes)

    def hears_trade_news(self, account_id: int) -> bool:
        return self.trading.is_heard(account_id)

    def on_trade_news(self, account_id: int, pushes: Sequence[Push]) -> None:
        self.trading.on_news(account_id, pushes)

    def congested(self) -> bool:
        return self._carrier.congested()

    def on_status_changed(self) -> None:
        self.notify_program_status()

    def notify_program_status(self) -> None:
        """Tell the clients that asked for notices what state the gateway is in."""
        status, text = self._program_status()
        response = openapi.Notify.Response(retType=0)
        response.s2c.type = _NOTIFY_PROGRAM_STATUS
        response.s2c.programStatus.programStatus.type = int(status)  # type: ignore[assignment]
        response.s2c.programStatus.programStatus.strExtDesc = text
        self.on_notice(Push(None, NOTIFY, response.SerializeToString()))

    def on_notice(self, push: Push) -> None:
        """Send news that belongs to no subscription to the clients that asked for notices."""
        for connection in self.table:
            if connection.wants_notify:
                connection.offer(push)

    # -- counters

    async def _count_every_second(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self.count()

    def count(self) -> None:
        """Fold what was counted along the way into rates; once a second."""
        for group, delivered in self.fanout.take_delivered():
            self._count_delivered(group, delivered)
        for connection in self.table:
            self._count_requests(connection)
            requests, pushes = self.rates[connection.connection_id]
            requests.read(connection.requests)
            pushes.read(connection.pushes)
        now = self._clock.now()
        self.traffic.tick(now, datetime.datetime.fromtimestamp(now).astimezone().toordinal())

    def _count_delivered(self, group: TargetGroup, delivered: int) -> None:
        for target in group.shared:
            target.pushes += delivered  # type: ignore[attr-defined]  # our own connections
        self.traffic.pushes += delivered * (len(group.shared) + len(group.individual))

    def _count_requests(self, connection: ClientConnection) -> None:
        self.traffic.requests += connection.requests - connection.counted_requests
        connection.counted_requests = connection.requests
