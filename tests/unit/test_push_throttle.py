"""qot_push_frequency: the latest state wins, ticks are gathered, K-lines pass."""

from __future__ import annotations

from core.api_messages import openapi
from core.model.security import Security
from core.model.topics import PUSH_KLINE, PUSH_QUOTE, PUSH_TICKER, Push, Topic
from core.quotes.push_throttle import PushThrottle

SECURITY = Security(1, "00700")


def ticks(*sequence: int) -> Push:
    response = openapi.Qot_UpdateTicker.Response(retType=0)
    response.s2c.security.market, response.s2c.security.code = SECURITY
    for number in sequence:
        response.s2c.tickerList.add(
            time="2026-11-20 10:00:00", sequence=number, dir=1, price=1.0, volume=100, turnover=100.0
        )
    return Push(Topic(SECURITY, 4), PUSH_TICKER, response.SerializeToString())


def quote(body: bytes) -> Push:
    return Push(Topic(SECURITY, 1), PUSH_QUOTE, body)


def test_latest_quote_of_a_period_wins() -> None:
    throttle = PushThrottle(1.0)
    assert throttle.admit(quote(b"a"), 0.0)
    assert not throttle.admit(quote(b"b"), 0.2)
    assert not throttle.admit(quote(b"c"), 0.4)
    assert throttle.next_due() == 1.0
    assert throttle.release(0.9) == []
    assert throttle.release(1.0) == [quote(b"c")]
    assert throttle.next_due() is None
    assert not throttle.admit(quote(b"d"), 1.5)
    assert throttle.release(2.0) == [quote(b"d")]


def test_no_tick_is_lost() -> None:
    throttle = PushThrottle(1.0)
    assert throttle.admit(ticks(1), 0.0)
    for number in (2, 3, 4):
        assert not throttle.admit(ticks(number, number + 10), 0.1)
    [released] = throttle.release(1.0)
    message = openapi.Qot_UpdateTicker.Response.FromString(released.body)
    assert [tick.sequence for tick in message.s2c.tickerList] == [2, 12, 3, 13, 4, 14]


def test_klines_are_never_held_back_and_forgetting_drops_what_is_held() -> None:
    throttle = PushThrottle(1.0)
    bar = Push(Topic(SECURITY, 11), PUSH_KLINE, b"k")
    assert throttle.admit(bar, 0.0)
    assert throttle.admit(bar, 0.1)
    throttle.admit(quote(b"a"), 0.0)
    throttle.admit(quote(b"b"), 0.1)
    throttle.forget(Topic(SECURITY, 1))
    assert throttle.release(5.0) == []
