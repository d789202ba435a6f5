"""Broker queues and odd lots: they come from the live book and from real participants' numbers."""

from __future__ import annotations

import datetime
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from core.api_messages import openapi
from core.model.errors import UserFacingError
from core.model.security import Security, parse_security
from core.model.topics import Topic
from core.upstreams.practice.answers import realtime
from core.upstreams.practice.brokers import Broker, BrokerFileError, BrokerTable, load_brokers
from core.upstreams.practice.calendar_file import load_calendars
from core.upstreams.practice.calendar_variants import AlwaysOpenCalendar
from core.upstreams.practice.exchange import Exchange
from core.upstreams.practice.order_book import Side
from core.upstreams.practice.quote_rights import FULL_BOOK, QuoteRights
from core.upstreams.practice.securities import load_securities

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
TENCENT, APPLE, HANG_SENG = (parse_security(label) for label in ("HK.00700", "US.AAPL", "HK.800000"))
MORNING = datetime.datetime(2026, 11, 20, 2, 17, 20, tzinfo=datetime.UTC).timestamp()


def make_exchange() -> Exchange:
    calendars = {
        group: AlwaysOpenCalendar(calendar, datetime.date(2026, 11, 15))
        for group, calendar in load_calendars(PRACTICE / "calendars.json").items()
    }
    exchange = Exchange(load_securities(PRACTICE / "securities.csv"), calendars, 7)
    exchange.brokers = load_brokers(PRACTICE / "brokers.csv")
    exchange.begin(MORNING)
    return exchange


def queue(exchange: Exchange) -> openapi.Qot_GetBroker.S2C:
    request = openapi.Qot_GetBroker.Request()
    request.c2s.security.market, request.c2s.security.code = TENCENT
    response = openapi.Qot_GetBroker.Response()
    response.ParseFromString(realtime.broker_queue(exchange, request))
    return response.s2c


def test_the_table_has_a_few_dozen_real_numbers() -> None:
    brokers = load_brokers(PRACTICE / "brokers.csv")
    assert len(brokers) >= 40
    names = {brokers.of_order(0, number).name_en for number in range(5_000)}
    assert len(names) >= 25


def test_an_order_keeps_its_broker_and_weights_count() -> None:
    brokers = BrokerTable([(Broker(1, "A", "甲"), 3.0), (Broker(2, "B", "乙"), 1.0)])
    drawn = Counter(brokers.of_order(99, order_id).number for order_id in range(8_000))
    assert drawn[1] / drawn[2] == pytest.approx(3, rel=0.15)
    assert all(brokers.of_order(99, 5) == brokers.of_order(99, 5) for _ in range(3))


@pytest.mark.parametrize(
    "text",
    [
        "broker_ids,name_en,name_zh\n1,A,B\n",
        "broker_ids,name_en,name_zh,weight\n0,A,B,1\n",
        "broker_ids,name_en,name_zh,weight\n1 1,A,B,1\n",
        "broker_ids,name_en,name_zh,weight\n1,A,B,0\n",
        "broker_ids,name_en,name_zh,weight\n,A,B,1\n",
        "broker_ids,name_en,name_zh,weight\n1,A,B\n",
    ],
)
def test_a_bad_table_is_refused_by_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "brokers.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BrokerFileError, match=r"brokers\.csv"):
        load_brokers(file)


def test_the_queue_is_the_live_book() -> None:
    exchange = make_exchange()
    market = exchange.market(TENCENT)
    exchange.advance(MORNING + 30)
    content = queue(exchange)
    for rows, side in ((content.brokerAskList, Side.SELL), (content.brokerBidList, Side.BUY)):
        assert 0 < len(rows) <= 40
        positions = [row.pos for row in rows]
        assert positions == sorted(positions)
        counts = Counter(positions)
        # Every level but the last one shown is complete.
        for index in range(max(positions) - 1):
            assert counts[index + 1] == market.book.level(side, index).order_count
        assert all(row.name and row.id > 0 and not row.HasField("orderID") for row in rows)


def test_the_full_book_right_adds_orders() -> None:
    exchange = make_exchange()
    exchange.rights = QuoteRights({"hkQotRight": FULL_BOOK})
    exchange.market(TENCENT)
    rows = queue(exchange).brokerBidList
    best = exchange.market(TENCENT).book.level(Side.BUY, 0)
    assert sum(row.volume for row in rows if row.pos == 1) == best.volume
    assert len({row.orderID for row in rows}) == len(rows)


