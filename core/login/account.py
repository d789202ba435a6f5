"""Who is signed in and what the account may see. For practice it is made here and labelled simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

# QotRight numbers.
BMP, LEVEL1, LEVEL2, FULL_BOOK, NO_RIGHT, LEVEL3 = 1, 2, 3, 4, 5, 6
_RIGHT_NUMBERS: Final = {
    "none": NO_RIGHT, "bmp": BMP, "lv1": LEVEL1, "lv2": LEVEL2, "sf": FULL_BOOK, "lv3": LEVEL3,
}  # fmt: skip
_RIGHT_FIELDS: Final = {
    "hk": ("hkQotRight",),
    "us": ("usQotRight",),
    "cn": ("cnQotRight", "shQotRight", "szQotRight"),
    "sh": ("shQotRight",),
    "sz": ("szQotRight",),
    "hk_option": ("hkOptionQotRight",),
    "hk_future": ("hkFutureQotRight",),
    "us_option": ("usOptionQotRight",),
    "us_future": (
        "usFutureQotRight", "usCMEFutureQotRight", "usCBOTFutureQotRight", "usNYMEXFutureQotRight",
        "usCOMEXFutureQotRight", "usCBOEFutureQotRight",
    ),
    "us_index": ("usIndexQotRight",),
}  # fmt: skip
UNLIMITED_QUOTA: Final = 1_000_000


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
            "hkOptionQotRight": LEVEL2,
            "hkFutureQotRight": LEVEL2,
            "usOptionQotRight": LEVEL1,
            "hasUSOptionQotRight": True,
            "usFutureQotRight": NO_RIGHT,
            "usOtcQotRight": NO_RIGHT,
            "usCMEFutureQotRight": NO_RIGHT,
            "usCBOTFutureQotRight": NO_RIGHT,
            "usNYMEXFutureQotRight": NO_RIGHT,
            "usCOMEXFutureQotRight": NO_RIGHT,
            "usCBOEFutureQotRight": NO_RIGHT,
            "sgFutureQotRight": NO_RIGHT,
            "jpFutureQotRight": NO_RIGHT,
            "ccQotRight": LEVEL1,
            "sgStockQotRight": LEVEL1,
            "myStockQotRight": LEVEL1,
            "jpStockQotRight": LEVEL1,
            "ecQotRight": NO_RIGHT,
        }
    ),
)


def practice_account(
    rights: Sequence[tuple[str, str]] = (), *, quota: int = PRACTICE_ACCOUNT.subscription_quota, unlimited: bool = False
) -> Account:
    """The practice account with other quote rights (pairs of product and right, see options) or another quota."""
    changed = {field: _RIGHT_NUMBERS[right] for product, right in rights for field in _RIGHT_FIELDS[product]}
    if unlimited:
        quota = UNLIMITED_QUOTA
    return replace(
        PRACTICE_ACCOUNT,
        subscription_quota=quota,
        history_quota=quota,
        quote_rights=MappingProxyType({**PRACTICE_ACCOUNT.quote_rights, **changed}),
    )
