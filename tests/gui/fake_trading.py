"""Accounts, orders and fills of the mockup's moment, for window tests."""

from __future__ import annotations

from dataclasses import replace

from core.model.security import parse_security
from core.model.status import GatewaySnapshot
from core.model.trading import (
    AccountType,
    Currency,
    OrderStatus,
    OrderType,
    PositionSide,
    SecurityFirm,
    SimulatedAccountType,
    TimeInForce,
    TradeSide,
    TradingEnvironment,
    TradingMarket,
    TradingSession,
)
from core.model.trading_status import (
    AccountBook,
    AccountRow,
    CashRow,
    FillRow,
    FirmLock,
    FundsStatus,
    OrderRow,
    OrderStep,
    PositionRow,
    TradingOverview,
)

# Tuesday 14 April 2026, 14:32:07 in Hong Kong, the moment of the mockups.
MOMENT = 1776148327.0
HK = 8 * 3600
MARGIN_ACCOUNT, FUTURES_ACCOUNT, US_ACCOUNT, OLD_ACCOUNT = (
    281756473344064406,
    281756473344067790,
    100412345678902315,
    281756473344060021,
)
HK_PAPER, US_PAPER, CN_PAPER = 9100011, 9100012, 9100013
_NAMES = {
    "HK.00700": "Tencent",
    "HK.09988": "Alibaba-W",
    "HK.03690": "Meituan-W",
    "HK.01810": "Xiaomi-W",
    "SH.601318": "Ping An",
    "HK.00005": "HSBC",
    "US.AAPL": "Apple",
}


def at(clock: str) -> float:
    """Unix seconds of a Hong Kong clock time, milliseconds too, on the day of the mockups."""
    hours, minutes, seconds = clock.split(":")
    return MOMENT - (14 * 3600 + 32 * 60 + 7) + int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _account(
    number: int,
    label: str,
    firm: SecurityFirm,
    markets: tuple[TradingMarket, ...],
    *,
    real: bool = True,
    kind: AccountType = AccountType.MARGIN,
    currency: Currency = Currency.HKD,
    balance: float = 0.0,
    disabled: bool = False,
    futures: bool = False,
) -> AccountRow:
    return AccountRow(
        account_id=number,
        environment=TradingEnvironment.REAL if real else TradingEnvironment.SIMULATE,
        label=label,
        account_type=kind,
        simulated_type=SimulatedAccountType.NONE if real else SimulatedAccountType.STOCK,
        firm=firm,
        markets=markets,
        card_number="",
        disabled=disabled,
        currency=currency,
        balance=balance,
        is_futures=futures,
    )


_FUTU, _MOOMOO, _NONE = SecurityFirm.FUTU_HK, SecurityFirm.MOOMOO_US, SecurityFirm.NONE
ACCOUNTS = (
    _account(
        MARGIN_ACCOUNT,
        "Practice-real: Futu HK universal",
        _FUTU,
        (TradingMarket.HK, TradingMarket.US, TradingMarket.HKCC),
        balance=1_284_906.35,
    ),
    _account(FUTURES_ACCOUNT, "Practice-real: Futu HK futures", _FUTU, (TradingMarket.FUTURES,), futures=True),
    _account(
        US_ACCOUNT,
        "Practice-real: moomoo US universal",
        _MOOMOO,
        (TradingMarket.US,),
        kind=AccountType.CASH,
        currency=Currency.USD,
        balance=100_000,
    ),
    _account(OLD_ACCOUNT, "Practice-real: Futu HK old HK account", _FUTU, (TradingMarket.HK,), disabled=True),
    _account(HK_PAPER, "Practice simulated: HK stocks", _NONE, (TradingMarket.HK,), real=False, balance=987_220),
    _account(
        US_PAPER,
        "Practice simulated: US stocks and options",
        _NONE,
        (TradingMarket.US,),
        real=False,
        currency=Currency.USD,
        balance=102_480,
    ),
    _account(
        CN_PAPER,
        "Practice simulated: A shares",
        _NONE,
        (TradingMarket.CN,),
        real=False,
        currency=Currency.CNH,
        balance=1_000_000,
    ),
)
LOCKS = (
    FirmLock(_FUTU, "FUTU HK", True, "hk_maker", at("09:12:46")),
    FirmLock(_MOOMOO, "Moomoo US", False),
)
TRADING = TradingOverview(LOCKS, False, ACCOUNTS, open_orders=3, orders_today=37, revision=1)


