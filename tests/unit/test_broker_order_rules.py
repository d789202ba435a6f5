"""What orders are refused for, and what is made of prices and quantities."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.broker_world import (
    APPLE,
    REAL_FUTURES,
    REAL_HK,
    REAL_US,
    SIM_CN,
    SIM_FUTURES,
    SIM_HK,
    SIM_HK_OPTION,
    SIM_US,
    TENCENT,
    BrokerWorld,
)

from core.model.errors import UserFacingError
from core.model.message_texts import MESSAGE_TEXTS, sentence
from core.model.security import Security, parse_security
from core.model.trading import (
    ModifyOperation,
    OrderChange,
    OrderStatus,
    OrderType,
    TimeInForce,
    TradeSide,
    TradingEnvironment,
    TradingMarket,
    TradingSession,
    TrailType,
)
from core.model.translation import CHINESE
from core.runtime.language import load_translator
from core.upstreams.practice.broker import order_texts
from core.upstreams.practice.broker.order_products import Product
from core.upstreams.practice.broker.order_status import OPERATION_NAMES, STATUS_NAMES, operations
from core.upstreams.practice.broker.order_types import TYPE_NAMES, types_of

BUY, SELL = TradeSide.BUY, TradeSide.SELL
REAL, SIMULATE = TradingEnvironment.REAL, TradingEnvironment.SIMULATE
MOUTAI, STAR = parse_security("SH.600519"), parse_security("SH.688981")
BITCOIN, HANG_SENG, SUSPENDED, PENDING = (
    parse_security(label) for label in ("CC.BTCUSD", "HK.800000", "HK.02997", "HK.02998")
)
MAIN = parse_security("HK.HSImain")


@pytest.fixture(scope="module")
def world() -> BrokerWorld:
    return BrokerWorld()


async def refused(world: BrokerWorld, account: int, security: Security, **terms: Any) -> UserFacingError:
    """Place what must be refused. A share of the price is written as `price_part`."""
    part = terms.pop("price_part", None)
    if part is not None:
        terms["price"] = round(world.price(security) * part, 2)
    side, quantity = terms.pop("side", BUY), terms.pop("quantity", 100)
    with pytest.raises(UserFacingError) as refusal:
        await world.place(account, security, side, quantity, **terms)
    assert refusal.value.code in MESSAGE_TEXTS
    return refusal.value


@pytest.mark.parametrize(
    ("account", "security", "terms", "code"),
    [
        (SIM_HK, Security(1, "99999"), {}, "unknown_security"),
        (SIM_HK, PENDING, {}, "pending_listing"),
        (SIM_HK, SUSPENDED, {}, "suspended_order"),
        (SIM_HK, HANG_SENG, {}, "not_tradable"),
        (SIM_HK, BITCOIN, {}, "crypto_orders"),
        (SIM_HK, APPLE, {}, "account_market"),
        (SIM_HK, MAIN, {}, "account_market"),
        (SIM_US, TENCENT, {}, "account_market"),
        (SIM_HK_OPTION, TENCENT, {}, "account_market"),
        (SIM_FUTURES, TENCENT, {}, "account_market"),
        (REAL_US, TENCENT, {}, "account_market"),
        (SIM_HK, TENCENT, {"quantity": 150}, "odd_lot"),
        (SIM_HK, TENCENT, {"quantity": 0}, "bad_field"),
        (SIM_HK, TENCENT, {"quantity": float("nan")}, "bad_field"),
        (SIM_HK, TENCENT, {"quantity": 1e300}, "bad_field"),
        (SIM_CN, MOUTAI, {"quantity": 150, "price_part": 1.0}, "odd_lot"),
        (SIM_CN, STAR, {"quantity": 100, "price_part": 1.0}, "odd_lot_star"),
        (SIM_HK, TENCENT, {"quantity": 300_100, "price_part": 1.0}, "order_cap_quantity"),
        (REAL_HK, APPLE, {"quantity": 500_001, "price_part": 1.0}, "order_cap_quantity"),
        (REAL_HK, APPLE, {"quantity": 200_000, "price_part": 1.0}, "order_cap_amount"),
        (SIM_FUTURES, MAIN, {"quantity": 3_001}, "order_cap_quantity"),
        (SIM_HK, TENCENT, {"price": float("inf")}, "bad_field"),
        (SIM_HK, TENCENT, {"price": -5.0}, "bad_field"),
        (SIM_HK, TENCENT, {"order_type": OrderType.NORMAL}, "bad_field"),
        (SIM_HK, TENCENT, {"price": 500.13}, "price_tick"),
        (REAL_HK, APPLE, {"price": 200.123}, "price_tick"),
        (REAL_HK, APPLE, {"price_part": 0.5}, "price_far"),
        (REAL_US, APPLE, {"price_part": 1.5, "quantity": 1}, "price_far"),
        (SIM_CN, MOUTAI, {"price_part": 1.2}, "price_limits"),
        (SIM_CN, MOUTAI, {"price_part": 0.8}, "price_limits"),
        (SIM_HK, TENCENT, {"quantity": 100_000}, "buying_power"),
        (SIM_HK, TENCENT, {"order_type": OrderType.TWAP_LIMIT, "price": 500.0}, "order_type_listed_only"),
        (SIM_HK, TENCENT, {"order_type": OrderType.VWAP_MARKET}, "order_type_listed_only"),
        (REAL_HK, APPLE, {"order_type": OrderType.AUCTION}, "order_type_product"),
        (REAL_HK, MOUTAI, {}, "order_type_product"),
        (REAL_FUTURES, MAIN, {"order_type": OrderType.SPECIAL_LIMIT, "price": 20_000.0}, "order_type_product"),
        (SIM_HK, TENCENT, {"order_type": OrderType.AUCTION}, "no_auction"),
        (SIM_HK, TENCENT, {"time_in_force": TimeInForce.GTC}, "time_in_force_day"),
        (REAL_HK, TENCENT, {"time_in_force": TimeInForce.IOC, "price": 500.0}, "time_in_force_crypto"),
        (SIM_HK, TENCENT, {"time_in_force": TimeInForce.GTD, "price": 500.0}, "bad_date"),
        (
            SIM_HK,
            TENCENT,
            {"time_in_force": TimeInForce.GTD, "price": 500.0, "expire_date": "2026-11-19"},
            "expire_date",
        ),
        (
            SIM_HK,
            TENCENT,
            {"time_in_force": TimeInForce.GTD, "price": 500.0, "expire_date": "2027-06-01"},
            "expire_date",
        ),
        (SIM_HK, TENCENT, {"remark": "价" * 22}, "remark_long"),
        (SIM_US, APPLE, {"session": TradingSession.ALL}, "session_limit_only"),
        (
            SIM_US,
            APPLE,
            {"session": TradingSession.ETH, "price_part": 1.0, "time_in_force": TimeInForce.GTD},
            "session_time_in_force",
        ),
        (SIM_HK, TENCENT, {"order_type": OrderType.STOP}, "bad_field"),
        (SIM_HK, TENCENT, {"order_type": OrderType.STOP_LIMIT, "aux_price": 600.0}, "bad_field"),
        (SIM_HK, TENCENT, {"order_type": OrderType.TRAILING_STOP}, "missing_field"),
        (
            SIM_HK,
            TENCENT,
            {"order_type": OrderType.TRAILING_STOP, "trail_type": TrailType.RATIO, "trail_value": 100.0},
            "bad_field",
        ),
        (
            SIM_HK,
            TENCENT,
            {"order_type": OrderType.TRAILING_STOP, "trail_type": TrailType.AMOUNT, "trail_value": -1.0},
            "bad_field",
        ),
    ],
)
async def test_refusals(world: BrokerWorld, account: int, security: Security, terms: dict[str, Any], code: str) -> None:
    before = world.broker.revision
    assert (await refused(world, account, security, **dict(terms))).code == code
    assert world.broker.revision == before, "a refused order leaves nothing behind"


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"order_type": OrderType.STOP, "aux_price": 600.0}, "order_type_paper"),
        ({"price": 500.0, "time_in_force": TimeInForce.GTC}, "time_in_force_paper"),
    ],
)
async def test_strict_paper_is_as_narrow_as_the_official_one(terms: dict[str, Any], code: str) -> None:
    strict = BrokerWorld(strict_paper=True)
    assert (await refused(strict, SIM_HK, TENCENT, **dict(terms))).code == code
    assert (await strict.place(REAL_HK, TENCENT, BUY, 100, **terms)).status in OrderStatus, "real ones keep their rules"


async def test_strict_paper_changes_and_cancels_only() -> None:
    strict = BrokerWorld(strict_paper=True)
    low = strict.price(TENCENT) - 40
    order = await strict.place(SIM_HK, TENCENT, BUY, 100, low)
    for operation in (ModifyOperation.DISABLE, ModifyOperation.ENABLE, ModifyOperation.DELETE):
        with pytest.raises(UserFacingError, match="operation_paper"):
            await strict.broker.modify(SIM_HK, order.order_id, operation, None, client="test")
    with pytest.raises(UserFacingError, match="cancel_all_paper"):
        await strict.broker.cancel_all(SIM_HK, TradingMarket.NONE, client="test")
    change = OrderChange(200, price=low)
    assert (
        await strict.broker.modify(SIM_HK, order.order_id, ModifyOperation.NORMAL, change, client="test")
    ).quantity == 200
    assert (await refused(strict, SIM_US, APPLE, price_part=1.0, session=TradingSession.ETH)).code == "session_paper"
    assert (await refused(strict, SIM_US, APPLE, price_part=1.0, fill_outside_rth=True)).code == "session_paper"


@pytest.mark.parametrize(
    ("price", "adjust", "expected"),
    [
        (359.678, 0.0015, 359.8),
        (359.678, -0.0015, 359.6),
        (359.678, 0.0001, None),
        (359.678, None, None),
        (359.6, None, 359.6),
        (0.2514, 0.05, 0.255),
    ],
)
async def test_adjust_limit_moves_to_the_nearest_legal_price(price: float, adjust: float | None, expected: Any) -> None:
    world = BrokerWorld()
    if expected is None:
        with pytest.raises(UserFacingError, match=r"price_tick|price_adjust"):
            await world.place(SIM_HK, TENCENT, BUY, 100, price, adjust_limit=adjust)
        return
    order = await world.place(SIM_HK, TENCENT, BUY, 100, price, adjust_limit=adjust)
    assert order.price == round(expected * 10_000)


async def test_surplus_digits_are_rounded(world: BrokerWorld) -> None:
    order = await world.place(SIM_HK, TENCENT, BUY, 100.9, 500.0004)
    assert (order.price, order.quantity) == (5_000_000, 100)
    stop = await world.place(SIM_HK, TENCENT, BUY, 100, order_type=OrderType.STOP, aux_price=800.13)
    assert stop.aux_price == 8_000_000


async def test_mainland_odd_lots_are_for_selling(world: BrokerWorld) -> None:
    price = round(world.price(MOUTAI) * 1.005, 2)
    await world.place(SIM_CN, MOUTAI, BUY, 100, price)
    # Nothing can be sold on the day; the odd lot itself is no reason.
    assert (await refused(world, SIM_CN, MOUTAI, side=SELL, quantity=33, price=price)).code == "position_short"


def test_operation_table() -> None:
    every = set(ModifyOperation)
    plain = {ModifyOperation.NORMAL, ModifyOperation.CANCEL}
    assert operations(Product.HK_SECURITY, REAL) == every
    assert operations(Product.US_STOCK, REAL) == plain
    assert operations(Product.A_SHARE, REAL) == {ModifyOperation.CANCEL}
    assert operations(Product.HK_FUTURE, REAL) == plain | {ModifyOperation.DELETE}
    assert operations(Product.A_SHARE, SIMULATE) == plain
    assert all(operations(product, SIMULATE, strict_paper=True) == plain for product in Product)


def test_order_type_table() -> None:
    limit, market = OrderType.NORMAL, OrderType.MARKET
    assert market not in types_of(Product.HK_OPTION, REAL)
    assert market not in types_of(Product.A_SHARE, REAL)
    assert market in types_of(Product.A_SHARE, SIMULATE)
    assert OrderType.STOP not in types_of(Product.A_SHARE, REAL)
    assert OrderType.TRAILING_STOP_LIMIT in types_of(Product.A_SHARE, REAL)
    assert OrderType.AUCTION in types_of(Product.HK_FUTURE, REAL)
    assert OrderType.AUCTION_LIMIT not in types_of(Product.HK_FUTURE, REAL)
    assert all(types_of(product, SIMULATE, strict_paper=True) == {limit, market} for product in Product)


def test_every_word_is_translated(resources: Any) -> None:
    chinese = load_translator(resources, CHINESE)
    words = [*order_texts.TEXTS, *OPERATION_NAMES.values(), *STATUS_NAMES.values(), *TYPE_NAMES.values()]
    words += [product.value for product in Product]
    assert [word for word in words if word not in chinese.catalogue] == []


async def test_well_known_chinese_texts(world: BrokerWorld, resources: Any) -> None:
    chinese = load_translator(resources, CHINESE)
    odd = sentence(await refused(world, SIM_HK, TENCENT, quantity=150), chinese)
    assert "不足1手数量的碎股" in odd
    assert "账户购买力不足" in sentence(await refused(world, SIM_HK, TENCENT, quantity=100_000), chinese)
    tick = sentence(await refused(world, SIM_HK, TENCENT, price=500.13), chinese)
    assert tick == "此产品最小单位为 0.5，请调整至最小单位的整数倍后再提交"
