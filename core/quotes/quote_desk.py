"""Answers quote calls: the room's only door. Subscriptions are settled here, data comes from the upstream."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from core.api_messages import openapi
from core.api_messages.protocol_catalogue import PROTOCOLS, Desk
from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.security import Security
from core.model.topics import (
    ALL_HOURS,
    EXTENDED_HOURS,
    REGULAR_HOURS,
    SUB_NAMES,
    SUB_OF_KLINE_TYPE,
    Push,
    PushTarget,
    Topic,
)
from core.quotes.push_fanout import PushFanout
from core.quotes.subscription_hub import Hearers, SubscriptionHub
from core.runtime.clock import Clock
from core.upstreams.upstream import Upstream

# Session numbers of the public schema (Common.Session); the last one is refused for quotes.
_SESSION_EXTENDED, _SESSION_ALL, _SESSION_OVERNIGHT = 2, 3, 4
_MAX_PAIRS_PER_REQUEST: Final = 10_000
FIRST_PUSH_SECONDS: Final = 0.004
FIRST_PUSH_PAUSE_SECONDS: Final = 0.001

# Get calls that need a subscription: protocol id -> (what the user asked for, SubType).
_REALTIME_GETS: Final[dict[int, tuple[str, int]]] = {
    3004: ("real-time quotes", 1),
    3008: ("real-time time-share data", 5),
    3010: ("real-time ticks", 4),
    3012: ("the real-time order book", 2),
    3014: ("the real-time broker queue", 14),
}
_GET_KLINE: Final = 3006
# Gets whose answer depends on the hours that were subscribed.
_GETS_WITH_SESSION: Final = frozenset({_GET_KLINE, 3008, 3010})


class QuoteDesk:
    """Settles subscriptions and passes everything else to the upstream.

    `history_quota` and the rest of the account are the upstream's; the subscription quota is the hub's.
    """

    def __init__(self, hub: SubscriptionHub, fanout: PushFanout, upstream: Upstream, clock: Clock) -> None:
        self._hub = hub
        self._fanout = fanout
        self._upstream = upstream
        self._clock = clock
        self._release_timer: asyncio.TimerHandle | None = None
        self._own: dict[int, Callable[[Call], Reply]] = {
            3001: self._subscribe,
            3002: self._register_push,
            3003: self._subscription_info,
        }

    @property
    def hub(self) -> SubscriptionHub:
        """The bookkeeping, for screens."""
        return self._hub

    def serves(self, proto_id: int) -> bool:
        """Whether this desk has an answer for the protocol."""
        if proto_id in self._own:
            return True
        row = PROTOCOLS.get(proto_id)
        return row is not None and row.desk is Desk.QUOTES and self._upstream.serves(proto_id)

    def answer(self, call: Call) -> Reply | Awaitable[Reply]:
        """Answer one call. Raises UserFacingError."""
        own = self._own.get(call.proto_id)
        if own is not None:
            return own(call)
        session = self._require_subscription(call)
        if session:
            call = replace(call, session=session)
        return self._upstream.ask(call)

    def disconnected(self, target: PushTarget) -> None:
        """A client is gone; its subscriptions end now, or when their minute is over."""
        self._changed(self._hub.disconnect(target, self._clock.monotonic()))
        self._schedule_release()

    def stop(self) -> None:
        """Forget timers."""
        if self._release_timer is not None:
            self._release_timer.cancel()
            self._release_timer = None

    # -- subscriptions

    def _subscribe(self, call: Call) -> Reply:
        c2s: openapi.Qot_Sub.C2S = call.request.c2s
        now = self._clock.monotonic()
        client = call.client
        if c2s.isUnsubAll and not c2s.isSubOrUnSub:
            self._changed(self._hub.unsubscribe(client, None, now))
            return _subscribed()
        session = _session(c2s)
        topics = self._topics(c2s.securityList, c2s.subTypeList, session)
        if not c2s.isSubOrUnSub:
            self._changed(self._hub.unsubscribe(client, topics, now))
            return _subscribed()
        for topic in topics:
            self._upstream.check_topic(topic)
        self._upstream.check_wanted(self._hub.wanted() | frozenset(topics))
        moved = self._hub.subscribe(client, topics, now)
        if moved:
            self._fanout.set_targets(moved)
        self._declare()
        if c2s.HasField("isRegOrUnRegPush"):
            if c2s.isRegOrUnRegPush:
                self._start_pushes(client, topics, first=not c2s.HasField("isFirstPush") or c2s.isFirstPush)
            else:
                self._changed(self._hub.unregister(client, topics))
        return _subscribed()

    def _register_push(self, call: Call) -> Reply:
        c2s: openapi.Qot_RegQotPush.C2S = call.request.c2s
        topics = self._topics(c2s.securityList, c2s.subTypeList)
        if c2s.isRegOrUnReg:
            self._start_pushes(call.client, topics, first=not c2s.HasField("isFirstPush") or c2s.isFirstPush)
        else:
            self._changed(self._hub.unregister(call.client, topics))
        response = openapi.Qot_RegQotPush.Response(retType=0)
        response.s2c.SetInParent()
        return Reply(response.SerializeToString())

    def _start_pushes(self, client: PushTarget, topics: list[Topic], *, first: bool) -> None:
        self._changed(self._hub.register(client, topics))
        if first:
            # The reply goes out at the end of this read; the first pushes follow it.
            asyncio.get_running_loop().call_soon(self._push_first, client, topics)

    def _push_first(self, client: PushTarget, topics: Sequence[Topic]) -> None:
        """Push what is known already; many topics in pieces, because a source may have to work for each."""
        loop = asyncio.get_running_loop()
        own = self._hub.of(client)
        self._fanout.flush()
        until = loop.time() + FIRST_PUSH_SECONDS
        for position, topic in enumerate(topics):
            pair = topic.pair
            if pair in own.pushed and (push := self._present(own.topic(pair))) is not None:
                client.offer(push)
            if loop.time() > until:
                loop.call_later(FIRST_PUSH_PAUSE_SECONDS, self._push_first, client, topics[position + 1 :])
                return

    def _present(self, topic: Topic) -> Push | None:
        return self._upstream.current_push(topic) or self._fanout.newest(topic)

    def _changed(self, hearers: Hearers) -> None:
        """These topics are heard by others now; perhaps the wanted set is another too."""
        self._fanout.set_targets(hearers)
        self._declare()

    def _declare(self) -> None:
        self._upstream.set_subscriptions(self._hub.wanted())

    def _schedule_release(self) -> None:
        due = self._hub.next_release()
        if self._release_timer is not None or due is None:
            return
        delay = max(0.0, due - self._clock.monotonic()) + 0.05
        self._release_timer = asyncio.get_running_loop().call_later(delay, self._release)

    def _release(self) -> None:
        self._release_timer = None
        if self._hub.release_due(self._clock.monotonic()):
            self._declare()
        self._schedule_release()

    def _topics(self, securities: Iterable[Any], sub_types: Iterable[int], session: int = REGULAR_HOURS) -> list[Topic]:
        chosen = [Security(security.market, security.code) for security in securities]
        types = list(dict.fromkeys(sub_types))
        if not chosen:
            raise UserFacingError("empty_list", field="securityList")
        if not types:
            raise UserFacingError("empty_list", field="subTypeList")
        if len(chosen) * len(types) > _MAX_PAIRS_PER_REQUEST:
            raise UserFacingError("too_many_items", count=len(chosen) * len(types), limit=_MAX_PAIRS_PER_REQUEST)
        for sub_type in types:
            if sub_type not in SUB_NAMES:
                raise UserFacingError("bad_sub_type", value=sub_type)
        topics = [Topic(security, sub_type) for security in dict.fromkeys(chosen) for sub_type in types]
        return [topic.with_session(session) for topic in topics] if session else topics

    def _subscription_info(self, call: Call) -> Reply:
        response = openapi.Qot_GetSubInfo.Response(retType=0)
        s2c = response.s2c
        s2c.totalUsedQuota = self._hub.used
        s2c.remainQuota = max(0, self._hub.quota - self._hub.used)
        own = call.client
        shown: dict[PushTarget, Any] = {own: self._hub.of(own)}
        if call.request.c2s.isReqAllConn:
            shown.update(self._hub.connections())
        for target, subscriptions in shown.items():
            info = s2c.connSubInfoList.add(usedQuota=len(subscriptions.since), isOwnConnData=target is own)
            by_type: dict[int, list[Security]] = {}
            for topic in subscriptions.since:
                by_type.setdefault(topic.sub_type, []).append(topic.security)
            for sub_type, securities in sorted(by_type.items()):
                entry = info.subInfoList.add(subType=sub_type)
                for security in securities:
                    entry.securityList.add(market=security.market, code=security.code)
        return Reply(response.SerializeToString())

    def _require_subscription(self, call: Call) -> int:
        """Raise UserFacingError(not_subscribed), or give the hours that the client subscribed to."""
        if call.proto_id != _GET_KLINE and call.proto_id not in _REALTIME_GETS:
            return REGULAR_HOURS
        c2s = call.request.c2s
        if call.proto_id == _GET_KLINE:
            what, sub_type = "real-time K-lines", SUB_OF_KLINE_TYPE.get(c2s.klType, 0)
            if not sub_type:
                raise UserFacingError("bad_field", field="klType", value=c2s.klType)
        else:
            what, sub_type = _REALTIME_GETS[call.proto_id]
            if call.proto_id == 3012 and c2s.orderBookType == 1:
                sub_type = 22
        securities = c2s.securityList if call.proto_id == 3004 else (c2s.security,)
        for security in securities:
            topic = Topic(Security(security.market, security.code), sub_type)
            if not self._hub.is_subscribed(topic):
                self._upstream.check_topic(topic)
                raise UserFacingError("not_subscribed", type=SUB_NAMES[sub_type], what=what)
        return self._hub.session_of(call.client, topic) if call.proto_id in _GETS_WITH_SESSION else REGULAR_HOURS


def _session(c2s: openapi.Qot_Sub.C2S) -> int:
    """Give the hours that a subscription asks for. Raises UserFacingError(overnight_session, bad_field)."""
    if c2s.session == _SESSION_OVERNIGHT:
        raise UserFacingError("overnight_session")
    if not 0 <= c2s.session < _SESSION_OVERNIGHT:
        raise UserFacingError("bad_field", field="session", value=c2s.session)
    if c2s.session == _SESSION_ALL:
        return ALL_HOURS
    return EXTENDED_HOURS if c2s.extendedTime or c2s.session == _SESSION_EXTENDED else REGULAR_HOURS


def _subscribed() -> Reply:
    response = openapi.Qot_Sub.Response(retType=0)
    response.s2c.SetInParent()
    return Reply(response.SerializeToString())
