"""What option positions on one underlying must be covered with: long ones in full, short ones by the exchanges' rule.

A short call is free of margin when shares cover it, a short put when a short position does. A short option beside a
longer-lived long one of the same kind needs what the pair can lose. Nothing else is set off: a short straddle pays for
both sides, which is more than brokers ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

_BASIS_POINTS = 10_000


class OptionRule(NamedTuple):
    """Ratios in basis points: of a stock underlying, of an index underlying, and the least of either."""

    underlying: int
    broad_index: int
    least: int


class Strand(NamedTuple):
    """Contracts of one series, negative when short. Strike and price in price units."""

    is_call: bool
    strike: int
    last_day: int
    multiplier: int
    quantity: int
    price: int
    is_index: bool


def option_requirement(rule: OptionRule, strands: Sequence[Strand], shares: int, owner_price: int) -> int:
    """Add up what the option positions on one underlying require of net assets. `shares` is negative when short."""
    total = 0
    for is_call in (True, False):
        of_kind = [strand for strand in strands if strand.is_call is is_call]
        cover = max(0, shares if is_call else -shares)
        longs = [strand for strand in of_kind if strand.quantity > 0]
        shorts = sorted(
            (strand for strand in of_kind if strand.quantity < 0),
            key=lambda strand: -naked(rule, strand, owner_price),
        )
        free = {number: strand.quantity for number, strand in enumerate(longs)}
        for short in shorts:
            left = -short.quantity
            covered = min(left, cover // short.multiplier)
            cover -= covered * short.multiplier
            left -= covered
            pairs = sorted(
                (pair_loss(longs[number], short), number)
                for number, quantity in free.items()
                if quantity
                and longs[number].last_day >= short.last_day
                and longs[number].multiplier == short.multiplier
            )
            alone = naked(rule, short, owner_price)
            for loss, number in pairs:
                # The pair's own value counts as the difference of its premiums.
                together = (longs[number].price - short.price) * short.multiplier + loss
                if together >= alone + longs[number].price * short.multiplier:
                    continue
                used = min(left, free[number])
                total += used * together
                free[number] -= used
                left -= used
            total += left * alone
        total += sum(free[number] * strand.price * strand.multiplier for number, strand in enumerate(longs))
    return total


def naked(rule: OptionRule, strand: Strand, owner_price: int) -> int:
    """Give what one uncovered short contract needs beyond its premium. An unknown price counts as the strike."""
    owner_price = owner_price or strand.strike
    apart = strand.strike - owner_price if strand.is_call else owner_price - strand.strike
    ratio = rule.broad_index if strand.is_index else rule.underlying
    usual = owner_price * ratio // _BASIS_POINTS - max(0, apart)
    least = (owner_price if strand.is_call else strand.strike) * rule.least // _BASIS_POINTS
    return max(usual, least) * strand.multiplier


def pair_loss(long: Strand, short: Strand) -> int:
    """Give what exercise of a short contract can cost beyond what the long one brings."""
    apart = long.strike - short.strike if short.is_call else short.strike - long.strike
    return max(0, apart) * short.multiplier
