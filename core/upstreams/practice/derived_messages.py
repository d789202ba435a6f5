"""The blocks of public messages that only options, futures and warrants have."""

from __future__ import annotations

import datetime
from typing import Any, Final

from core.model.security import HK, US
from core.upstreams.practice.contract_figures import OptionFigures, option_figures, warrant_figures
from core.upstreams.practice.contract_models import DerivedModel, FutureModel, OptionModel, WarrantModel
from core.upstreams.practice.contracts import OptionContract
from core.upstreams.practice.derived_market import DerivedMarket
from core.upstreams.practice.market_time import MarketTime
from core.upstreams.practice.price_ticks import PRICE_SCALE
from core.upstreams.practice.warrants import ISSUER_LETTERS

AMERICAN, EUROPEAN = 1, 2  # OptionAreaType
_STANDARD: Final = 1  # OptionStandardType
_AFTERNOON_SETTLEMENT: Final = 2  # OptionSettlementMode
_MARKET_NAMES: Final = {HK: "HK", US: "US"}


def add_quote_details(quote: Any, market: DerivedMarket) -> None:
    """Add a contract's own block to a BasicQot."""
    model, day = market.model, market.day.day
    _, spot = market.fair_values()
    if isinstance(model, OptionModel):
        _fill_option(quote.optionExData, model, option_figures(model, day, spot))
    elif isinstance(model, FutureModel):
        block = quote.futureExData
        _fill_future(block, market, model)
        block.expiryDateDistance = model.month(day)[1] - day
    else:
        figures = warrant_figures(model, day, spot, market.day.last / PRICE_SCALE)
        quote.warrantExData.premium = figures.premium
        if not model.contract.is_callable:
            quote.warrantExData.delta = figures.delta
            quote.warrantExData.impliedVolatility = figures.volatility


def fill_snapshot(row: Any, market: DerivedMarket) -> None:
    """Add a contract's own block to a snapshot."""
    model, day, time = market.model, market.day.day, market.time
    _, spot = market.fair_values()
    if isinstance(model, OptionModel):
        block, contract = row.optionExData, model.contract
        block.type = contract.kind
        block.owner.market, block.owner.code = contract.owner
        block.strikeTime = _date(contract.last_day)
        block.strikeTimestamp = time.unix(contract.last_day)
        _fill_option(block, model, option_figures(model, day, spot))
    elif isinstance(model, FutureModel):
        _fill_future(row.futureExData, market, model)
        _fill_future_end(row.futureExData, model, time, day)
    else:
        _fill_warrant(row.warrantExData, market, model, spot)


def fill_static(row: Any, model: DerivedModel, time: MarketTime, today: int) -> None:
    """Add a contract's own block to a SecurityStaticInfo."""
    if isinstance(model, OptionModel):
        fill_option_static(row.optionExData, model.contract, time)
    elif isinstance(model, FutureModel):
        _fill_future_end(row.futureExData, model, time, today)
    else:
        row.warrantExData.type = int(model.contract.kind)
        row.warrantExData.owner.market, row.warrantExData.owner.code = model.contract.owner


def fill_option_static(block: Any, contract: OptionContract, time: MarketTime) -> None:
    """Fill an OptionStaticExData."""
    block.type = contract.kind
    block.owner.market, block.owner.code = contract.owner
    block.strikeTime = _date(contract.last_day)
    block.strikePrice = contract.strike
    block.suspend = False
    block.market = _MARKET_NAMES[contract.security.market]
    block.strikeTimestamp = time.unix(contract.last_day)
    block.indexOptionType = int(contract.index_type)
    block.expirationCycle = contract.cycle
    block.optionStandardType = _STANDARD
    block.optionSettlementMode = _AFTERNOON_SETTLEMENT


def _fill_option(block: Any, model: OptionModel, figures: OptionFigures) -> None:
    """Fill what the option blocks of quotes and snapshots share."""
    contract = model.contract
    block.strikePrice = contract.strike
    block.contractSize = contract.multiplier
    block.contractSizeFloat = float(contract.multiplier)
    block.openInterest = figures.open_interest
    block.impliedVolatility = figures.volatility
    block.premium = figures.premium
    block.delta, block.gamma, block.vega, block.theta, block.rho = figures.greeks
    block.expiryDateDistance = figures.days_left
    block.optionAreaType = AMERICAN if contract.american else EUROPEAN
    block.contractMultiplier = float(contract.multiplier)
    block.indexOptionType = int(contract.index_type)
    if contract.security.market == HK:
        block.netOpenInterest = figures.net_open_interest
        block.contractNominalValue = figures.spot * contract.multiplier
        lot = model.underlying.info.lot_size
        if lot:
            block.ownerLotMultiplier = contract.multiplier / lot


def _fill_future(block: Any, market: DerivedMarket, model: FutureModel) -> None:
    day = market.day.day
    position = model.open_interest(day)
    block.lastSettlePrice = market.day.last_close
    block.position = position
    block.positionChange = position - model.open_interest(day - 1)


def _fill_future_end(block: Any, model: FutureModel, time: MarketTime, day: int) -> None:
    rolls = bool(model.contract.role)
    # The schema requires the date, which only month contracts have.
    block.lastTradeTime = "" if rolls else _date(model.contract.last_day)
    if not rolls:
        block.lastTradeTimestamp = time.unix(model.contract.last_day)
    block.isMainContract = model.contract.role == "main"


def _fill_warrant(block: Any, market: DerivedMarket, model: WarrantModel, spot: float) -> None:
    contract, time = model.contract, market.time
    figures = warrant_figures(model, market.day.day, spot, market.day.last / PRICE_SCALE)
    block.conversionRate = contract.conversion_ratio
    block.warrantType = int(contract.kind)
    block.strikePrice = contract.strike
    block.maturityTime = _date(contract.maturity_day)
    block.endTradeTime = _date(contract.last_day)
    block.owner.market, block.owner.code = contract.owner
    block.recoveryPrice = contract.recovery
    block.streetVolumn = figures.street_volume
    block.issueVolumn = contract.issue_size
    block.streetRate = figures.street_rate
    block.delta = figures.delta
    block.impliedVolatility = figures.volatility
    block.premium = figures.premium
    block.maturityTimestamp = time.unix(contract.maturity_day)
    block.endTradeTimestamp = time.unix(contract.last_day)
    block.leverage = figures.leverage
    block.ipop = figures.in_the_money
    block.breakEvenPoint = figures.break_even
    block.conversionPrice = figures.conversion_price
    block.priceRecoveryRatio = figures.distance_to_recovery
    block.score = figures.score
    block.issuerCode = ISSUER_LETTERS[contract.issuer]


def _date(day: int) -> str:
    return datetime.date.fromordinal(day).isoformat()