def order(
    number: int,
    clock: str,
    label: str,
    side: TradeSide,
    price: float,
    filled: float,
    quantity: float,
    average: float,
    status: OrderStatus,
    client: str,
    *,
    order_type: OrderType = OrderType.NORMAL,
    error: str = "",
    remark: str = "",
    currency: Currency = Currency.HKD,
) -> OrderRow:
    """One row of the mockup's table."""
    return OrderRow(
        order_id=7_300_000_000_000_000 + number,
        security=parse_security(label),
        name=_NAMES.get(label, ""),
        side=side,
        order_type=order_type,
        price=price,
        quantity=quantity,
        filled=filled,
        average_price=average,
        status=status,
        created_at=at(clock),
        updated_at=at(clock) + 1,
        client=client,
        time_in_force=TimeInForce.DAY,
        session=TradingSession.NONE,
        trigger_price=0.0,
        remark=remark,
        error=error,
        currency=currency,
        fees=61.4 if filled else 0.0,
    )


_BUY, _SELL = TradeSide.BUY, TradeSide.SELL
PARTLY = order(
    37,
    "14:31:52.104",
    "HK.00700",
    _BUY,
    512,
    200,
    400,
    511.75,
    OrderStatus.FILLED_PART,
    "hk_maker",
    remark="mm-rebalance-3",
)
_SHOWN_ORDERS = (
    PARTLY,
    order(36, "14:29:10", "HK.09988", _BUY, 127.6, 0, 1000, 0, OrderStatus.SUBMITTED, "hk_maker"),
    order(35, "14:12:37", "HK.03690", _SELL, 97.2, 0, 500, 0, OrderStatus.SUBMITTED, "signal_daily"),
    order(34, "14:05:22", "HK.00700", _SELL, 514, 300, 300, 514.17, OrderStatus.FILLED_ALL, "hk_maker"),
    order(
        33,
        "13:58:40",
        "HK.09988",
        _SELL,
        128.6,
        0,
        300,
        0,
        OrderStatus.FAILED,
        "signal_daily",
        error="The position does not suffice any more.",
    ),
    order(
        32,
        "13:41:03",
        "HK.01810",
        _BUY,
        0,
        2000,
        2000,
        39.14,
        OrderStatus.FILLED_ALL,
        "signal_daily",
        order_type=OrderType.MARKET,
    ),
    order(31, "13:22:18", "HK.03690", _BUY, 95.8, 1000, 1000, 95.8, OrderStatus.FILLED_ALL, "hk_maker"),
    order(30, "13:05:44", "SH.601318", _BUY, 58.4, 1200, 1200, 58.39, OrderStatus.FILLED_ALL, "signal_daily"),
    order(29, "11:47:55", "HK.00005", _BUY, 128.2, 0, 800, 0, OrderStatus.CANCELLED_ALL, "hk_maker"),
    order(28, "11:40:12", "HK.00005", _BUY, 128.1, 200, 800, 128.1, OrderStatus.CANCELLED_PART, "hk_maker"),
    order(27, "11:31:02", "HK.09988", _BUY, 127.1, 0, 100, 0, OrderStatus.CANCELLED_ALL, "hk_maker"),
    order(26, "11:30:44", "HK.09988", _BUY, 127.0, 0, 100, 0, OrderStatus.CANCELLED_ALL, ""),
)
ORDERS = _SHOWN_ORDERS + tuple(
    order(
        number,
        f"10:{2 * number:02d}:08",
        "HK.00700",
        _BUY if number % 2 else _SELL,
        508 + number / 10,
        100,
        100,
        508 + number / 10,
        OrderStatus.FILLED_ALL,
        "hk_maker",
    )
    for number in range(25, 0, -1)
)
STEPS = (
    OrderStep(at("14:31:52.104"), OrderStatus.UNSUBMITTED, "Accepted from {client}.", (("client", "hk_maker"),)),
    OrderStep(at("14:31:52.106"), OrderStatus.SUBMITTING, "Sent to the exchange."),
    OrderStep(at("14:31:52.122"), OrderStatus.SUBMITTED, "In the order book."),
    OrderStep(
        at("14:31:58.440"),
        OrderStatus.FILLED_PART,
        "{quantity} filled at {price}.",
        (("quantity", "100"), ("price", "512.00")),
    ),
    OrderStep(
        at("14:32:03.902"),
        OrderStatus.FILLED_PART,
        "{quantity} filled at {price}.",
        (("quantity", "100"), ("price", "511.50")),
    ),
)


