"""Answers about the past: pages of history K-lines, and the history quota."""

from __future__ import annotations

import struct
from collections import OrderedDict
from typing import Any, Final

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import Security
from core.model.topics import EXTENDED_HOURS
from core.upstreams.practice import quote_messages as messages
from core.upstreams.practice.adjusted_history import adjusted, restate
from core.upstreams.practice.answers.realtime import REHAB_TYPES
from core.upstreams.practice.answers.request_checks import MAXIMUM_ROWS, checked_number, parse_span, security_of
from core.upstreams.practice.bar_periods import ALL_TYPES, MINUTES_OF_TYPE, Bar
from core.upstreams.practice.corporate_actions import Adjuster
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.extended_bars import LONGEST_PERIOD, Span, extended_bars_from
from core.upstreams.practice.market import SecurityMarket
from core.upstreams.practice.market_time import natural
from core.upstreams.practice.seeded_noise import key_of

QUOTA_SECONDS: Final = 30 * 86_400
_OVERNIGHT: Final = 4
_SESSIONS: Final = (0, 1, 2, 3)
# Bits of needKLFieldsFlag and the fields of KLine they ask for.
_FIELD_BITS: Final = {
    1: "highPrice", 2: "openPrice", 4: "lowPrice", 8: "closePrice", 16: "lastClosePrice", 32: "volume",
    64: "turnover", 128: "turnoverRate", 256: "pe", 512: "changeRate",
}  # fmt: skip
_ALL_FIELDS: Final = sum(_FIELD_BITS)
_PAGE_KEY: Final = struct.Struct(">QIHd")


class HistoryQuota:
    """Which securities' history was asked for in the last 30 days; one unit each."""

    def __init__(self, total: int) -> None:
        """Store. `total` is how many securities there may be."""
        self.total = total
        self._asked: OrderedDict[Security, float] = OrderedDict()

    def used(self, now: float) -> int:
        """Count the units in use."""
        self._release(now)
        return len(self._asked)

    def charge(self, security: Security, now: float) -> None:
        """Take a unit for a security that has none yet. Raises UserFacingError(history_quota)."""
        self._release(now)
        if security in self._asked:
            return
        if len(self._asked) >= self.total:
            raise UserFacingError("history_quota", used=len(self._asked), total=self.total)
        self._asked[security] = now

    def rows(self, now: float) -> list[tuple[Security, float]]:
        """List securities and when their unit was taken, the newest first."""
        self._release(now)
        return list(reversed(self._asked.items()))

    def _release(self, now: float) -> None:
        while self._asked and next(iter(self._asked.values())) <= now - QUOTA_SECONDS:
            self._asked.popitem(last=False)


