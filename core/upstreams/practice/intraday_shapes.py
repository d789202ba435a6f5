"""Shapes of a trading day: how price and volume move from minute to minute, without a price or a size.

A shape runs between 0 and 1023 and touches both, so a day's minutes reach exactly the day's low and high.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate
from operator import mul, sub
from random import Random
from typing import Final, NamedTuple

from core.upstreams.practice.bar_periods import Bucket, SessionLayout
from core.upstreams.practice.seeded_noise import key_of

LEVELS: Final = 1023
POINTS_PER_MINUTE: Final = 4
SHAPE_COUNT: Final = 64  # every odd one is the mirror image of the one before
_WEIGHT_SHIFT: Final = 10  # minute weights have the mean 1024
# Mainland China's day, the only one of this length: its last three minutes are an auction that ends in one trade.
_AUCTION_DAY, _AUCTION_MINUTES = 240, 3
_AUCTION_WEIGHT: Final = 1.6  # of the volume of those minutes
# Finer lists are quick to make and large to keep.
_KEPT_BUCKETS: Final = 60


class Shape(NamedTuple):
    """Prices of one day between 0 and LEVELS, four a minute, and how busy each minute is."""

    points: array[int]
    sums: array[int]  # of the four points of each minute
    weights: array[int]
    start: int
    end: int


class Profile(NamedTuple):
    """A shape's volume for one size of market, in units. `products` are units x sum of the minute's points.

    The size is 4 ** scale units a minute, on average; with a scale below 0 some minutes have none.
    """

    units: array[int]
    products: array[int]


class ShapeBar(NamedTuple):
    """One bar of a shape: levels between 0 and LEVELS, units of volume and their product with the levels."""

    label: int
    open: int
    high: int
    low: int
    close: int
    units: int
    product: int


class ShapeLibrary:
    """Makes shapes on first use; a given seed always gives the same ones."""

    def __init__(self, seed: int) -> None:
        """Store. Nothing is made yet."""
        self._seed = seed
        # One entry is 5 to 20 kB; the sizes keep the library under 20 MB in the worst case.
        self.shape = lru_cache(maxsize=1_024)(self._make_shape)
        self.profile = lru_cache(maxsize=512)(self._make_profile)
        self.unit_sums = lru_cache(maxsize=512)(self._make_unit_sums)
        self.product_sums = lru_cache(maxsize=512)(self._make_product_sums)
        self.directions = lru_cache(maxsize=32)(self._make_directions)
        self._totals: dict[tuple[int, int, int], tuple[int, int]] = {}
        self._kept_bars = lru_cache(maxsize=1_024)(self._make_bars)
        self._kept_traded_bars = lru_cache(maxsize=2_048)(self._make_traded_bars)

    def number_near(self, count: int, direction: float, dice: int) -> int:
        """Choose a shape whose close lies about `direction` (-1 to 1) of its range above its open.

        `dice` (0 to 255) chooses among the nearest few. The first call for a length makes all its shapes (10 to 70 ms).
        """
        directions, numbers = self.directions(count)
        nearest = bisect_left(directions, direction) + (dice & 7) - 4
        return numbers[max(0, min(len(numbers) - 1, nearest))]

    def _make_directions(self, count: int) -> tuple[list[float], list[int]]:
        shapes = [(number, self.shape(count, number)) for number in range(SHAPE_COUNT)]
        found = sorted(((shape.end - shape.start) / LEVELS, number) for number, shape in shapes)
        return [direction for direction, _ in found], [number for _, number in found]

    def totals(self, count: int, number: int, scale: int) -> tuple[int, int]:
        """Give a whole day's units and products; these small results are always kept."""
        key = (count, number, scale)
        found = self._totals.get(key)
        if found is None:
            units, products = self.profile(count, number, scale)
            found = self._totals[key] = (sum(units), sum(products))
        return found

    def bars(self, layout: SessionLayout, number: int, scale: int, period: int) -> list[ShapeBar]:
        """Give the bars of a period of minutes. `scale` is the size of the market, see `Profile`."""
        if len(layout.buckets(period)) <= _KEPT_BUCKETS:
            return self._kept_bars(layout, number, scale, period)
        return self._make_bars(layout, number, scale, period)

    def bar(self, layout: SessionLayout, number: int, scale: int, bucket: Bucket) -> ShapeBar:
        """Give the bar of some slots."""
        shape, profile = self.shape(layout.count, number), self.profile(layout.count, number, scale)
        return _bar(shape, profile, bucket)

    def traded_bars(self, layout: SessionLayout, number: int, scale: int, period: int) -> list[ShapeBar]:
        """Give the bars of a period of minutes in which somebody trades, made of the minutes in which somebody does."""
        if len(layout.buckets(period)) <= _KEPT_BUCKETS:
            return self._kept_traded_bars(layout, number, scale, period)
        return self._make_traded_bars(layout, number, scale, period)

    def traded_bar(self, layout: SessionLayout, number: int, scale: int, bucket: Bucket) -> ShapeBar:
        """Give the bar of those of some slots in which somebody trades; of all of them when nobody does."""
        shape, profile = self.shape(layout.count, number), self.profile(layout.count, number, scale)
        return _traded_bar(shape, profile, bucket)

    def _make_shape(self, count: int, number: int) -> Shape:
        if number % 2:
            plain = self.shape(count, number - 1)
            points = array("H", [LEVELS - point for point in plain.points])
            weights = plain.weights
        else:
            random = Random(key_of(self._seed, "shape", count, number)).random
            walk = list(accumulate(random() - 0.5 for _ in range(count * POINTS_PER_MINUTE)))
            if count == _AUCTION_DAY:
                _close_by_auction(walk)
            lowest, highest = min(walk), max(walk)
            factor = LEVELS / (highest - lowest)
            points = array("H", [round((step - lowest) * factor) for step in walk])
            weights = _make_weights(count, [random() for _ in range(count)])
        sums = array("H", map(sum, zip(*(points[offset::4] for offset in range(4)), strict=True)))
        return Shape(points, sums, weights, points[0], points[-1])

    def _make_profile(self, count: int, number: int, scale: int) -> Profile:
        shape = self.shape(count, number)
        if scale >= 0:
            size = 4**scale
            half = 1 << (_WEIGHT_SHIFT - 1)
            units = array("L", [(weight * size + half) >> _WEIGHT_SHIFT for weight in shape.weights])
        else:
            # Fewer units than minutes: each minute gets what the sum so far has grown by.
            shift = _WEIGHT_SHIFT - 2 * scale
            sums = [total >> shift for total in accumulate(shape.weights, initial=1 << (shift - 1))]
            units = array("L", map(sub, sums[1:], sums))
        products = array("Q", map(mul, units, shape.sums))
        return Profile(units, products)

    def _make_unit_sums(self, count: int, number: int, scale: int) -> array[int]:
        return array("Q", accumulate(self.profile(count, number, scale).units, initial=0))

    def _make_product_sums(self, count: int, number: int, scale: int) -> tuple[array[int], array[int]]:
        """Add up units x points and units x squares of points of the minutes before each one."""
        units, products = self.profile(count, number, scale)
        points = self.shape(count, number).points
        squares = list(map(mul, points, points))
        sums = map(sum, zip(*(squares[offset::4] for offset in range(4)), strict=True))
        return (
            array("Q", accumulate(products, initial=0)),
            array("Q", accumulate(map(mul, units, sums), initial=0)),
        )

    def _make_bars(self, layout: SessionLayout, number: int, scale: int, period: int) -> list[ShapeBar]:
        shape, profile = self.shape(layout.count, number), self.profile(layout.count, number, scale)
        return [_bar(shape, profile, bucket) for bucket in layout.buckets(period)]

    def _make_traded_bars(self, layout: SessionLayout, number: int, scale: int, period: int) -> list[ShapeBar]:
        shape, profile = self.shape(layout.count, number), self.profile(layout.count, number, scale)
        units = profile.units
        buckets = [bucket for bucket in layout.buckets(period) if any(units[bucket.first : bucket.end])]
        return [_traded_bar(shape, profile, bucket) for bucket in buckets]