def position(
    number: int, label: str, quantity: float, cost: float, last: float, today: float, currency: Currency = Currency.HKD
) -> PositionRow:
    """One position with its sums."""
    return PositionRow(
        position_id=number,
        security=parse_security(label),
        name=_NAMES.get(label, ""),
        side=PositionSide.LONG,
        quantity=quantity,
        can_sell=quantity,
        average_cost=cost,
        last=last,
        market_value=quantity * last,
        profit=quantity * (last - cost),
        profit_ratio=(last - cost) / cost,
        today_profit=today,
        currency=currency,
    )


POSITIONS = (
    position(1, "HK.00700", 600, 498.2, 512.5, 3_900),
    position(2, "HK.09988", 1800, 131.4, 127.6, -2_340),
    position(3, "HK.03690", 1500, 95.8, 97.25, 2_175),
    position(4, "HK.01810", 4000, 38.92, 39.14, 880),
    position(5, "US.AAPL", 120, 251.3, 258.34, 844.8, Currency.USD),
)
FILLS = tuple(
    FillRow(
        9_000_000 + row.order_id % 100,
        row.order_id,
        row.security,
        row.name,
        row.side,
        row.filled,
        row.average_price,
        row.updated_at,
        "Practice broker" if row.order_id % 2 else "",
    )
    for row in ORDERS
    if row.filled
)
FUNDS = FundsStatus(
    currency=Currency.HKD,
    net_assets=1_284_906.35,
    cash=412_380.10,
    market_value=872_526.25,
    buying_power=1_630_212.0,
    today_profit=8_412.6,
    risk_level=2,
    initial_margin=261_757.88,
    maintenance_margin=218_131.56,
    available_funds=1_023_148.47,
    rows=(
        CashRow(Currency.HKD, 402_380.10, 300_080.10, 102_300.0),
        CashRow(Currency.USD, 1_282.05, 1_282.05, 0.0),
        CashRow(Currency.CNH, 0.0, 0.0, 0.0),
    ),
)
BOOK = AccountBook(MARGIN_ACCOUNT, MOMENT - 1, FUNDS, POSITIONS, ORDERS, FILLS, HK)
BOOKS = {
    MARGIN_ACCOUNT: BOOK,
    FUTURES_ACCOUNT: AccountBook(
        FUTURES_ACCOUNT, MOMENT - 1, replace(FUNDS, today_profit=-120.0, risk_level=7), utc_offset_seconds=HK
    ),
    US_ACCOUNT: AccountBook(
        US_ACCOUNT,
        MOMENT - 1,
        replace(FUNDS, currency=Currency.USD),
        orders=(
            order(
                90,
                "21:45:10",
                "US.AAPL",
                _BUY,
                257.2,
                0,
                20,
                0,
                OrderStatus.SUBMITTED,
                "hk_maker",
                currency=Currency.USD,
            ),
        ),
        utc_offset_seconds=-4 * 3600,
    ),
    OLD_ACCOUNT: AccountBook(OLD_ACCOUNT, MOMENT - 1, FUNDS, utc_offset_seconds=HK),
    HK_PAPER: AccountBook(
        HK_PAPER,
        MOMENT - 1,
        FUNDS,
        orders=(order(80, "10:00:00", "HK.00700", _BUY, 500, 0, 100, 0, OrderStatus.SUBMITTED, "signal_daily"),),
        utc_offset_seconds=HK,
    ),
    US_PAPER: AccountBook(US_PAPER, MOMENT - 1, replace(FUNDS, currency=Currency.USD), utc_offset_seconds=-4 * 3600),
    CN_PAPER: AccountBook(CN_PAPER, MOMENT - 1, replace(FUNDS, currency=Currency.CNH), utc_offset_seconds=HK),
}


def with_trading(snapshot: GatewaySnapshot, trading: TradingOverview = TRADING) -> GatewaySnapshot:
    """The same snapshot with accounts."""
    return replace(snapshot, trading=trading)