def order_book(exchange: Exchange, security: Security, num: int) -> Any:
    request = openapi.Qot_GetOrderBook.Request()
    request.c2s.security.market, request.c2s.security.code = security
    request.c2s.num = num
    return openapi.Qot_GetOrderBook.Response.FromString(realtime.order_book(exchange, request)).s2c


def test_the_full_book_has_more_prices_and_every_order() -> None:
    usual, exchange = make_exchange(), make_exchange()
    exchange.rights = QuoteRights({"hkQotRight": FULL_BOOK})
    exchange.set_wanted(frozenset({Topic(TENCENT, 2)}))
    pushes = exchange.advance(MORNING + 30)
    assert len(usual.market(TENCENT).book.levels(Side.BUY, 100)) < 20, "nobody pays for depth that nobody sees"
    shallow = order_book(usual, TENCENT, 100)
    assert len(shallow.orderBookBidList) == len(shallow.orderBookAskList) == 10
    assert not any(level.detailList for level in shallow.orderBookBidList)
    content = order_book(exchange, TENCENT, 1_000)
    newest = openapi.Qot_UpdateOrderBook.Response.FromString(pushes[-1].body).s2c
    assert list(newest.orderBookAskList) == list(content.orderBookAskList)
    for side in (content.orderBookAskList, content.orderBookBidList):
        assert len(side) >= 60
        for level in side:
            assert len(level.detailList) == level.orederCount
            assert sum(order.volume for order in level.detailList) == level.volume
        numbers = [order.orderID for level in side for order in level.detailList]
        assert len(set(numbers)) == len(numbers) <= 1_000
    # Elsewhere nothing is deeper.
    assert len(order_book(exchange, APPLE, 1_000).orderBookAskList) <= 60
    assert not any(level.detailList for level in order_book(exchange, APPLE, 10).orderBookAskList)


def test_fifty_full_books_at_a_time() -> None:
    many = [(info.security, info.security_type) for info in make_exchange().table if info.security.market == 1][:51]
    rights = QuoteRights({"hkQotRight": FULL_BOOK})
    rights.check_books(many[:50])
    with pytest.raises(UserFacingError) as caught:
        rights.check_books(many)
    assert (caught.value.code, caught.value.facts["limit"]) == ("full_book_limit", 50)
    QuoteRights({"hkQotRight": FULL_BOOK}, None).check_books(many)
    QuoteRights().check_books(many)


def test_pushes_carry_the_same_queue_as_answers() -> None:
    exchange = make_exchange()
    exchange.set_wanted(frozenset({Topic(TENCENT, 14), Topic(TENCENT, 22)}))
    pushes = exchange.advance(MORNING + 5)
    assert {push.proto_id for push in pushes} == {3013, 3015}
    newest = [push for push in pushes if push.proto_id == 3015][-1]
    response = openapi.Qot_UpdateBroker.Response()
    response.ParseFromString(newest.body)
    content = queue(exchange)
    assert list(response.s2c.brokerAskList) == list(content.brokerAskList)
    assert list(response.s2c.brokerBidList) == list(content.brokerBidList)


@pytest.mark.parametrize("topic", [Topic(APPLE, 14), Topic(HANG_SENG, 14)])
def test_only_hong_kong_has_brokers(topic: Topic) -> None:
    with pytest.raises(UserFacingError) as caught:
        make_exchange().check_topic(topic)
    assert caught.value.code == "no_broker_queue"


def test_odd_lots_are_less_than_a_lot_and_never_better() -> None:
    exchange = make_exchange()
    market = exchange.market(TENCENT)
    exchange.check_topic(Topic(TENCENT, 22))
    seen = 0
    for minute in range(1, 15):
        exchange.advance(MORNING + 60 * minute)
        asks, bids = market.odd_lots(Side.SELL), market.odd_lots(Side.BUY)
        seen += len(asks) + len(bids)
        assert market.book.best_ask is not None
        assert market.book.best_bid is not None
        assert all(level.price > market.book.best_ask for level in asks)
        assert all(level.price < market.book.best_bid for level in bids)
        assert all(level.volume < level.order_count * market.info.lot_size for level in asks + bids)
    assert seen > 20
    with pytest.raises(UserFacingError) as caught:
        exchange.check_topic(Topic(APPLE, 22))
    assert caught.value.code == "no_odd_lots"
