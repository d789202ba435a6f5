"""Trade answers of the practice broker: every required field, codes, times, filters, refusals, pushes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes.broker_world import APPLE, DISABLED, REAL_HK, REAL_US, SIM_CN, SIM_FUTURES, SIM_HK, TENCENT, BrokerWorld
from fakes.unit_targets import Target

from core.api_messages import openapi
from core.api_messages.protocol_catalogue import PROTOCOLS
from core.model.calls import Call, Reply
from core.model.errors import UserFacingError
from core.model.security import Security, parse_security
from core.model.topics import Push
from core.model.trading import Currency, OrderStatus, TradeSide, TradingEnvironment, TradingMarket
from core.model.translation import CHINESE, ENGLISH
from core.runtime.language import load_translator
from core.upstreams.practice.answers.trading_context import TradingContext
from core.upstreams.practice.answers.trading_messages import fill_order, quoted_security, security_market, trade_time
from core.upstreams.practice.broker import order_texts
from core.upstreams.practice.brokers import load_brokers
from core.upstreams.practice.option_pricing import CALL
from core.upstreams.practice.option_strategies import SPREAD
from core.upstreams.practice.practice_trading import PracticeTrading

ENVIRONMENTS = {SIM_HK: 0, SIM_CN: 0, SIM_FUTURES: 0}
BUY, SELL, NORMAL = 1, 2, 1


class Client(Target):
    """A connection that places orders."""

    client_id = "robot"
    peer = "127.0.0.1:5"


class Sink:
    """Keeps the news of accounts."""

    def __init__(self) -> None:
        self.news: list[tuple[int, Push]] = []
        self._arrived = asyncio.Event()

    def hears_trade_news(self, account_id: int) -> bool:
        return True

    def on_trade_news(self, account_id: int, pushes: list[Push]) -> None:
        self.news += [(account_id, push) for push in pushes]
        self._arrived.set()

    def orders(self) -> list[Any]:
        """The order pushes so far."""
        return [
            openapi.Trd_UpdateOrder.Response.FromString(push.body) for _, push in self.news if push.proto_id == 2208
        ]

    async def until_filled(self, count: int) -> None:
        """Wait until so many orders were told to be filled wholly; it takes some turns of the loop."""
        async with asyncio.timeout(10):
            while sum(push.s2c.order.orderStatus == OrderStatus.FILLED_ALL for push in self.orders()) < count:
                self._arrived.clear()
                await self._arrived.wait()


class Desk:
    """Asks the trading part of a practice source as the trade desk does."""

    def __init__(self, resources: Path, *, strict_paper: bool = False, language: str = ENGLISH) -> None:
        self.world = BrokerWorld(strict_paper=strict_paper)
        context = TradingContext(
            self.world.broker, self.world.exchange, load_translator(resources, language), strict_paper
        )
        self.world.exchange.brokers = load_brokers(resources / "practice" / "brokers.csv")
        self.context = context
        self.trading = PracticeTrading(context)
        self.sink = Sink()
        self.trading.start(self.sink)  # type: ignore[arg-type]  # it needs no more of it
        self.client = Client(1)
        self.serial = 0

    async def ask(self, proto_id: int, account: int = SIM_HK, market: int = 1, /, **fields: Any) -> Any:
        """Give the S2C part of the answer, checked for completeness and the repeated header."""
        request_class, response_class = PROTOCOLS[proto_id].request_class(), PROTOCOLS[proto_id].response_class()
        assert request_class is not None
        assert response_class is not None
        names = {field.name for field in request_class.DESCRIPTOR.fields_by_name["c2s"].message_type.fields}
        header = {"trdEnv": ENVIRONMENTS.get(account, 1), "accID": account, "trdMarket": market}
        if "header" in names:
            fields["header"] = header
        if "packetID" in names:
            self.serial += 1
            fields["packetID"] = {"connID": 1, "serialNo": self.serial}
        request: Any = request_class(c2s=fields)
        assert request.IsInitialized()
        reply = self.trading.ask(Call(proto_id, 1, request, b"", self.client, 0.0))
        if not isinstance(reply, Reply):
            reply = await reply
        response: Any = response_class.FromString(reply.body)
        assert response.retType == 0
        assert response.IsInitialized()
        if "header" in names:
            assert response.s2c.header == request.c2s.header
        return response.s2c

    async def place(self, account: int = SIM_HK, code: str = "00700", **fields: Any) -> int:
        """Place an order, by default a purchase far below the market; gives its id."""
        terms = {"trdSide": BUY, "orderType": NORMAL, "qty": 100, "price": self.low(TENCENT), "secMarket": 1, **fields}
        s2c = await self.ask(2202, account, code=code, **terms)
        assert s2c.orderIDEx == str(s2c.orderID)
        return int(s2c.orderID)

    def low(self, security: Any) -> float:
        """A legal price that nobody sells at."""
        return float(round(self.world.price(security) * 0.9))

    def high(self, security: Any) -> float:
        """A legal price that is filled at once."""
        return float(round(self.world.price(security) * 1.03))

    async def refused(self, proto_id: int, account: int = SIM_HK, market: int = 1, /, **fields: Any) -> str:
        """Give the code of a refusal."""
        with pytest.raises(UserFacingError) as caught:
            await self.ask(proto_id, account, market, **fields)
        return caught.value.code


@pytest.fixture
def desk(resources: Path) -> Desk:
    return Desk(resources)


async def test_accounts_by_category_with_practice_in_every_row(desk: Desk) -> None:
    everything = (await desk.ask(2001, userID=1)).accList
    securities = (await desk.ask(2001, userID=1, trdCategory=1, needGeneralSecAccount=True)).accList
    futures = (await desk.ask(2001, userID=1, trdCategory=2)).accList
    assert len(everything) == len(securities) + len(futures)
    assert not (await desk.ask(2001, userID=1, trdCategory=3)).accList
    assert all("Practice" in row.competitionAccName and row.trdMarketAuthList for row in everything)
    for row in everything:
        assert row.HasField("securityFirm") == row.HasField("cardNum") == (row.trdEnv == 1)
        assert row.HasField("simAccType") == (row.trdEnv == 0)
    real = [row for row in securities if row.trdEnv == 1]
    assert real[0].accID == REAL_HK
    assert [row.accID for row in everything if row.accStatus == 1] == [DISABLED] == [everything[-1].accID]


async def test_a_placed_order_is_in_the_list_at_once_with_every_field(desk: Desk) -> None:
    placed = await desk.place(remark="备注", qty=200)
    [order] = (await desk.ask(2201, filterConditions={"orderIDExList": [str(placed)], "filterMarket": 0})).orderList
    assert (order.orderID, order.orderIDEx, order.code, order.secMarket) == (placed, str(placed), "00700", 1)
    assert (order.trdSide, order.orderType, order.orderStatus) == (BUY, NORMAL, OrderStatus.SUBMITTED)
    assert (order.name, order.remark, order.qty, order.price) == ("TENCENT", "备注", 200, desk.low(TENCENT))
    assert (order.fillQty, order.fillAvgPrice, order.lastErrMsg) == (0, 0, "")
    assert (order.trdMarket, order.currency, order.timeInForce) == (1, 1, 0)
    assert order.createTime == "2026-11-20 10:17:20.000"
    assert order.createTimestamp == desk.world.now
    for absent in ("auxPrice", "trailType", "session", "expireTime", "strategyType"):
        assert not order.HasField(absent), absent


async def test_filters_of_orders(desk: Desk) -> None:
    first, second = await desk.place(), await desk.place(code="00005", price=100.0, qty=400)
    await desk.ask(2205, orderID=first, modifyOrderOp=2)

    async def ids(statuses: list[int] | None = None, **conditions: Any) -> list[int]:
        s2c = await desk.ask(2201, filterConditions=conditions, filterStatusList=statuses or [])
        return [order.orderID for order in s2c.orderList]

    assert await ids() == [first, second]  # oldest first
    assert await ids(codeList=["00005"]) == await ids(idList=[second]) == await ids([5]) == [second]
    assert await ids(orderIDExList=[str(first)]) == await ids([15]) == [first]
    assert await ids([15], codeList=["00005"]) == []
    assert await ids(filterMarket=1) == [first, second]
    assert await ids(filterMarket=2) == []
    assert await ids(beginTime="2026-11-20 10:17:20", endTime="2026-11-20") == [first, second]
    assert await ids(beginTime="2026-11-20 10:17:21") == await ids(endTime="2026-11-20 10:17:19.500") == []
    history = {"beginTime": "2026-11-01", "endTime": "2026-11-20 23:59:59"}
    past = (await desk.ask(2221, filterConditions=history)).orderList
    assert [order.orderID for order in past] == [second, first]  # newest first
    assert await desk.refused(2221, filterConditions={"beginTime": "2026-11-01"}) == "missing_field"
    assert await desk.refused(2222, filterConditions={}) == "missing_field"
    wrong = {"beginTime": "2026-11-21", "endTime": "2026-11-20"}
    assert await desk.refused(2221, filterConditions=wrong) == "date_order"
    assert await desk.refused(2201, filterConditions={"beginTime": "yesterday"}) == "bad_date"
    assert await desk.refused(2201, filterStatusList=[6]) == "bad_field"
    assert await desk.refused(2201, filterConditions={"codeList": ["1"] * 401}) == "too_many_items"


async def test_fills_positions_funds_fees_and_cash_flow_tell_one_story(desk: Desk) -> None:
    before = (await desk.ask(2101)).funds
    assert (before.cash, before.totalAssets, before.currency) == (1_000_000, 1_000_000, 1)
    placed = await desk.place(price=desk.high(TENCENT), qty=300)
    fills = (await desk.ask(2211)).orderFillList
    assert sum(fill.qty for fill in fills) == 300
    for fill in fills:
        assert (fill.orderID, fill.orderIDEx, fill.code, fill.secMarket) == (placed, str(placed), "00700", 1)
        assert (fill.fillIDEx, fill.trdSide, fill.status) == (str(fill.fillID), BUY, 0)
        assert fill.createTime.startswith("2026-11-20 10:17:2")
        assert fill.counterBrokerID > 0
    paid = sum(fill.qty * fill.price for fill in fills)
    [order] = (await desk.ask(2201)).orderList
    assert order.fillAvgPrice == pytest.approx(paid / 300)
    [fee] = (await desk.ask(2225, orderIdExList=[str(placed)])).orderFeeList
    assert fee.feeAmount == pytest.approx(sum(line.value for line in fee.feeList))
    assert [line.title for line in fee.feeList][:2] == ["Commission", "Platform Fee"]
    [position] = (await desk.ask(2102)).positionList
    assert (position.qty, position.canSellQty, position.positionSide, position.secMarket) == (300, 300, 0, 1)
    assert position.val == pytest.approx(300 * position.price)
    assert position.dilutedCostPrice == position.costPrice == pytest.approx((paid + fee.feeAmount) / 300)
    assert position.averageCostPrice == pytest.approx(paid / 300)
    assert position.plVal == pytest.approx(position.val - paid - fee.feeAmount)
    after = (await desk.ask(2101, currency=2)).funds  # one market only: its currency whatever is asked for
    assert after.currency == 1
    assert after.cash == pytest.approx(1_000_000 - paid - fee.feeAmount)
    assert after.totalAssets == pytest.approx(after.cash + position.val)
    assert [(row.currency, row.cash) for row in after.cashInfoList] == [(1, after.cash)]
    flow = (await desk.ask(2226, clearingDate="2026-11-20")).flowSummaryInfoList
    assert sum(row.cashFlowAmount for row in flow) == pytest.approx(after.cash)
    assert [row.cashFlowID for row in flow] == sorted(row.cashFlowID for row in flow)
    assert {(row.cashFlowAmount >= 0, row.cashFlowDirection) for row in flow} == {(True, 1), (False, 2)}
    spent = (await desk.ask(2226, clearingDate="2026-11-20", cashFlowDirection=2)).flowSummaryInfoList
    assert len(spent) == len(flow) - 1
    assert not (await desk.ask(2226, clearingDate="2026-11-19")).flowSummaryInfoList
    history = {"beginTime": "2026-11-01", "endTime": "2026-11-20"}
    past = (await desk.ask(2222, filterConditions=history)).orderFillList
    assert [fill.fillID for fill in past] == [fill.fillID for fill in reversed(fills)]


async def test_position_filters_take_fractions(desk: Desk) -> None:
    await desk.place(price=desk.high(TENCENT))
    [position] = (await desk.ask(2102)).positionList
    ratio = position.plRatio
    assert len((await desk.ask(2102, filterPLRatioMin=ratio - 0.001, filterPLRatioMax=ratio)).positionList) == 1
    assert not (await desk.ask(2102, filterPLRatioMin=ratio + 0.001)).positionList
    assert not (await desk.ask(2102, filterPLRatioMax=ratio - 0.001)).positionList
    assert not (await desk.ask(2102, filterConditions={"codeList": ["00005"]})).positionList
    assert not (await desk.ask(2102, filterConditions={"filterMarket": 2})).positionList
    assert len((await desk.ask(2102, filterConditions={"idList": [position.positionID]})).positionList) == 1


async def test_change_and_cancel_by_either_id(desk: Desk) -> None:
    placed = await desk.place()
    changed = await desk.ask(2205, orderID=0, orderIDEx=str(placed), modifyOrderOp=1, qty=300, price=desk.low(TENCENT))
    assert (changed.orderID, changed.orderIDEx) == (placed, str(placed))
    [order] = (await desk.ask(2201)).orderList
    assert (order.qty, order.orderStatus) == (300, OrderStatus.SUBMITTED)
    await desk.ask(2205, orderID=placed, modifyOrderOp=2)
    assert (await desk.ask(2201)).orderList[0].orderStatus == OrderStatus.CANCELLED_ALL
    for wrong in ({"orderIDEx": "v3_2026"}, {"orderIDEx": "12"}, {"orderIDEx": "9" * 30}):
        assert await desk.refused(2205, orderID=0, modifyOrderOp=2, **wrong) == "unknown_order"
    assert await desk.refused(2205, SIM_CN, 3, orderID=placed, modifyOrderOp=2) == "unknown_order"
    assert await desk.refused(2205, orderID=placed, modifyOrderOp=9) == "bad_field"
    await desk.place()
    await desk.place()
    everything = await desk.ask(2205, orderID=0, modifyOrderOp=2, forAll=True, trdMarket=0)
    assert everything.orderID == 0
    assert {order.orderStatus for order in (await desk.ask(2201)).orderList} == {OrderStatus.CANCELLED_ALL}
    assert await desk.refused(2205, orderID=0, modifyOrderOp=1, forAll=True) == "bad_field"


@pytest.mark.parametrize(
    ("field", "value"),
    [("qty", float("nan")), ("price", float("inf")), ("trdSide", 9), ("orderType", 3), ("timeInForce", 7),
     ("trailType", 5), ("session", 9), ("secMarket", 77), ("auxPrice", float("nan")), ("code", "0" * 100)],
)  # fmt: skip
async def test_values_that_make_no_sense_are_named(desk: Desk, field: str, value: Any) -> None:
    terms: dict[str, Any] = {"trdSide": 1, "orderType": 1, "qty": 100, "price": 500.0, "code": "00700", "secMarket": 1}
    with pytest.raises(UserFacingError) as caught:
        await desk.ask(2202, **{**terms, field: value})
    assert (caught.value.code, caught.value.facts["field"]) == ("bad_field", field)
    assert not (await desk.ask(2201)).orderList


async def test_conditional_order_shows_its_trigger_and_session(desk: Desk) -> None:
    price = desk.world.price(APPLE)
    trigger = round(price * 1.05, 2)
    await desk.place(REAL_US, "AAPL", orderType=15, qty=1, price=0, secMarket=2, trailType=1, trailValue=5.0,
                     trailSpread=0.1, session=1, timeInForce=1)  # fmt: skip
    await desk.place(REAL_US, "AAPL", orderType=11, qty=1, price=trigger, auxPrice=trigger, secMarket=2)
    trailing, stop = (await desk.ask(2201, REAL_US, 2)).orderList
    assert (trailing.trailType, trailing.trailValue, trailing.trailSpread) == (1, 5.0, 0.1)
    assert (trailing.timeInForce, trailing.session, trailing.secMarket, trailing.trdMarket) == (1, 1, 2, 2)
    assert trailing.HasField("expireTime")
    assert stop.auxPrice == trigger
    assert stop.createTime.startswith("2026-11-19 21:17:20")  # New York


async def test_quantities_and_margin_ratios(desk: Desk) -> None:
    price = desk.world.price(TENCENT)
    found = (await desk.ask(2111, orderType=1, code="00700", price=price, secMarket=1)).maxTrdQtys
    assert found.maxCashBuy == found.maxCashAndMarginBuy > 0
    assert found.maxCashBuy % 100 == found.maxPositionSell == found.maxSellShort == 0
    margin = (await desk.ask(2111, REAL_HK, orderType=1, code="00700", price=price, secMarket=1)).maxTrdQtys
    assert margin.maxCashAndMarginBuy > margin.maxCashBuy
    assert margin.maxSellShort > 0
    us = (await desk.ask(2111, REAL_US, 2, orderType=1, code="AAPL", price=200.0, session=3)).maxTrdQtys
    assert us.session == 3
    both = [{"market": 1, "code": "00700"}, {"market": 11, "code": "AAPL"}]
    ratios = (await desk.ask(2223, REAL_HK, securityList=both)).marginRatioInfoList
    assert [row.security.code for row in ratios] == ["00700", "AAPL"]
    for row in ratios:
        assert row.isLongPermit
        assert 0 < row.mmLongRatio <= row.mcmLongRatio <= row.imLongRatio <= 100
    index = [{"market": 1, "code": "800000"}]
    assert await desk.refused(2223, REAL_HK, securityList=index) == "no_margin_ratio"
    many = [{"market": 1, "code": f"{number:05d}"} for number in range(101)]
    assert await desk.refused(2223, REAL_HK, securityList=many) == "too_many_items"
    assert await desk.refused(2223, REAL_HK, securityList=[]) == "empty_list"


async def test_fees_and_cash_flow_ask_for_what_they_need(desk: Desk) -> None:
    assert await desk.refused(2225, orderIdExList=[]) == "empty_list"
    assert await desk.refused(2225, orderIdExList=["x"]) == "unknown_order"
    assert await desk.refused(2225, orderIdExList=["5"]) == "unknown_order"
    assert await desk.refused(2225, orderIdExList=[str(number) for number in range(401)]) == "too_many_items"
    assert await desk.refused(2226, clearingDate="") == "cash_flow_date"
    assert await desk.refused(2226, clearingDate="2026-11-20", startCreateDate="2026-11-20") == "cash_flow_date"
    assert await desk.refused(2226, clearingDate="20261120") == "bad_date"
    assert await desk.refused(2226, clearingDate="2026-11-20", cashFlowDirection=3) == "bad_field"


async def test_strict_paper_refuses_as_the_official_accounts_do(resources: Path) -> None:
    desk = Desk(resources, strict_paper=True)
    history = {"beginTime": "2026-11-01", "endTime": "2026-11-20"}
    assert await desk.refused(2211) == await desk.refused(2222, filterConditions=history) == "paper_no_deals"
    assert await desk.refused(2225, orderIdExList=["1"]) == "paper_no_fees"
    assert await desk.refused(2226, clearingDate="2026-11-20") == "paper_no_cash_flow"
    assert await desk.refused(2223, securityList=[{"market": 1, "code": "00700"}]) == "paper_not_supported"
    assert await desk.refused(2205, orderID=0, modifyOrderOp=2, forAll=True) == "cancel_all_paper"
    await desk.place(price=desk.high(TENCENT))
    [position] = (await desk.ask(2102)).positionList
    for absent in ("averageCostPrice", "unrealizedPL", "realizedPL", "td_plVal", "td_buyQty"):
        assert not position.HasField(absent), absent
    await desk.place(REAL_HK, price=desk.high(TENCENT))
    assert (await desk.ask(2211, REAL_HK)).orderFillList
    await desk.sink.until_filled(2)
    assert {account for account, push in desk.sink.news if push.proto_id == 2218} == {REAL_HK}


async def test_pushes_carry_the_records_and_end_with_the_final_state(desk: Desk) -> None:
    placed = await desk.place(price=desk.high(TENCENT), qty=200)
    await desk.sink.until_filled(1)
    assert {account for account, _ in desk.sink.news} == {SIM_HK}
    orders, fills = [], []
    for _, push in desk.sink.news:
        response_class = PROTOCOLS[push.proto_id].response_class()
        assert response_class is not None
        message: Any = response_class.FromString(push.body)
        assert message.IsInitialized()
        header = message.s2c.header
        assert (header.trdEnv, header.accID, header.trdMarket) == (0, SIM_HK, 1)
        (orders if push.proto_id == 2208 else fills).append(message.s2c)
    assert [push.order.orderID for push in orders] == [placed] * len(orders)
    assert orders[0].order.orderStatus == OrderStatus.SUBMITTING
    assert orders[-1].order == (await desk.ask(2201)).orderList[0]
    assert [push.orderFill for push in fills] == list((await desk.ask(2211)).orderFillList)


async def test_funds_of_the_screen_by_currency_and_market(desk: Desk) -> None:
    own = desk.trading.account_book(REAL_HK).funds
    assert (own.currency, own.currencies) == (Currency.HKD, tuple(Currency))
    assert [row.currency for row in own.rows] == [Currency.HKD, Currency.USD, Currency.CNH]
    assert [(row.market, row.currency) for row in own.markets] == [
        (TradingMarket.HK, Currency.HKD),
        (TradingMarket.US, Currency.USD),
        (TradingMarket.HKCC, Currency.CNH),
    ]
    assert own.markets[0].assets == own.rows[0].cash == own.rows[0].buying_power == own.rows[0].withdrawable
    shown = desk.trading.account_book(REAL_HK, Currency.USD).funds
    assert shown.currency is Currency.USD
    assert 0 < shown.net_assets < own.net_assets / 5
    assert shown.rows == own.rows, "rows are in currencies of their own"
    await desk.place(price=desk.low(TENCENT))
    one = desk.trading.account_book(SIM_HK, Currency.USD).funds
    assert (one.currency, one.currencies) == (Currency.HKD, ()), "one market, one currency"
    assert one.frozen == one.rows[0].frozen > 0


async def test_errors_of_orders_in_the_language_of_the_gateway(resources: Path) -> None:
    desk = Desk(resources, language=CHINESE)
    order = await desk.world.place(SIM_HK, TENCENT, TradeSide.BUY, 100, desk.low(TENCENT))
    message = openapi.Trd_Common.Order()
    fill_order(message, replace(order, error=order_texts.NO_MONEY), desk.context)
    assert "购买力不足" in message.lastErrMsg


async def test_the_book_of_an_account_for_the_screen(desk: Desk) -> None:
    placed = await desk.place(price=desk.high(TENCENT), qty=200)
    resting = await desk.place()
    book = desk.trading.account_book(SIM_HK)
    assert [order.order_id for order in book.orders] == [resting, placed]
    assert (book.orders[1].client, book.orders[1].filled, book.orders[0].fees) == ("robot", 200, 0)
    assert book.orders[1].fees > 0
    assert [row.quantity for row in book.positions] == [200]
    assert sum(fill.quantity for fill in book.fills) == 200
    assert book.fills[0].counter_broker
    assert book.utc_offset_seconds == 8 * 3600
    assert book.funds.net_assets == pytest.approx(book.funds.cash + book.funds.market_value)
    steps = desk.trading.order_steps(SIM_HK, placed)
    assert [step.status for step in steps][-1] is OrderStatus.FILLED_ALL
    assert desk.trading.open_order_count == 1
    today = {row.status: row.count for row in desk.trading.orders_today(TradingEnvironment.SIMULATE)}
    assert today == {OrderStatus.FILLED_ALL: 1, OrderStatus.SUBMITTED: 1}
    assert desk.trading.orders_today(TradingEnvironment.REAL) == ()
    assert await desk.trading.cancel_open_orders(0) == 1
    assert desk.trading.open_order_count == 0
    rows = {row.account_id: row for row in desk.trading.account_rows()}
    assert rows[SIM_HK].balance == pytest.approx(book.funds.net_assets, rel=0.01)
    assert all("practice" in row.label.lower() for row in rows.values())
    await desk.trading.reset_account(SIM_HK)
    assert desk.trading.account_book(SIM_HK).funds.net_assets == 1_000_000
    with pytest.raises(UserFacingError):
        await desk.trading.reset_account(DISABLED)
    with pytest.raises(UserFacingError):
        desk.trading.account_book(5)


def test_codes_and_times() -> None:
    assert security_market(TENCENT) == 1
    assert security_market(parse_security("SZ.000001")) == 32
    assert security_market(parse_security("CC.BTCUSD")) == 101
    assert quoted_security("AAPL", 2, 1).label == "US.AAPL"
    assert quoted_security("AAPL", 0, 2).label == "US.AAPL"
    assert quoted_security("600519", 0, 4).label == "SH.600519"
    assert quoted_security("000001", 0, 3).label == "SZ.000001"
    world = BrokerWorld()
    for seconds, text in (
        (0.9996, "10:17:21.000"),
        (0.001, "10:17:20.001"),
        (0.1, "10:17:20.100"),
        (39.999, "10:17:59.999"),
    ):
        assert trade_time(world.exchange, TENCENT, world.now + seconds).text == f"2026-11-20 {text}"


def call_option(desk: Desk, above: int) -> Security:
    """A call of Apple `above` strikes above the money."""
    derivatives = desk.world.exchange.derivatives
    option_class = derivatives.classes_of(APPLE)[0]
    expiry = derivatives.expiries(option_class)[2]
    strikes = derivatives.strikes(option_class, expiry)
    middle = min(range(len(strikes)), key=lambda number: abs(strikes[number] - desk.world.price(APPLE)))
    return derivatives.option(option_class, expiry, CALL, strikes[middle + above]).contract.security


async def test_a_spread_is_one_order_and_one_strategy(desk: Desk) -> None:
    contracts = [call_option(desk, above) for above in (0, 2)]
    legs = [
        {"security": {"market": contract.market, "code": contract.code}, "side": side, "qtyRatio": 1}
        for contract, side in zip(contracts, (BUY, SELL), strict=True)
    ]
    effect = (await desk.ask(2112, REAL_US, 2, comboLegs=legs, qty=1, price=50.0, orderType=1)).maxTrdQtys
    assert effect.initialMarginChange >= effect.maintenanceMarginChange
    assert effect.optionBuyPower > 0
    placed = await desk.ask(2227, REAL_US, 2, comboLegs=legs, qty=2, price=50.0, orderType=1, remark="spread")
    [order] = (await desk.ask(2201, REAL_US, 2, filterConditions={"orderIDExList": [placed.orderIDEx]})).orderList
    assert (order.code, order.secMarket, order.remark, order.strategyType) == ("AAPL", 2, "spread", SPREAD)
    assert [(leg.security.code, leg.side, leg.qtyRatio) for leg in order.comboLegs] == [
        (contract.code, side, 1) for contract, side in zip(contracts, (BUY, SELL), strict=True)
    ]
    found = await desk.ask(2201, REAL_US, 2, filterConditions={"codeList": [contracts[1].code]})
    assert [one.orderID for one in found.orderList] == [order.orderID]
    assert order.orderStatus == OrderStatus.FILLED_ALL
    plain = (await desk.ask(2102, REAL_US, 2)).positionList
    assert {(row.code, row.positionSide, row.qty) for row in plain} == {
        (contracts[0].code, 0, 2), (contracts[1].code, 1, 2)
    }  # fmt: skip
    whole, *parts = (await desk.ask(2102, REAL_US, 2, optionStrategyView=True)).positionList
    assert (whole.positionType, whole.strategyType, whole.qty) == (1, SPREAD, 2)
    assert {(part.positionType, part.comboID) for part in parts} == {(2, whole.comboID)}
    other = [{**legs[0], "security": {"market": 1, "code": "00700"}}]
    for wrong in ([], legs * 5, other, [{**legs[0], "qtyRatio": 1.5}, legs[1]], [{**legs[0], "side": 9}, legs[1]]):
        with pytest.raises(UserFacingError):
            await desk.ask(2227, REAL_US, 2, comboLegs=wrong, qty=1, price=1.0, orderType=1)
