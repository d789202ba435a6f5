"""Price-time priority, partial fills, and traders that keep the book in order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.upstreams.practice.liquidity import LiquidityClass
from core.upstreams.practice.order_book import Fill, OrderBook, Side
from core.upstreams.practice.order_flow import VISIBLE_LEVELS, OrderFlow
from core.upstreams.practice.price_ticks import TickKind, round_to_tick, tick_size
from core.upstreams.practice.seeded_noise import mix

BUY, SELL = Side.BUY, Side.SELL
LIQUID = LiquidityClass(0.3, 0.3, 6, 2.0)


def test_better_price_first_then_earlier_order() -> None:
    book = OrderBook()
    late, _ = book.place(SELL, 102, 5)
    first, _ = book.place(SELL, 101, 5)
    second, _ = book.place(SELL, 101, 5)
    taker, fills = book.place(BUY, 102, 12)
    assert fills == [
        Fill(101, 5, first, taker, BUY),
        Fill(101, 5, second, taker, BUY),
        Fill(102, 2, late, taker, BUY),
    ]
    assert book.levels(SELL, 5) == [(102, 3, 1)]
    assert book.best_bid is None


def test_a_partly_filled_order_keeps_its_place() -> None:
    book = OrderBook()
    first, _ = book.place(BUY, 100, 10)
    second, _ = book.place(BUY, 100, 10)
    book.place(SELL, 100, 4)
    _, fills = book.place(SELL, 100, 8)
    assert [(fill.maker_id, fill.volume) for fill in fills] == [(first, 6), (second, 2)]
    assert book.levels(BUY, 5) == [(100, 8, 1)]


def test_what_is_left_rests_or_is_dropped() -> None:
    book = OrderBook()
    book.place(SELL, 101, 3)
    book.place(BUY, 101, 5)
    assert (book.best_bid, book.best_ask) == (101, None)
    book.place(SELL, 101, 5, rest=False)
    assert (book.best_bid, book.best_ask) == (None, None)


def test_cancel() -> None:
    book = OrderBook()
    order, _ = book.place(BUY, 100, 10)
    book.place(SELL, 100, 4)
    assert book.cancel(order) == 6
    assert book.cancel(order) == 0
    assert book.levels(BUY, 5) == []


@pytest.mark.parametrize(("price", "volume"), [(0, 1), (1, 0), (-5, 1), (1, -1)])
def test_nonsense_is_refused(price: int, volume: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        OrderBook().place(BUY, price, volume)


orders = st.tuples(st.sampled_from([BUY, SELL]), st.integers(90, 110), st.integers(1, 20), st.booleans())


@settings(max_examples=200)
@given(st.lists(st.one_of(orders, st.integers(1, 60)), max_size=60))
def test_no_volume_is_lost_and_the_book_never_crosses(steps: list[object]) -> None:
    book = OrderBook()
    open_volumes: dict[int, int] = {}
    for step in steps:
        if isinstance(step, int):
            assert book.cancel(step) == open_volumes.pop(step, 0)
        else:
            side, price, volume, rest = step  # type: ignore[misc]
            order, fills = book.place(side, price, volume, rest=rest)
            for fill in fills:
                assert fill.price <= price if side is BUY else fill.price >= price
                open_volumes[fill.maker_id] -= fill.volume
                if not open_volumes[fill.maker_id]:
                    del open_volumes[fill.maker_id]
            left = volume - sum(fill.volume for fill in fills)
            if rest and left:
                open_volumes[order] = left
        if book.best_bid is not None and book.best_ask is not None:
            assert book.best_bid < book.best_ask
        levels = [*book.levels(BUY, 100), *book.levels(SELL, 100)]
        assert sum(level.volume for level in levels) == sum(open_volumes.values())
        assert sum(level.order_count for level in levels) == len(open_volumes)
        assert [level.price for level in book.levels(BUY, 100)] == sorted(
            (level.price for level in book.levels(BUY, 100)), reverse=True
        )


@pytest.mark.parametrize(("kind", "price", "lot"), [(TickKind.HK_STOCK, 6_150_000, 100), (TickKind.US, 2_700_000, 1)])
def test_traders_keep_the_book_deep_uncrossed_and_near_the_fair_price(kind: TickKind, price: int, lot: int) -> None:
    book = OrderBook()
    flow = OrderFlow(book, kind, lot, 3.0, LIQUID)
    flow.begin_minute(1, 20_000 * lot)
    fair = float(price)
    flow.fill_book(fair)
    traded, tick = 0, tick_size(kind, price)
    for step in range(20_000):
        if step % 200 == 0:
            flow.begin_minute(mix(step), 20_000 * lot)
        # A fair price that wanders by up to a third of a tick per event.
        fair += tick * ((mix(step) % 2001) / 1000 - 1) / 3
        for fill in flow.act(fair):
            assert fill.volume > 0
            assert fill.volume % lot == 0
            traded += fill.volume
        assert book.best_bid is not None
        assert book.best_ask is not None
        assert book.best_bid < book.best_ask
        assert book.level_count(BUY) >= VISIBLE_LEVELS - 1
        assert book.level_count(SELL) >= VISIBLE_LEVELS - 1
        assert book.best_bid == round_to_tick(kind, book.best_bid)
        assert abs((book.best_bid + book.best_ask) / 2 - fair) < 12 * tick
    # About as much as was asked for: 100 minutes of 20000 lots.
    assert 0.6 < traded / (20_000 * lot * 20_000 / 180) < 1.6


def test_same_dice_same_trades() -> None:
    def run() -> list[Fill]:
        book = OrderBook()
        flow = OrderFlow(book, TickKind.HK_STOCK, 100, 3.0, LIQUID)
        flow.begin_minute(5, 100_000)
        flow.fill_book(6_150_000.0)
        return [fill for _ in range(500) for fill in flow.act(6_150_000.0)]

    assert run() == run()
