"""Who is signed in and what the account may see. For practice it is made here and labelled simulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

# QotRight numbers.
LEVEL1, LEVEL2, NO_RIGHT = 2, 3, 5


@dataclass(frozen=True, slots=True)
class Account:
    """One signed-in account. Quotas count pairs and securities; rights are under GetUserInfo's field names."""

    user_id: int
    nick_name: str
    label: str
    attribution: int
    subscription_quota: int
    history_quota: int
    quote_rights: Mapping[str, int]


PRACTICE_ACCOUNT: Final = Account(
    user_id=900_000_001,
    nick_name="Practice (simulated)",
    label="Practice",
    attribution=0,
    subscription_quota=1000,
    history_quota=1000,
    quote_rights=MappingProxyType(
        {
            "hkQotRight": LEVEL2,
            "usQotRight": LEVEL2,
            "cnQotRight": LEVEL1,
            "shQotRight": LEVEL1,
            "szQotRight": LEVEL1,
            "usIndexQotRight": LEVEL1,
            "hkOptionQotRight": NO_RIGHT,
            "hkFutureQotRight": NO_RIGHT,
            "usOptionQotRight": NO_RIGHT,
            "hasUSOptionQotRight": False,
            "usFutureQotRight": NO_RIGHT,
            "usOtcQotRight": NO_RIGHT,
            "usCMEFutureQotRight": NO_RIGHT,
            "usCBOTFutureQotRight": NO_RIGHT,
            "usNYMEXFutureQotRight": NO_RIGHT,
            "usCOMEXFutureQotRight": NO_RIGHT,
            "usCBOEFutureQotRight": NO_RIGHT,
            "sgFutureQotRight": NO_RIGHT,
            "jpFutureQotRight": NO_RIGHT,
            "ccQotRight": NO_RIGHT,
            "sgStockQotRight": NO_RIGHT,
            "myStockQotRight": NO_RIGHT,
            "jpStockQotRight": NO_RIGHT,
            "ecQotRight": NO_RIGHT,
        }
    ),
)
