"""Fixed, simulated exchange rates: what money of one currency is worth in another."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from core.model.trading import Currency
from core.upstreams.practice.broker.broker_tables import BrokerTableError, read_rows

COLUMNS: Final = ("currency", "hkd")
_RATE_SCALE: Final = 1_000_000
# Practice securities name their currency by ISO 4217; accounts hold mainland money offshore.
_OF_ISO: Final = {currency.name: currency for currency in Currency} | {"CNY": Currency.CNH}


class CurrencyTable:
    """Rates of every currency of the schema. Conversion rounds half away from zero, so a debt converts like cash."""

    def __init__(self, hkd_rates: Mapping[Currency, int]) -> None:
        """Store: HKD for one unit, in millionths, positive."""
        self._rates = dict(hkd_rates)

    def convert(self, amount: int, source: Currency, target: Currency) -> int:
        """Give what an amount is worth in another currency, in the same units (1/10000)."""
        if source is target or not amount:
            return amount
        return _divide(amount * self._rates[source], self._rates[target])


def currency_of(iso_code: str) -> Currency:
    """Give the currency in which a security with this ISO code is paid. Raises KeyError for an unknown one."""
    return _OF_ISO[iso_code]


def load_currencies(path: Path) -> CurrencyTable:
    """Read the table, which must have every currency once. Raises BrokerTableError."""
    rates: dict[Currency, int] = {}
    for row in read_rows(path, COLUMNS):
        name, text = row.cells["currency"], row.cells["hkd"]
        currency = Currency.__members__.get(name)
        if currency is None or currency in rates:
            raise BrokerTableError(f"{path.name}, line {row.line}: currency {name!r} is unknown or listed twice")
        try:
            rate = Decimal(text) * _RATE_SCALE
        except InvalidOperation:
            rate = Decimal(0)
        if not rate.is_finite() or rate != rate.to_integral_value() or not 1 <= rate <= 10**12:
            raise BrokerTableError(
                f"{path.name}, line {row.line}: hkd {text!r} is no positive number with at most six decimals"
            )
        rates[currency] = int(rate)
    missing = [currency.name for currency in Currency if currency not in rates]
    if missing:
        raise BrokerTableError(f"{path.name}: {', '.join(missing)} missing")
    return CurrencyTable(rates)


def _divide(dividend: int, divisor: int) -> int:
    quotient = (2 * abs(dividend) + divisor) // (2 * divisor)
    return quotient if dividend >= 0 else -quotient
