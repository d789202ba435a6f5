"""Every derived instrument of the exchange, made when somebody asks for it: contracts, figures and paths."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from core.model.security import HK, US, Security
from core.upstreams.practice import contract_activity as activity
from core.upstreams.practice import index_futures, option_chains, warrants
from core.upstreams.practice.calendars import MarketCalendar, MarketGroup
from core.upstreams.practice.contract_models import DerivedModel, FutureModel, OptionModel, WarrantModel
from core.upstreams.practice.contracts import (
    FUTURE,
    OPTION,
    WARRANT,
    Contract,
    FutureContract,
    OptionContract,
    WarrantContract,
)
from core.upstreams.practice.future_contract_path import FuturePath
from core.upstreams.practice.futures_path import FuturesSpotPath
from core.upstreams.practice.model_path import ModelPath
from core.upstreams.practice.option_chains import Expiry, OptionClass
from core.upstreams.practice.option_pricing import CALL, PUT
from core.upstreams.practice.price_ticks import PRICE_SCALE, round_to_tick
from core.upstreams.practice.reference_path import ReferencePath
from core.upstreams.practice.securities import SecurityInfo, security_id
from core.upstreams.practice.seeded_noise import key_of
from core.upstreams.practice.underlyings import Underlying

_KEPT_CONTRACTS: Final = 20_000
_WARM_DAYS: Final = 8 * 366
_HK_EXCHANGE, _US_OPTIONS = 3, 8  # ExchType
_LETTERS: Final = {CALL: ("Call", "购", "購"), PUT: ("Put", "沽", "沽")}


class Derivatives:
    """Finds contracts by code, lists chains, and makes models. Nothing is listed before somebody asks."""

    def __init__(
        self,
        seed: int,
        classes: Sequence[OptionClass],
        calendars: Mapping[MarketGroup, MarketCalendar],
        *,
        find: Callable[[Security], SecurityInfo | None],
        path_of: Callable[[SecurityInfo], ReferencePath],
        today: Callable[[MarketGroup], int],
    ) -> None:
        """Store. `find` gives securities of the table, `path_of` their simulated past, `today` a market's date."""
        self._seed = seed
        self._classes = {option_class.root: option_class for option_class in classes}
        self._by_owner: dict[Security, list[OptionClass]] = {}
        for option_class in classes:
            self._by_owner.setdefault(option_class.owner, []).append(option_class)
        self._calendars = calendars
        self._find = find
        self._path_of = path_of
        self._today = today
        self._underlyings: dict[Security, Underlying | None] = {}
        self._futures: dict[Security, tuple[Underlying, FuturesSpotPath]] = {}
        self._models: dict[Security, tuple[int, DerivedModel]] = {}
        self._strikes: dict[tuple[str, int], tuple[int, tuple[float, ...]]] = {}
        self._warrants: dict[tuple[int, int, bool], tuple[int, list[WarrantContract]]] = {}

    # contracts by code

    def info(self, security: Security) -> SecurityInfo | None:
        """Describe a contract as a security; None when there is none of that code."""
        model = self.model(security)
        return None if model is None else self._describe(model)

    def model(self, security: Security) -> DerivedModel | None:
        """Find a contract that trades, or ended not long ago, by its code."""
        if security.market not in (HK, US):
            return None
        today = self._today(MarketGroup.HK if security.market == HK else MarketGroup.US)
        known = self._models.get(security)
        if known is not None and known[0] == today:
            return known[1]
        contract = self._find_contract(security, today)
        if contract is None:
            return None
        # A contract whose terms stay the same keeps its model (and whoever holds it agrees with us).
        model = known[1] if known is not None and known[1].contract == contract else self._make(contract)
        if len(self._models) >= _KEPT_CONTRACTS:
            self._models.clear()
        self._models[security] = (today, model)
        return model

    def info_by_id(self, number: int) -> SecurityInfo | None:
        """Describe the contract that has an id; None when there is none."""
        code = option_chains.read_option_id(number, self._classes.values())
        if code is not None:
            root = option_chains.parse_code(code)
            option_class = self._classes.get(root[0]) if root else None
            return self.info(Security(option_class.owner.market, code)) if option_class else None
        if number // 10**12 != HK:
            return None
        return next((info for info in self.listed((WARRANT, FUTURE)) if info.security_id == number), None)

    def path(self, security: Security) -> ModelPath | None:
        """Give the simulated past of a contract."""
        model = self.model(security)
        if isinstance(model, FutureModel):
            return FuturePath(model, *self._futures[model.contract.owner])
        return None if model is None else ModelPath(model, model.underlying)

    # lists

    def classes_of(self, owner: Security) -> list[OptionClass]:
        """Give the option classes on an underlying; empty when there are none or it is not listed."""
        return self._by_owner.get(owner, []) if self.underlying(owner) else []

    def owners(self) -> list[Security]:
        """Give all underlyings of options."""
        return [owner for owner in self._by_owner if self.underlying(owner)]

    def expiries(self, option_class: OptionClass) -> tuple[Expiry, ...]:
        """Give the expiries that trade today."""
        underlying = self.underlying(option_class.owner)
        assert underlying is not None, "a class is asked for through its owner"
        today = self._today(underlying.info.group)
        found = option_chains.expiries(option_class, underlying.calendar, today)
        return tuple(expiry for expiry in found if underlying.first_day + 1 < today)

    def strikes(self, option_class: OptionClass, expiry: Expiry) -> tuple[float, ...]:
        """Give the strikes of an expiry as they stand today."""
        underlying = self.underlying(option_class.owner)
        assert underlying is not None, "a class is asked for through its owner"
        today = self._today(underlying.info.group)
        key = (option_class.root, expiry.day)
        known = self._strikes.get(key)
        if known is None or known[0] != today:
            known = (today, option_chains.strikes(option_class, underlying, expiry, today))
            if len(self._strikes) > _KEPT_CONTRACTS:
                self._strikes.clear()
            self._strikes[key] = known
        return known[1]

    def option(self, option_class: OptionClass, expiry: Expiry, kind: int, strike: float) -> OptionModel:
        """Give one series of a chain."""
        security = Security(option_class.owner.market, option_chains.code_of(option_class, expiry.day, kind, strike))
        model = self.model(security)
        assert isinstance(model, OptionModel), f"{security.label} is not in its own chain"
        return model

    def listed(self, security_types: Sequence[int], market: int = HK) -> list[SecurityInfo]:
        """Describe all warrants and futures that trade today. Options are too many to list."""
        if market != HK or OPTION in security_types:
            return []
        found: list[SecurityInfo | None] = []
        if WARRANT in security_types:
            found += [self.info(contract.security) for contract in self.warrants()]
        if FUTURE in security_types:
            found += [self.info(contract.security) for contract in self.futures()]
        return [info for info in found if info is not None]

    def warrants(self, owner: Security | None = None) -> list[WarrantContract]:
        """List the warrants and CBBCs that trade today, of one stock or of all."""
        today = self._today(MarketGroup.HK)
        found = []
        for number, candidate in enumerate(warrants.OWNERS):
            if owner not in (None, candidate):
                continue
            for month in warrants.months_alive(today):
                for callable_ in (False, True):
                    batch = self._warrant_batch(number, month, today, callable_=callable_)
                    found += [contract for contract in batch if contract.first_day < today <= contract.last_day]
        return found

    def futures(self, root: str | None = None) -> list[FutureContract]:
        """List the futures that trade today."""
        calendar = self._calendars[MarketGroup.HK]
        found = index_futures.all_futures(calendar, self._today(MarketGroup.HK), root)
        return [contract for contract in found if self.underlying(contract.owner)]

    def underlying(self, security: Security) -> Underlying | None:
        """Give what the models need of an underlying; None when it is not in the table."""
        if security not in self._underlyings:
            info = self._find(security)
            made = None
            if info is not None:
                made = Underlying(info, self._path_of(info), self._calendars[info.group], self._seed)
            self._underlyings[security] = made
        return self._underlyings[security]

    def is_rolling(self, security: Security) -> bool:
        """Whether a security is a future that rolls (main, current, next)."""
        model = self.model(security)
        return isinstance(model, FutureModel) and bool(model.contract.role)

    def _find_contract(self, security: Security, today: int) -> Contract | None:
        market, code = security
        parsed = option_chains.parse_code(code)
        if parsed is not None:
            return self._find_option(market, today, *parsed)
        if market != HK:
            return None
        future = index_futures.find_future(code, self._calendars[MarketGroup.HK], today)
        if future is not None:
            underlying = self.underlying(future.owner)
            if underlying is None:
                return None
            return replace(future, first_day=max(future.first_day, underlying.first_day + 1))
        place = warrants.months_of_code(code, today)
        if place is None:
            return None
        owner, callable_, months = place
        for month in reversed(months):
            for contract in self._warrant_batch(owner, month, today, callable_=callable_):
                if contract.security == security and warrants.is_known(contract, today):
                    return contract
        return None

    def _find_option(
        self, market: int, today: int, root: str, day: int, kind: int, strike: float
    ) -> OptionContract | None:
        option_class = self._classes.get(root)
        if option_class is None or option_class.owner.market != market:
            return None
        underlying = self.underlying(option_class.owner)
        if underlying is None:
            return None
        expiry = option_chains.find_expiry(option_class, underlying.calendar, day, today)
        if expiry is None or strike not in self.strikes(option_class, expiry):
            return None
        contract = option_chains.contract_of(option_class, underlying, expiry, kind, strike)
        return contract if contract.first_day < today else None

    def _warrant_batch(self, owner: int, month: int, today: int, *, callable_: bool) -> list[WarrantContract]:
        known = self._warrants.get((owner, month, callable_))
        if known is None or known[0] != today:
            underlying = self.underlying(warrants.OWNERS[owner])
            made: list[WarrantContract] = []
            if underlying is not None:
                calendar = self._calendars[MarketGroup.HK]
                made = known[1] if known else warrants.batch(
                    underlying, owner, self._seed, calendar, month, callable_=callable_
                )  # fmt: skip
                made = [contract for contract in made if contract.first_day > underlying.first_day + 1]
                made = [
                    replace(contract, last_day=warrants.end_when_called(contract, underlying, today))
                    for contract in made
                ]
            known = (today, made)
            self._warrants[owner, month, callable_] = known
        return known[1]

    def _make(self, contract: Contract) -> DerivedModel:
        underlying = self.underlying(contract.owner)
        assert underlying is not None, "a contract has an underlying"
        if isinstance(contract, OptionContract):
            parsed = option_chains.parse_code(contract.security.code)
            assert parsed is not None, "an option has an option's code"
            interval = option_chains.strike_interval(self._classes[parsed[0]], contract.strike)
            return OptionModel(contract, underlying, interval, self.key_of(contract.security.code))
        if isinstance(contract, FutureContract):
            return FutureModel(contract, self._futures_underlying(underlying), self.key_of)
        return WarrantModel(contract, underlying, self.key_of(contract.security.code))

    def warm_up_futures(self, owner: Security, today: int) -> Iterator[None]:
        """Compute the days of futures on an index back to where minute bars begin, a block for each step."""
        if owner not in index_futures.OWNERS or (underlying := self.underlying(owner)) is None:
            return
        path = self._futures_underlying(underlying).path
        path.ensure(today, today)
        while path.computed_from() > max(path.first_day, today - _WARM_DAYS):
            day = path.computed_from() - 1
            path.ensure(day, day)
            yield

    def _futures_underlying(self, index: Underlying) -> Underlying:
        """Give an index with the hours of its futures; all products on one index share it."""
        owner = index.info.security
        if owner not in self._futures:
            key = key_of(self._seed, "futures", owner.label)
            path = FuturesSpotPath(self._path_of(index.info), index.calendar, key)
            self._futures[owner] = (Underlying(index.info, path, index.calendar, self._seed), path)
        return self._futures[owner][0]

    def key_of(self, code: str) -> int:
        """Give the dice of a contract's code."""
        return activity.contract_key(self._seed, code)

    def _describe(self, model: DerivedModel) -> SecurityInfo:
        contract, owner = model.contract, model.underlying.info
        first_day = max(contract.first_day, model.underlying.first_day + 1)
        price = model.day_price(first_day)(model.underlying.close_before(first_day))
        number, lot, exchange = security_id(contract.security), contract.multiplier, _HK_EXCHANGE
        if isinstance(contract, OptionContract):
            parsed = option_chains.parse_code(contract.security.code)
            assert parsed is not None, "an option has an option's code"
            number = option_chains.option_id(self._classes[parsed[0]], contract)
            if contract.security.market == US:
                exchange = _US_OPTIONS
            names = _option_names(owner, contract)
        elif isinstance(contract, FutureContract):
            names = _future_names(contract)
        else:
            names = (contract.name_en, contract.name_zh, contract.name_zh_hant)
            lot, exchange = contract.lot_size, 1
        return replace(
            owner,
            security=contract.security,
            security_id=number,
            name_en=names[0],
            name_zh=names[1],
            name_zh_hant=names[2],
            security_type=contract.security_type,
            exchange=exchange,
            tick_kind=contract.tick_kind,
            lot_size=lot,
            listing_date=datetime.date.fromordinal(first_day),
            reference_price=round_to_tick(contract.tick_kind, round(price * PRICE_SCALE)),
            shares_outstanding=0,
            eps=0.0,
            bvps=0.0,
            dividend_yield_percent=0.0,
            industry="",
            concepts=(),
            region="",
        )


def _option_names(owner: SecurityInfo, contract: OptionContract) -> tuple[str, str, str]:
    date = f"{datetime.date.fromordinal(contract.last_day):%y%m%d}"
    english, simplified, traditional = _LETTERS[contract.kind]
    strike = f"{contract.strike:.2f}"
    first = owner.security.code if contract.security.market == US else owner.name_en
    return (
        f"{first} {date} {strike} {english}",
        f"{owner.name_zh} {date} {strike} {simplified}",
        f"{owner.name_zh_hant} {date} {strike} {traditional}",
    )


def _future_names(contract: FutureContract) -> tuple[str, str, str]:
    product = index_futures.PRODUCTS[contract.root]
    suffix = contract.security.code.removeprefix(contract.root)
    if not contract.role:
        return tuple(f"{name} {suffix}" for name in product[3:])  # type: ignore[return-value]
    words = {"main": ("Main", "主连", "主連"), "current": ("Current", "当月", "當月"), "next": ("Next", "下月", "下月")}
    english, simplified, traditional = words[contract.role]
    return (
        f"{product.name_en} {english}",
        f"{product.name_zh}{simplified}",
        f"{product.name_zh_hant}{traditional}",
    )