def history_klines(exchange: Exchange, quota: HistoryQuota, request: Any) -> bytes:
    """Answer RequestHistoryKL (3103): one page, with the key of the next one when there is one."""
    c2s = request.c2s
    security = security_of(c2s.security)
    info = exchange.info(security)
    checked_number("rehabType", c2s.rehabType, REHAB_TYPES)
    kline_type = checked_number("klType", c2s.klType, ALL_TYPES)
    exchange.check_period(info, kline_type)
    if c2s.session == _OVERNIGHT:
        raise UserFacingError("overnight_session")
    checked_number("session", c2s.session, _SESSIONS)
    if c2s.maxAckKLNum < 0:
        raise UserFacingError("bad_field", field="maxAckKLNum", value=c2s.maxAckKLNum)
    begin, end = parse_span(c2s.beginTime, c2s.endTime)
    # The key belongs to everything that decides what the pages hold; their size may change on the way.
    bound = key_of(0, security.label, kline_type, c2s.rehabType, *begin, *end, int(c2s.extendedTime), c2s.session)
    # Labels are whole minutes.
    first, last = (begin.day, -(-begin.second // 60)), (end.day, end.second // 60)
    before: float | None = None
    if c2s.nextReqKey:
        first, before = _read_page_key(c2s.nextReqKey, bound)
    quota.charge(security, exchange.now)
    market = exchange.market(security)
    page = min(c2s.maxAckKLNum or MAXIMUM_ROWS, MAXIMUM_ROWS)
    session = max(c2s.session, EXTENDED_HOURS) if c2s.extendedTime else c2s.session
    period = MINUTES_OF_TYPE.get(kline_type)
    if market.extended is not None and session >= EXTENDED_HOURS and period is not None and period <= LONGEST_PERIOD:
        span = Span(period, session, market.present_local)
        found = extended_bars_from(market.extended, market.history, span, first, last, page)
    else:
        found = market.history.bars_from(kline_type, first, last, page)
    raw, adjuster = found, exchange.adjuster(market.info)
    if adjuster is not None:
        found = adjusted(market.history, adjuster, c2s.rehabType, kline_type, raw)
    response = openapi.Qot_RequestHistoryKL.Response(retType=0)
    content = response.s2c
    content.security.CopyFrom(messages.security_message(market.info))
    content.name = exchange.name(market.info)
    if before is None:
        before = found.close_before
    flags = c2s.needKLFieldsFlag & _ALL_FIELDS or _ALL_FIELDS
    long_period = kline_type not in MINUTES_OF_TYPE
    add = content.klList.add
    for bar, traded in zip(found.bars, raw.bars, strict=True):
        add(**_fields(market, bar, before, flags, adjuster, traded, long_period=long_period))
        before = bar.close
    if found.more:
        newest = found.bars[-1]
        day, minute = natural(newest.day, newest.minute)
        content.nextReqKey = _PAGE_KEY.pack(bound, day, minute + 1 if not long_period else 0, before)
    return response.SerializeToString()


def earliest_day_asked(exchange: Exchange, request: Any) -> tuple[Security, int] | None:
    """Say how far back a RequestHistoryKL looks, for preparing it; None when the request is wrong anyway."""
    try:
        security = security_of(request.c2s.security)
        exchange.info(security)
        begin, _ = parse_span(request.c2s.beginTime, request.c2s.endTime)
    except UserFacingError:
        return None
    return security, begin.day


def quota_rows(exchange: Exchange, quota: HistoryQuota, request: Any) -> bytes:
    """Answer RequestHistoryKLQuota (3104)."""
    used = quota.used(exchange.now)
    response = openapi.Qot_RequestHistoryKLQuota.Response(retType=0)
    response.s2c.usedQuota = used
    response.s2c.remainQuota = max(0, quota.total - used)
    if request.c2s.bGetDetail:
        for security, asked_at in quota.rows(exchange.now):
            info = exchange.info(security)
            response.s2c.detailList.add(
                security=messages.security_message(info),
                name=exchange.name(info),
                requestTime=exchange.times[info.group].local(asked_at).text,
                requestTimeStamp=int(asked_at),
            )
    return response.SerializeToString()


def _read_page_key(key: bytes, bound: int) -> tuple[tuple[int, int], float]:
    if len(key) != _PAGE_KEY.size:
        raise UserFacingError("page_key")
    owner, day, minute, before = _PAGE_KEY.unpack(key)
    if owner != bound:
        raise UserFacingError("page_key")
    return ((day, minute) if minute else (day + 1, 0)), before


def _fields(
    market: SecurityMarket,
    bar: Bar,
    before: float,
    flags: int,
    adjuster: Adjuster | None,
    traded: Bar,
    *,
    long_period: bool,
) -> dict[str, Any]:
    """Give the fields of one bar. Every one asked for is set on every bar: the SDK would repeat the bar before."""
    message = messages.kline_fields(market.time, market.info, bar, before, long_period=long_period)
    restate(message, market.info, adjuster, traded)
    message.setdefault("turnoverRate", 0.0)
    message.setdefault("pe", 0.0)
    if flags != _ALL_FIELDS:
        for bit, field in _FIELD_BITS.items():
            if not flags & bit:
                del message[field]
        if "volume" not in message:
            message.pop("hpVolume", None)
    return message
