"""Coin indices (CC.BTC): what a coin costs in US dollars, which here is the price of its pair (CC.BTCUSD)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.model.security import Security
from core.upstreams.practice.securities import CC, CRYPTO, INDEX, SecurityInfo, SecurityTable, security_id

_QUOTED_IN: Final = "USD"
_NAMES: Final = ("{} Index", "{}指数", "{}指數")


def is_coin_index(info: SecurityInfo) -> bool:
    """Say whether a security is a coin index."""
    return info.security.market == CC and info.security_type == INDEX


def pair_of(index: Security) -> Security:
    """Give the pair that a coin index follows."""
    return Security(CC, index.code + _QUOTED_IN)


def table_with_coin_indices(table: SecurityTable) -> SecurityTable:
    """Add an index for every crypto pair against the US dollar, unless the table has a security of that code."""
    made = [
        _describe(info)
        for info in table
        if info.security_type == CRYPTO and info.security.code.endswith(_QUOTED_IN) and info.security.code != _QUOTED_IN
    ]
    new = [index for index in made if table.get(index.security) is None and table.by_id(index.security_id) is None]
    return SecurityTable((*table.securities, *new), table.problems)


def _describe(pair: SecurityInfo) -> SecurityInfo:
    security = Security(CC, pair.security.code.removesuffix(_QUOTED_IN))
    names = (pair.name_en, pair.name_zh, pair.name_zh_hant)
    coins = [name.partition("/")[0].strip() for name in names]
    english, simplified, traditional = (form.format(coin) for form, coin in zip(_NAMES, coins, strict=True))
    return replace(
        pair,
        security=security,
        security_id=security_id(security),
        name_en=english,
        name_zh=simplified,
        name_zh_hant=traditional,
        security_type=INDEX,
        lot_size=0,
        shares_outstanding=0,
    )
