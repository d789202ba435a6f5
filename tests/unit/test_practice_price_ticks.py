"""Tick tables: known prices of each exchange, and properties that hold for every price."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.upstreams.practice.price_ticks import (
    PRICE_SCALE,
    TickKind,
    lowest_price,
    next_down,
    next_up,
    price_after_ticks,
    round_to_tick,
    tick_size,
    ticks_between,
)

KINDS = st.sampled_from(list(TickKind))
# Every band of every table lies below 6000; band borders are drawn often so that both sides of them are seen.
BORDERS = [2_500, 5_000, 10_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000]
BORDERS += [20_000_000, 50_000_000]
PRICES = st.one_of(
    st.integers(-10, 60_000_000),
    st.integers(0, 60_000),
    st.builds(lambda border, offset: border + offset, st.sampled_from(BORDERS), st.integers(-60_000, 60_000)),
)


def units(price: float) -> int:
    return round(price * PRICE_SCALE)


@pytest.mark.parametrize(
    ("kind", "price", "expected"),
    [
        (TickKind.HK_STOCK, 0.01, 0.001),
        (TickKind.HK_STOCK, 0.249, 0.001),
        (TickKind.HK_STOCK, 0.25, 0.005),
        (TickKind.HK_STOCK, 0.50, 0.01),
        (TickKind.HK_STOCK, 9.99, 0.01),
        (TickKind.HK_STOCK, 15, 0.01),  # was 0.02 before August 2025
        (TickKind.HK_STOCK, 20, 0.02),
        (TickKind.HK_STOCK, 49.98, 0.02),  # was 0.05 before August 2025
        (TickKind.HK_STOCK, 50, 0.05),
        (TickKind.HK_STOCK, 100, 0.1),
        (TickKind.HK_STOCK, 200, 0.2),
        (TickKind.HK_STOCK, 500, 0.5),
        (TickKind.HK_STOCK, 1000, 1),
        (TickKind.HK_STOCK, 2000, 2),
        (TickKind.HK_STOCK, 5000, 5),
        (TickKind.HK_ETF, 0.6, 0.001),
        (TickKind.HK_ETF, 4.998, 0.002),
        (TickKind.HK_ETF, 5, 0.005),
        (TickKind.HK_ETF, 26, 0.02),
        (TickKind.HK_ETF, 92, 0.02),
        (TickKind.HK_ETF, 150, 0.05),
        (TickKind.HK_ETF, 2500, 1),
        (TickKind.US, 0.5, 0.0001),
        (TickKind.US, 0.9999, 0.0001),
        (TickKind.US, 1, 0.01),
        (TickKind.US, 600, 0.01),
        (TickKind.CN_STOCK, 1450, 0.01),
        (TickKind.CN_ETF, 4.123, 0.001),
        (TickKind.INDEX, 26000, 0.01),
    ],
)
def test_tick_size_of_known_prices(kind: TickKind, price: float, expected: float) -> None:
    assert tick_size(kind, units(price)) == units(expected)


@pytest.mark.parametrize(
    ("kind", "price", "below", "above"),
    [
        (TickKind.HK_STOCK, 0.25, 0.249, 0.255),
        (TickKind.HK_STOCK, 20, 19.99, 20.02),
        (TickKind.HK_STOCK, 50, 49.98, 50.05),
        (TickKind.HK_STOCK, 500, 499.8, 500.5),
        (TickKind.HK_STOCK, 359.678, 359.6, 359.8),  # not legal itself
        (TickKind.HK_ETF, 1, 0.999, 1.002),
        (TickKind.US, 1, 0.9999, 1.01),
        (TickKind.CN_STOCK, 10, 9.99, 10.01),
    ],
)
def test_neighbours_across_band_borders(kind: TickKind, price: float, below: float, above: float) -> None:
    assert next_down(kind, units(price)) == units(below)
    assert next_up(kind, units(price)) == units(above)


def test_ticks_are_counted_across_bands() -> None:
    assert ticks_between(TickKind.HK_STOCK, units(49.98), units(50.10)) == 3
    assert ticks_between(TickKind.HK_STOCK, units(50.10), units(49.98)) == -3
    assert ticks_between(TickKind.US, units(0.99), units(1.02)) == 102
    assert price_after_ticks(TickKind.HK_STOCK, units(49.98), 3) == units(50.10)
    assert price_after_ticks(TickKind.HK_STOCK, units(0.012), -100) == units(0.01)


@pytest.mark.parametrize("kind", list(TickKind))
@pytest.mark.parametrize("price", [-5, 0, 1])
def test_nothing_goes_below_the_lowest_price(kind: TickKind, price: int) -> None:
    lowest = lowest_price(kind)
    assert round_to_tick(kind, price) == lowest
    assert next_down(kind, price) == lowest
    assert next_down(kind, lowest) == lowest


@given(KINDS, PRICES, PRICES)
def test_rounding_never_changes_the_order_of_prices(kind: TickKind, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert round_to_tick(kind, low) <= round_to_tick(kind, high)


@given(KINDS, PRICES, st.integers(1, 120))
def test_rounding_keeps_order_of_close_prices(kind: TickKind, price: int, distance: int) -> None:
    assert round_to_tick(kind, price) <= round_to_tick(kind, price + distance)


@given(KINDS, PRICES)
def test_rounding_is_idempotent_and_gives_the_nearest(kind: TickKind, price: int) -> None:
    legal = round_to_tick(kind, price)
    assert round_to_tick(kind, legal) == legal
    for neighbour in (next_down(kind, legal), next_up(kind, legal)):
        assert abs(legal - price) <= abs(neighbour - price)


@given(KINDS, PRICES)
def test_up_and_down_undo_each_other(kind: TickKind, price: int) -> None:
    legal = round_to_tick(kind, price)
    above = next_up(kind, legal)
    assert above == legal + tick_size(kind, legal)
    assert round_to_tick(kind, above) == above
    assert next_down(kind, above) == legal
    assert ticks_between(kind, legal, above) == 1


@given(KINDS, PRICES)
def test_neighbours_of_any_price_enclose_it(kind: TickKind, price: int) -> None:
    above = next_up(kind, price)
    assert above > price
    assert round_to_tick(kind, above) == above
    if price > lowest_price(kind):
        below = next_down(kind, price)
        assert below < price
        assert round_to_tick(kind, below) == below
        assert 1 <= ticks_between(kind, below, above) <= 2


@given(KINDS, PRICES, st.integers(-500, 500))
def test_moving_by_ticks_equals_single_steps(kind: TickKind, price: int, ticks: int) -> None:
    expected = round_to_tick(kind, price)
    for _ in range(abs(ticks)):
        expected = next_up(kind, expected) if ticks > 0 else next_down(kind, expected)
    assert price_after_ticks(kind, price, ticks) == expected
    assert ticks_between(kind, price_after_ticks(kind, price, ticks), expected) == 0