def _bar(shape: Shape, profile: Profile, bucket: Bucket) -> ShapeBar:
    label, first, end = bucket
    points = shape.points[first * POINTS_PER_MINUTE : end * POINTS_PER_MINUTE]
    units, product = profile.units, profile.products
    if end - first == 1:
        return ShapeBar(label, points[0], max(points), min(points), points[-1], units[first], product[first])
    return ShapeBar(
        label, points[0], max(points), min(points), points[-1], sum(units[first:end]), sum(product[first:end])
    )


def _traded_bar(shape: Shape, profile: Profile, bucket: Bucket) -> ShapeBar:
    label, first, end = bucket
    units = profile.units[first:end]
    if end - first == 1 or all(units) or not any(units):
        return _bar(shape, profile, bucket)
    points = array("H")
    for slot, unit in enumerate(units, first):
        if unit:
            points += shape.points[slot * POINTS_PER_MINUTE : (slot + 1) * POINTS_PER_MINUTE]
    product = sum(profile.products[first:end])
    return ShapeBar(label, points[0], max(points), min(points), points[-1], sum(units), product)


def _make_weights(count: int, noise: list[float]) -> array[int]:
    """Busy at the close and still more at the open, quiet at noon, and uneven from minute to minute."""
    raw = []
    for slot, chance in enumerate(noise):
        position = (2 * slot + 1) / count - 1
        busy = 0.62 + (1.9 if position < 0 else 1.3) * position**4
        raw.append(busy * (0.4 + 1.2 * chance * chance + 0.2 * chance))
    factor = (1 << _WEIGHT_SHIFT) * count / sum(raw)
    weights = [max(1, round(value * factor)) for value in raw]
    if count == _AUCTION_DAY:
        auction = round(_AUCTION_WEIGHT * sum(weights[-_AUCTION_MINUTES:]))
        weights[-_AUCTION_MINUTES:] = [0] * (_AUCTION_MINUTES - 1) + [auction]
    return array("L", weights)


def _close_by_auction(walk: list[float]) -> None:
    """Let the price stand while orders are collected, and end in one price."""
    first = -_AUCTION_MINUTES * POINTS_PER_MINUTE
    quiet = -first - POINTS_PER_MINUTE
    walk[first:] = [walk[first - 1]] * quiet + [walk[-1]] * POINTS_PER_MINUTE
